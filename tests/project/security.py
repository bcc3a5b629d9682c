#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""security.py ROOT: every test that docs/security.md names is one that runs, and every attack in its tables has one, or a suite."""
import os
import re
import sys

ROOT = os.path.abspath(sys.argv[1])
WINGS = ("base", "wire", "core", "crypto", "ike", "esp", "l2tp", "ppp")
NAME = re.compile(r"`([a-z0-9]+)/([a-z0-9_]+):([a-z0-9_]+)`")
SUITE = re.compile(r"\*([a-z]+)\*")


def source(suite, name):
    folder = os.path.join("unit", suite) if suite in WINGS else suite
    return os.path.join(ROOT, "tests", folder, "test_%s.c" % name)


def runs(suite, name, function):
    """It is defined there, and named once more: in the list of those that run."""
    path = source(suite, name)
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return re.search(r"\bvoid %s\(void \*\*state\)" % function, text) is not None and \
        len(re.findall(r"\b%s\b" % function, text)) > 1


def main():
    wrong, named, rows = [], set(), 0
    with open(os.path.join(ROOT, "docs/security.md"), encoding="utf-8") as f:
        lines = f.read().splitlines()
    for number, line in enumerate(lines, 1):
        tests = NAME.findall(line)
        named.update(tests)
        wrong += ["line %d: there is no test %s/%s:%s" % (number, *t) for t in tests if not runs(*t)]
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] == "Attack" or set(cells[0]) == {"-", " "} or cells[0] == "---":
            continue
        rows += 1
        if len(cells) != 4:
            wrong.append("line %d: %d cells" % (number, len(cells)))
        elif not tests and not SUITE.search(cells[3]) and cells[3] != "–":
            wrong.append("line %d: no test of %s" % (number, cells[0]))
    print("\n".join(wrong + ["%d attacks, %d tests" % (rows, len(named))]))
    return 0 if not wrong and rows > 50 and len(named) > 100 else 1


sys.exit(main())
