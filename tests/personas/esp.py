# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""ESP in transport mode (RFC 4303) for a persona: CBC with HMAC, or GCM (RFC 4106)."""
import hmac
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from primitives import Cbc, Hash

# Bytes of ICV: half the hash (RFC 4868), 96 bits for the old two
ICV = {"md5": 12, "sha1": 12, "sha256": 16, "sha384": 24, "sha512": 32}
UDP = 17


class Forged(Exception):
    """The ICV does not fit, or the inside is not what it should be."""


class Half:
    """One direction of a pair."""

    def __init__(self, spi, cipher, keylen, auth, keymat, icv=None):
        self.spi, self.cipher, self.seq = spi, cipher, 0
        self.bytes = 0
        self.seen = set()
        if cipher == "gcm":
            self.gcm, self.salt = AESGCM(keymat[:keylen]), keymat[keylen:keylen + 4]
        else:
            self.cbc = Cbc(cipher, keymat[:keylen])
            self.hash, self.key = Hash(auth), keymat[keylen:]
            self.icv = {**ICV, **(icv or {})}[auth]

    def seal(self, payload, rng):
        self.seq += 1
        self.bytes += len(payload)
        head = self.spi + struct.pack(">I", self.seq)
        block = 4 if self.cipher == "gcm" else self.cbc.block
        pad = -(len(payload) + 2) % block
        plain = payload + bytes(range(1, pad + 1)) + bytes([pad, UDP])
        if self.cipher == "gcm":
            iv = struct.pack(">Q", self.seq)
            return head + iv + self.gcm.encrypt(self.salt + iv, plain, head)
        iv = rng(self.cbc.block)
        body = head + iv + self.cbc.encrypt(iv, plain)
        return body + self.hash.prf(self.key, body)[:self.icv]

    def open(self, packet):
        seq, = struct.unpack_from(">I", packet, 4)
        if self.cipher == "gcm":
            iv = packet[8:16]
            plain = self.gcm.decrypt(self.salt + iv, packet[16:], packet[:8])
        else:
            body, icv = packet[:-self.icv], packet[-self.icv:]
            if not hmac.compare_digest(self.hash.prf(self.key, body)[:self.icv], icv):
                raise Forged("ICV of %s" % self.spi.hex())
            iv = body[8:8 + self.cbc.block]
            plain = self.cbc.decrypt(iv, body[8 + self.cbc.block:])
        if seq in self.seen:
            raise Forged("sequence %d of %s came twice" % (seq, self.spi.hex()))
        self.seen.add(seq)
        pad, inner = plain[-2], plain[-1]
        if inner != UDP or plain[-2 - pad:-2] != bytes(range(1, pad + 1)):
            raise Forged("padding or next header %d" % inner)
        self.bytes += len(plain)
        return plain[:-2 - pad]


class Sas:
    """The pairs of a persona: the newest one sends, all of them receive."""

    def __init__(self, rng, icv=None):
        self.rng, self.icv = rng, icv
        self.pairs, self.inbound, self.outbound = [], {}, {}

    def add(self, pair, sends=True):
        if pair.spi_in not in self.inbound:
            self.inbound[pair.spi_in] = Half(pair.spi_in, pair.cipher, pair.keylen, pair.auth, pair.keymat_in, self.icv)
            self.outbound[pair.spi_out] = Half(pair.spi_out, pair.cipher, pair.keylen, pair.auth, pair.keymat_out, self.icv)
        if sends:
            if pair in self.pairs:
                self.pairs.remove(pair)
            self.pairs.append(pair)

    def drop(self, pair):
        self.inbound.pop(pair.spi_in, None)
        self.outbound.pop(pair.spi_out, None)
        if pair in self.pairs:
            self.pairs.remove(pair)

    def seal(self, payload):
        """(the pair used, the packet), or (None, b"") when there is no pair."""
        if not self.pairs:
            return None, b""
        pair = self.pairs[-1]
        return pair, self.outbound[pair.spi_out].seal(payload, self.rng)

    def open(self, packet):
        half = self.inbound.get(packet[:4])
        return None if half is None else half.open(packet)
