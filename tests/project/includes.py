#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Proves the arrows: api -> core -> ike | esp | l2tp | ppp -> crypto | wire -> base, wings never include each other, and the
crypto libraries are each seen by its back end alone. Prints every include that breaks this."""
import pathlib
import re
import sys

WINGS = {"ike", "esp", "l2tp", "ppp"}
BELOW = {"base": set(), "wire": {"base"}, "crypto": {"wire", "base"}}
for wing in WINGS:
    BELOW[wing] = {"crypto", "wire", "base"}
BELOW["core"] = WINGS | {"crypto", "wire", "base"}
BELOW["api"] = BELOW["core"] | {"core"}
# within ike, the exchanges stand on the codec and not the other way round
UPWARD = {"ike/common": "ike/v1"}

top = pathlib.Path(sys.argv[1])
bad = []
seen = 0
for path in sorted((top / "lib").rglob("*.[ch]")):
    place = path.relative_to(top / "lib")
    folder = place.parts[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if number == 1 and "SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later" not in line:
            bad.append(f"{place}:1: no SPDX line")
        hit = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not hit:
            continue
        seen += 1
        kind, name = hit.groups()
        if kind == "<":
            if name.startswith("mbedtls/") and place.parts[:2] != ("crypto", "mbedtls"):
                bad.append(f"{place}:{number}: only crypto/mbedtls may include {name}")
            if name == "intel-ipsec-mb.h" and place.parts[:2] != ("crypto", "ipsecmb"):
                bad.append(f"{place}:{number}: only crypto/ipsecmb may include {name}")
            continue
        target = name.split("/")[0]
        if target == folder:
            for low, high in UPWARD.items():
                if str(place).startswith(low) and name.startswith(high):
                    bad.append(f"{place}:{number}: {low} must not include {name}")
        elif target not in BELOW.get(folder, set()):
            bad.append(f"{place}:{number}: {folder} must not include {name}")
print("\n".join(bad) if bad else f"{seen} includes, all downward")
sys.exit(1 if bad or seen < 100 else 0)
