#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""pinger.py ADDRESS SECONDS RATE [SIZE]

Echo requests at an even RATE per second whatever the timer's grain is (user-mode Linux has 100
ticks a second; ping gets 50 requests out of that).  One line of JSON says how many were sent and
came back, which were lost and when, and the longest time without a reply."""
import json
import os
import select
import socket
import struct
import sys
import time

GRACE = 2.0                                        # for the last replies


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def main(address, seconds, rate, size=56):
    v6 = ":" in address
    if v6:                                         # the kernel does the checksum
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s.connect(socket.getaddrinfo(address, 0, type=socket.SOCK_DGRAM)[0][4])
    s.setblocking(False)
    ident = os.getpid() & 0xffff
    filler = bytes(size & ~1)
    total, sent, back = int(seconds * rate), 0, {}
    start = last = time.monotonic()
    longest = 0.0
    while True:
        now = time.monotonic()
        while sent < total and start + sent / rate <= now:
            head = struct.pack("!BBHHH", 128 if v6 else 8, 0, 0, ident, sent & 0xffff)
            sum_ = checksum(head + filler)
            try:
                s.send(head[:2] + struct.pack("!H", sum_) + head[4:] + filler)
            except OSError:
                pass                               # no route for the moment: a lost one
            sent += 1
        due = start + (sent / rate if sent < total else total / rate + GRACE)
        if len(back) == total or now > due and sent == total:
            break
        if not select.select([s], [], [], max(0.0, due - now))[0]:
            continue
        try:
            packet = s.recv(65535)
        except OSError:
            continue
        body = packet if v6 else packet[(packet[0] & 15) * 4:]
        kind, _, _, who, number = struct.unpack_from("!BBHHH", body)
        if kind == (129 if v6 else 0) and who == ident:
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            number += (sent - number) & ~0xffff    # 16 bits on the wire
            back[number] = back.get(number, 0) + 1
    lost = [n for n in range(total) if n not in back]
    print(json.dumps({"sent": total, "back": len(back), "lost": ["%.2f s" % (n / rate) for n in lost[:50]],
                      "twice": sum(n > 1 for n in back.values()), "longest": round(longest, 3)}))
    return 0 if not lost else 1


if len(sys.argv) not in (4, 5):
    sys.exit(__doc__)
sys.exit(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:])))
