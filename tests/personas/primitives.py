# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Primitives: hashes, HMAC, Diffie-Hellman groups, block ciphers. Nothing here comes from lib/."""
import hashlib
import hmac as _hmac
import struct

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES


class Hash:
    """A hash by the name proposals use."""

    def __init__(self, name):
        self.name = name
        self.size = hashlib.new(name).digest_size

    def hash(self, *parts):
        return hashlib.new(self.name, b"".join(parts)).digest()

    def prf(self, key, *parts):
        return _hmac.digest(key, b"".join(parts), self.name)

    def prf_plus(self, key, seed, size):
        """K1 | K2 | ..., each over the one before and the seed (RFC 2409, 5.5)."""
        out = last = b""
        while len(out) < size:
            last = self.prf(key, last, seed)
            out += last
        return out[:size]


def md4(data):
    """RFC 1320; OpenSSL 3 keeps it among what it does not load."""
    mask = 0xFFFFFFFF
    a, b, c, d = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + struct.pack("<Q", len(data) * 8)
    rounds = (
        (lambda x, y, z: x & y | ~x & z, 0, (3, 7, 11, 19), range(16)),
        (lambda x, y, z: x & y | x & z | y & z, 0x5A827999, (3, 5, 9, 13), [i // 4 + i % 4 * 4 for i in range(16)]),
        (lambda x, y, z: x ^ y ^ z, 0x6ED9EBA1, (3, 9, 11, 15), [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15]),
    )
    for at in range(0, len(padded), 64):
        x = struct.unpack("<16I", padded[at:at + 64])
        state = [a, b, c, d]
        for f, k, shifts, order in rounds:
            for i, n in enumerate(order):
                s = shifts[i % 4]
                t = (state[0] + f(*state[1:]) + x[n] + k) & mask
                state = [state[3], (t << s | t >> (32 - s)) & mask, state[1], state[2]]
        a, b, c, d = ((v + s) & mask for v, s in zip((a, b, c, d), state))
    return struct.pack("<4I", a, b, c, d)


def des_block(key7, block):
    """One DES block under 56 bits of key, as MS-CHAP hands them (RFC 2759, 8.6)."""
    bits = int.from_bytes(key7, "big")
    key = bytes((bits >> (49 - 7 * i) & 0x7F) << 1 for i in range(8))
    e = Cipher(TripleDES(key * 3), modes.ECB()).encryptor()
    return e.update(block)


class Cbc:
    """A block cipher in CBC mode: "aes", "3des" or "des"."""

    def __init__(self, name, key):
        self.block = 16 if name == "aes" else 8
        self.algorithm = algorithms.AES(key) if name == "aes" else TripleDES(key if name == "3des" else key * 3)

    def encrypt(self, iv, plain):
        return Cipher(self.algorithm, modes.CBC(iv)).encryptor().update(plain)

    def decrypt(self, iv, secret):
        return Cipher(self.algorithm, modes.CBC(iv)).decryptor().update(secret)


# ---- Diffie-Hellman ----

def _pi(bits):
    """Pi times 2^bits by Machin's formula."""
    one = 1 << (bits + 32)

    def arctan_of_inverse(x):
        total = term = one // x
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total
    return (4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))) >> 32


# Group: bits and the constant of "2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + k)" (RFC 2409, 6; RFC 3526).
MODP = {1: (768, 149686), 2: (1024, 129093), 5: (1536, 741804), 14: (2048, 124476), 15: (3072, 1690314), 16: (4096, 240904)}
ECP = {19: ec.SECP256R1, 20: ec.SECP384R1, 21: ec.SECP521R1}
_primes = {}


def modp_prime(group):
    if group not in _primes:
        n, k = MODP[group]
        _primes[group] = 2 ** n - 2 ** (n - 64) - 1 + 2 ** 64 * (_pi(n - 130) + k)
    return _primes[group]


class ModpKey:
    def __init__(self, group, rng):
        self.p = modp_prime(group)
        self.size = MODP[group][0] // 8
        self.secret = int.from_bytes(rng(40), "big") | 1
        self.public = pow(2, self.secret, self.p).to_bytes(self.size, "big")

    def agree(self, theirs):
        return pow(int.from_bytes(theirs, "big"), self.secret, self.p).to_bytes(self.size, "big")


class EcpKey:
    """The public value is X | Y, the shared secret X alone (RFC 5903, 7)."""

    def __init__(self, group, _rng):
        self.curve = ECP[group]()
        self.key = ec.generate_private_key(self.curve)
        n = self.key.public_key().public_numbers()
        self.size = (self.curve.key_size + 7) // 8
        self.public = n.x.to_bytes(self.size, "big") + n.y.to_bytes(self.size, "big")

    def agree(self, theirs):
        x, y = (int.from_bytes(t, "big") for t in (theirs[:self.size], theirs[self.size:]))
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicNumbers(x, y, self.curve).public_key())


class X25519Key:
    def __init__(self, _group, _rng):
        self.key = x25519.X25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def agree(self, theirs):
        return self.key.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))


def dh(group, rng):
    """A fresh key of a group by its IANA number."""
    kind = ModpKey if group in MODP else EcpKey if group in ECP else X25519Key
    return kind(group, rng)
