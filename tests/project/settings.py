#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""settings.py LIBRARY DOC [--write]: docs/settings.md is the library's own table of settings; --write makes it anew."""
import ctypes
import sys


class Setting(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint32), ("type", ctypes.c_uint32), ("roles", ctypes.c_uint32),
                ("reserved", ctypes.c_uint32), ("min", ctypes.c_uint64), ("max", ctypes.c_uint64),
                ("name", ctypes.c_char_p), ("unit", ctypes.c_char_p), ("initial", ctypes.c_char_p),
                ("allowed", ctypes.c_char_p), ("help", ctypes.c_char_p), ("reserved_text", ctypes.c_char_p)]


HEAD = """# Settings

Every setting of a profile, as `l2tpsec_setting_at()` lists them. Set them with `l2tpsec_profile_set_str()` and its siblings, with
`--set NAME=VALUE` of `l2tpsec-client`, or with `set = {"NAME=VALUE"}` in the file of `l2tpsec-server`. This page is made from the
library's table by `tests/project/settings.py`, and a test compares the two.

| Setting | Role | Default | Allowed | Meaning |
| --- | --- | --- | --- | --- |
"""
library = ctypes.CDLL(sys.argv[1])
rows = []
row = Setting(size=ctypes.sizeof(Setting))
while library.l2tpsec_setting_at(ctypes.c_uint32(len(rows)), ctypes.byref(row)) == 0:
    roles = {1: "client", 2: "server", 3: "both"}[row.roles]
    unit = row.unit.decode()
    allowed = f"{row.min} to {row.max}" + (f" {unit}" if unit else "") if row.type == 1 else row.allowed.decode()
    if row.type == 2:
        allowed = f"{row.min} to {row.max} bytes"
    rows.append(f"| `{row.name.decode()}` | {roles} | {row.initial.decode() or '–'} | {allowed} | {row.help.decode()} |")
text = HEAD + "\n".join(rows) + "\n"
if "--write" in sys.argv:
    open(sys.argv[2], "w").write(text)
same = open(sys.argv[2]).read() == text
print(f"{len(rows)} settings, the page is {'the same' if same else 'different'}")
sys.exit(0 if same and len(rows) > 30 else 1)
