#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""troubleshooting.py LIBRARY HEADER DOC [--write]: docs/troubleshooting.md is the library's own table of what goes wrong;
--write makes it anew.  Every cause of the header has a row, and every setting that a row names exists."""
import ctypes
import re
import sys


class Diagnosis(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ("size", "cause", "layer", "peer_code", "windows_code", "reserved")] + \
               [(n, ctypes.c_char_p) for n in ("title", "meaning", "advice", "settings")]


class Setting(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint32), ("types", ctypes.c_uint32 * 3), ("range", ctypes.c_uint64 * 2),
                ("name", ctypes.c_char_p), ("rest", ctypes.c_char_p * 5)]


HEAD = """# When it does not connect

Each failure is one event. Its `text` says it in a sentence; `cause`, `layer` and `step` say it to a program; `offered` and `allowed` are both
sides' lists; `fits` names a setting that would make it work, where that can be known; `advice` is what stands below; `windows_code` is the error
that a Windows user at the other end, or in our place, would see. This page is made from the library's table (`l2tpsec_diagnosis_at()`) by
`tests/project/troubleshooting.py`, and a test compares the two.

If that is not enough: the `log` callback has every message, state change and drop (`l2tpsec-client --verbose`), and the `keylog` callback
(`--keylog DIR`) writes the tables with which Wireshark decrypts a capture of the outer network.

## By the code a Windows user sees

| Code | What it says here |
| --- | --- |
"""


def collect(call, kind):
    rows, row = [], kind(size=ctypes.sizeof(kind))
    while call(ctypes.c_uint32(len(rows)), ctypes.byref(row)) == 0:
        rows.append(row)
        row = kind(size=ctypes.sizeof(kind))
    return rows


def page(rows, name):
    codes = {}
    for r in rows:
        if r.windows_code:
            codes.setdefault(r.windows_code, []).append(r)
    text = HEAD
    for code in sorted(codes):
        text += f"| {code} | " + "; ".join(dict.fromkeys(r.title.decode() for r in codes[code])) + " |\n"
    text += "\n## By cause\n"
    for cause in dict.fromkeys(r.cause for r in rows):
        text += f"\n### `{name(cause).decode()}`\n"
        for r in (r for r in rows if r.cause == cause):
            layer = "" if r.layer == 0xffffffff else ("host", "IKE", "ESP", "L2TP", "PPP")[r.layer]
            said = f" ({layer}{f', the peer says {r.peer_code}' if r.peer_code else ''})" if layer else ""
            text += f"\n**{r.title.decode()}**{said}: {r.meaning.decode()}.\n\n{r.advice.decode()[0].upper()}{r.advice.decode()[1:]}."
            if r.settings:
                text += " Settings: " + ", ".join(f"`{s}`" for s in r.settings.decode().split(", ")) + "."
            text += "\n"
    return text


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.l2tpsec_cause_name.restype = ctypes.c_char_p
    rows = collect(library.l2tpsec_diagnosis_at, Diagnosis)
    known = {s.name.decode() for s in collect(library.l2tpsec_setting_at, Setting)}
    wrong = [f"{r.title.decode()}: no setting {s}" for r in rows for s in r.settings.decode().split(", ") if s and s not in known]
    count = int(re.search(r"L2TPSEC_CAUSE_COUNT = (\d+)", open(sys.argv[2]).read()).group(1))
    wrong += [f"cause {c} has no row for any number" for c in range(count)
              if not any(r.cause == c and r.layer == 0xffffffff and not r.peer_code for r in rows)]
    text = page(rows, library.l2tpsec_cause_name)
    if "--write" in sys.argv:
        open(sys.argv[3], "w").write(text)
    same = open(sys.argv[3]).read() == text
    print("\n".join(wrong + [f"{len(rows)} rows, the page is {'the same' if same else 'different'}"]))
    return 0 if same and not wrong and len(rows) > 30 else 1


sys.exit(main())
