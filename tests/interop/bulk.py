#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""bulk.py serve PORT | bulk.py call ADDRESS PORT OCTETS

One TCP connection, OCTETS of noise each way, one way after the other, each followed by its
SHA-256.  Both sides compare; the exit status says whether all was well, and the caller prints
what came of it as one line of JSON."""
import hashlib
import json
import socket
import struct
import sys
import time

BLOCK = 1 << 16
PATIENCE = 60


def read(s, size):
    data = bytearray()
    while len(data) < size:
        got = s.recv(min(BLOCK, size - len(data)))
        if not got:
            raise EOFError("connection ended after %d octets" % len(data))
        data += got
    return bytes(data)


def send(s, size, seed):
    digest = hashlib.sha256()
    s.sendall(struct.pack(">Q", size))
    for n in range((size + BLOCK - 1) // BLOCK):
        block = hashlib.shake_128(b"%s %d" % (seed, n)).digest(min(BLOCK, size - n * BLOCK))
        digest.update(block)
        s.sendall(block)
    s.sendall(digest.digest())


def receive(s):
    """(size, whether the checksum was right)"""
    size = left = struct.unpack(">Q", read(s, 8))[0]
    digest = hashlib.sha256()
    while left:
        block = s.recv(min(BLOCK, left))
        if not block:
            raise EOFError("connection ended with %d octets to come" % left)
        digest.update(block)
        left -= len(block)
    return size, read(s, 32) == digest.digest()


def serve(port):
    with socket.create_server(("", port)) as listener:
        listener.settimeout(PATIENCE)
        s = listener.accept()[0]
    with s:
        s.settimeout(PATIENCE)
        size, good = receive(s)
        s.sendall(b"\1" if good else b"\0")
        send(s, size, b"down")
        return good and read(s, 1) == b"\1"


def call(address, port, size):
    end = time.monotonic() + 10
    while True:
        try:
            s = socket.create_connection((address, port), timeout=5)
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    with s:
        s.settimeout(PATIENCE)
        start = time.monotonic()
        send(s, size, b"up")
        up = read(s, 1) == b"\1"
        middle = time.monotonic()
        down_size, down = receive(s)
        end = time.monotonic()
        down = down and down_size == size
        s.sendall(b"\1" if down else b"\0")
    print(json.dumps({"up": up, "down": down, "up_mbit": round(size * 8e-6 / (middle - start), 1),
                      "down_mbit": round(size * 8e-6 / (end - middle), 1)}))
    return up and down


if len(sys.argv) == 3 and sys.argv[1] == "serve":
    sys.exit(not serve(int(sys.argv[2])))
elif len(sys.argv) == 5 and sys.argv[1] == "call":
    sys.exit(not call(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
else:
    sys.exit(__doc__)
