# SPDX-License-Identifier: Apache-2.0
"""The rules that no compiler checks, one function each. Prints FILE:LINE: what is wrong; exits 1 if anything is."""
import hashlib
import json
import os
import re
import subprocess
import sys

# A module includes only itself and what stands before it.
MODULES = ["base", "json", "crypto", "http", "store", "model", "resource", "platform", "flow", "page", "oauth",
           "server", "cli"]
SOURCES = (".c", ".h", ".py", ".js", ".mjs", ".ts", ".tsx", ".sh", ".in")
# Split in two, so that this file passes its own check.
HOSTS = re.compile("|".join(["registry" + r"\.npmjs", "pypi" + r"\.org", "files" + r"\.pythonhosted", "deb" + r"\.debian",
                             "registry" + r"\.yarnpkg", r"snapshot" + r"\.debian"]))
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(?:work|root|home)/[\w.]")

faults = []


def fault(path, line, text):
    faults.append("%s:%d: %s" % (path, line, text))


def repository_files():
    """Tracked files and new ones that git does not ignore."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], check=True, capture_output=True, text=True)
    return sorted({name for name in out.stdout.splitlines() if os.path.isfile(name)})


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def check_spdx(path, text):
    """Each source names its licence in its first three lines."""
    is_source = path.endswith(SOURCES) or os.path.basename(path) == "meson.build" or text.startswith("#!")
    # A module's meson.build is a list of its files.
    if not is_source or (path.endswith("meson.build") and text.count("\n") <= 2):
        return
    if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text.split("\n", 3)[:3]):
        fault(path, 1, "no SPDX-License-Identifier line")


def check_include_order(path, text):
    """Modules stand in layers."""
    match = re.match(r"src/(\w+)/", path)
    if not match or not path.endswith((".c", ".h", ".in")):
        return
    if match.group(1) not in MODULES:
        fault(path, 1, "the module %s is not in the list of script/rules.py" % match.group(1))
        return
    allowed = MODULES[:MODULES.index(match.group(1)) + 1]
    for include in re.finditer(r'^\s*#\s*include\s+"([^"/]+)/', text, re.M):
        if include.group(1) not in allowed:
            fault(path, line_of(text, include.start()), "%s may not include %s, which stands below it"
                  % (match.group(1), include.group(1)))


def blank_out(match):
    """Octets of a comment or body, as blanks with the same line ends."""
    return re.sub(r"[^\n]", " ", match.group(0))


def check_docstrings(path, text):
    """A prototype in a header has a comment, or stands with others under one (no blank line between)."""
    if not path.startswith("src/") or not path.endswith(".h"):
        return
    # Macros and static inline bodies are not prototypes.
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda m: re.sub(r"[^\n]", "#", m.group(0)), text, flags=re.M)
    code = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", "@", m.group(0)), code, flags=re.S)
    code = re.sub(r"\{[^{}]*\}", blank_out, re.sub(r"\{[^{}]*\}", blank_out, code))
    for group in re.finditer(r"(?:^[^\n]*\S[^\n]*\n)+", code, re.M):
        prototype = re.search(r"^(?!typedef|static)[A-Za-z_][^;@{}]*\b(\w+)\([^;@]*;", group.group(0), re.M)
        if prototype and "@" not in group.group(0)[:prototype.start()]:
            before = text[:group.start() + prototype.start()].rstrip()
            if not before.endswith("*/"):
                fault(path, line_of(code, group.start() + prototype.start()),
                      "%s has no comment above it" % prototype.group(1))


def check_places(path, text):
    """Nothing depends on where it was written."""
    for pattern, what in ((HOSTS, "a registry's host name"), (MACHINE_PATHS, "a path of one machine")):
        for match in pattern.finditer(text):
            fault(path, line_of(text, match.start()), "%s: %s" % (what, match.group(0)))


def check_json(path, text):
    """Every JSON file parses, without duplicate members."""
    def members(pairs):
        names = [name for name, _ in pairs]
        doubles = {name for name in names if names.count(name) > 1}
        if doubles:
            raise ValueError("duplicate member %s" % ", ".join(sorted(doubles)))
        return dict(pairs)

    if not path.endswith(".json") or "/corpus/" in path:
        return
    try:
        json.loads(text, object_pairs_hook=members)
    except ValueError as e:
        fault(path, getattr(e, "lineno", 1), "not JSON: %s" % e)


def check_migrations():
    """A migration that has landed is never edited: landed.sha256 keeps what it was."""
    folder = "src/store/migrations"
    with open(os.path.join(folder, "landed.sha256")) as f:
        landed = {name: digest for digest, name in (line.split() for line in f)}
    there = {os.path.relpath(path, folder) for path in repository_files()
             if path.startswith(folder) and path.endswith(".sql")}
    for name in sorted(landed.keys() | there):
        path = os.path.join(folder, name)
        if name not in there:
            fault(path, 1, "this migration has landed and is gone: databases were written with it")
        elif name not in landed:
            fault(path, 1, "its line is missing: cd %s && sha256sum %s >>landed.sha256" % (folder, name))
        else:
            with open(path, "rb") as f:
                if hashlib.sha256(f.read()).hexdigest() != landed[name]:
                    fault(path, 1, "a migration that has landed is not edited: add another one behind it")


CHECKS = [check_spdx, check_include_order, check_docstrings, check_places, check_json]


def main():
    for path in repository_files():
        with open(path, "rb") as f:
            data = f.read()
        if b"\0" in data or "/corpus/" in path:
            continue
        text = data.decode("utf-8", errors="replace")
        for check in CHECKS:
            check(path, text)
    check_migrations()
    print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
