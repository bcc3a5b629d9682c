#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""symbols.py LIBRARY MAP: what the shared library exports is what the version script names, no more and no less; and static
archives define no global name outside our two prefixes."""
import re
import subprocess
import sys

library, script = sys.argv[1:]
wanted = set(re.findall(r"^\s+(l2tpsec_\w+);", open(script).read(), re.M))
lines = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout.split("\n")
found = {line.split()[-1].split("@")[0] for line in lines if line.strip()} - {"L2TPSEC_0"}
for name in sorted(wanted - found):
    print(f"missing: {name}")
for name in sorted(found - wanted):
    print(f"exported by accident: {name}")
print(f"{len(found)} symbols")
sys.exit(0 if found == wanted and found else 1)
