# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""MPPE with 128 bits, stateless, under keys from MS-CHAPv2 (RFC 3078, RFC 3079, 3)."""
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher

from primitives import md4
from world import Choked

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
except ImportError:
    from cryptography.hazmat.primitives.ciphers.algorithms import ARC4

STATELESS_128 = b"\1\0\0\x40"                # the option of CCP: bits H and S
FLUSHED, ENCRYPTED = 0x8000, 0x1000
PAD1, PAD2 = bytes(40), b"\xf2" * 40
CLIENT_SENDS = b"On the client side, this is the send key; on the server side, it is the receive key."
SERVER_SENDS = b"On the client side, this is the receive key; on the server side, it is the send key."


def _digest(*parts):
    return hashlib.sha1(b"".join(parts)).digest()[:16]


def rc4(key, data):
    return Cipher(ARC4(key), None).encryptor().update(data)


class Direction:
    """Packets of one direction; another key for each."""

    def __init__(self, password, response, by_client):
        master = _digest(md4(md4(password.encode("utf-16-le"))), response, b"This is the MPPE Master Key")
        self.start = _digest(master, PAD1, CLIENT_SENDS if by_client else SERVER_SENDS, PAD2)
        self.key = _digest(self.start, PAD1, self.start, PAD2)
        self.count = 0                      # of the next packet

    def _next(self):
        interim = _digest(self.start, PAD1, self.key, PAD2)
        self.key = rc4(interim, interim)
        self.count = self.count + 1 & 0xFFF
        return self.key

    def seal(self, frame):
        count = self.count
        return struct.pack(">H", FLUSHED | ENCRYPTED | count) + rc4(self._next(), frame)

    def open(self, body):
        head, = struct.unpack_from(">H", body)
        if head & 0xF000 != FLUSHED | ENCRYPTED:
            raise Choked("MPPE bits %04x are not those of stateless encryption" % head)
        while self.count != head & 0xFFF:   # lost ones change the key, too
            self._next()
        return rc4(self._next(), body[2:])
