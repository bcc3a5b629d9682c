#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""closing_line.py junit FILE STATUS | closing_line.py sum FILE

junit: the subtests in Meson's testlog.junit.xml as "N passed, N failed, N skipped". STATUS is what
`meson test` ended with: not 0 counts as a failure even if no subtest says so (a test that crashed).
sum: adds up the lines of this form in FILE.
Exit status 0 if something passed and nothing failed."""
import re
import sys
import xml.etree.ElementTree as tree


def junit(path, status):
    passed = failed = skipped = 0
    try:
        cases = list(tree.parse(path).iter("testcase"))
    except (OSError, tree.ParseError):
        cases = []
    for case in cases:
        children = {child.tag for child in case}
        if children & {"failure", "error"}:
            failed += 1
        elif "skipped" in children:
            skipped += 1
        else:
            passed += 1
    if (status != 0 or not cases) and not failed:
        failed = 1
    return passed, failed, skipped


def total(path):
    passed = failed = skipped = 0
    with open(path) as f:
        for line in f:
            found = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped", line)
            if found:
                n = [int(x) for x in found.groups()]
                passed, failed, skipped = passed + n[0], failed + n[1], skipped + n[2]
    return passed, failed, skipped


if len(sys.argv) == 4 and sys.argv[1] == "junit":
    counts = junit(sys.argv[2], int(sys.argv[3]))
elif len(sys.argv) == 3 and sys.argv[1] == "sum":
    counts = total(sys.argv[2])
else:
    sys.exit(__doc__)
print("%d passed, %d failed, %d skipped" % counts)
sys.exit(0 if counts[0] and not counts[1] else 1)
