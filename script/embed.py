#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn the data files below a folder into one C source: embed.py ROOT OUTPUT [TABLE]. An unchanged output is not touched."""
import os
import sys


def c_string(data):
    """Octets as C string pieces, one source line each."""
    special = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n"}
    for start in range(0, len(data), 90):
        piece = data[start:start + 90]
        text = "".join(special.get(b) or (chr(b) if 32 <= b < 127 and b != 0x3F else "\\%03o" % b) for b in piece)
        yield '    "%s"' % text


def data_files(root):
    """Paths below root of what the program reads."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in names:
            if name.endswith((".json", ".txt", ".html", ".css", ".js", ".sql")):
                yield os.path.relpath(os.path.join(folder, name), root)


def main():
    root, output = sys.argv[1:3]
    table = sys.argv[3] if len(sys.argv) > 3 else "embedded_files"
    lines = ['#include "base/embedded.h"', "", "extern const struct embedded %s[];" % table,
             "const struct embedded %s[] = {" % table]
    for name in sorted(data_files(root)):
        with open(os.path.join(root, name), "rb") as f:
            data = f.read()
        lines.append('    { "%s", %d,' % (name.replace(os.sep, "/"), len(data)))
        lines.extend(c_string(data) if data else ['    ""'])
        lines.append("    },")
    text = "\n".join(lines + ["    { NULL, 0, NULL },", "};", ""])
    if os.path.exists(output):
        with open(output) as f:
            if f.read() == text:
                return
    with open(output, "w") as f:
        f.write(text)


main()
