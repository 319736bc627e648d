# SPDX-License-Identifier: Apache-2.0
"""Which error returns were never reached: llvm-cov's JSON on standard input, source files as arguments, one case each.

An error return names an error, refuses by a function that does, or gives NULL, false or a text that says what is wrong.
Each arm of a conditional is looked at by itself. NO_MEMORY is for the tests of short memory, and what TRY passes up was
returned below.
"""
import json
import os
import re
import sys

RETURN = re.compile(r"\breturn\b[^;]*;")
ERROR = re.compile(r"\b(?:FAILED|INVALID|NOT_FOUND|CONFLICT|DENIED|TOO_LARGE|NO_SPACE|UNAVAILABLE|IO|CORRUPT)\b"
                   r"|\b(?:refuse|complain)\w*\(|^(?:return )?(?:NULL|false)$|^return +$")
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.S)


def offsets_of_lines(text):
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def blank(match):
    """As long, with its lines, and without a word."""
    return re.sub(r"[^\n]", " ", match.group())


def holes(statement, begin, end, regions):
    """The pieces of a statement that never ran, by the count that holds from each segment to the next."""
    count, at = None, begin
    for place, held in regions + [(end, None)]:
        if place > begin:
            stop = min(place, end)
            if count == 0 and stop > at:
                yield statement[at - begin:stop - begin]
            at = max(at, stop)
        if place >= end:
            return
        count = held


def uncovered(path, segments):
    """-> (line, text) of each"""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    starts = offsets_of_lines(text)
    regions = [(starts[line - 1] + column - 1, count if has_count else None) for line, column, count, has_count, *_ in segments]
    code = COMMENT_OR_TEXT.sub(blank, text)
    for match in RETURN.finditer(code):
        for hole in holes(match.group(), match.start(), match.end(), regions):
            if ERROR.search(hole.strip("\n;:?")):
                line = text.count("\n", 0, match.start()) + 1
                yield line, " ".join(text[match.start():match.end()].split())
                break


def main():
    files = {os.path.relpath(f["filename"]): f["segments"] for f in json.load(sys.stdin)["data"][0]["files"]}
    failed = 0
    for path in sys.argv[1:]:
        missing = list(uncovered(path, files[path]))
        print("%s - every error return of %s is reached" % ("not ok" if missing else "ok", path))
        for line, statement in missing:
            print("    %s:%d: %s" % (path, line, statement))
        failed += bool(missing)
    print("%d passed, %d failed" % (len(sys.argv) - 1 - failed, failed))
    return 1 if failed else 0


sys.exit(main())
