#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Writes esp.txt and modp.txt by other means than the library's: the `cryptography` package (OpenSSL) for ESP, Python's
own integers and the primes as RFC 2409 and RFC 3526 print them for MODP. The results are kept in the tree; this shows
where they are from.  make.py RFC2409.txt RFC3526.txt"""
import hashlib
import hmac
import re
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES

NOTICE = "# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later\n# Made by make.py in this folder.\n"


def stream(name, n):
    """n bytes that look random and are always the same"""
    return hashlib.shake_256(name.encode()).digest(n)


def esp():
    ciphers = [("aes", 16, 16, AES), ("aes", 24, 16, AES), ("aes", 32, 16, AES), ("3des", 24, 8, TripleDES)]
    auths = [("md5", 16, 12), ("sha1", 20, 12), ("sha256", 32, 16), ("sha384", 48, 24), ("sha512", 64, 32)]
    for cipher, key_len, block, algorithm in ciphers:
        for auth, auth_len, icv_len in auths:
            for blocks in (1, 2, 5, 88 if (cipher, key_len, auth) == ("aes", 32, "sha1") else 13):
                tag = f"{cipher}{key_len}{auth}{blocks}"
                key, auth_key = stream("k" + tag, key_len), stream("a" + tag, auth_len)
                head, seed = stream("h" + tag, 8), stream("s" + tag, 16)
                text = stream("t" + tag, blocks * block)
                chain = Cipher(algorithm(key), modes.CBC(bytes(block))).encryptor()
                body = head + chain.update(seed[16 - block:] + text) + chain.finalize()
                icv = hmac.new(auth_key, body, auth).digest()[:icv_len]
                yield cipher, auth, key, auth_key, seed, head, text, body + icv
    for key_len in (16, 24, 32):
        for n in (4, 16, 20, 64, 100, 1408 if key_len == 32 else 48):
            tag = f"gcm{key_len}-{n}"
            key, head = stream("k" + tag, key_len + 4), stream("h" + tag, 8)
            seed, text = stream("s" + tag, 16), stream("t" + tag, n)
            sealed = AESGCM(key[:-4]).encrypt(key[-4:] + seed[8:], text, head)
            yield "gcm", "none", key, b"", seed, head, text, head + seed[8:] + sealed


def primes(rfc2409, rfc3526):
    """The words of eight digits between the heading of a group and the value of its generator."""
    heads = [(1024, rfc2409, "6.2 Second Oakley")]
    for chapter, bits in enumerate((1536, 2048, 3072, 4096, 6144, 8192), 2):
        heads.append((bits, rfc3526, "%d.  %d-bit MODP Group\n\n" % (chapter, bits)))
    for bits, path, head in heads:
        section = open(path).read().split(head)[-1].split("generator is")[0]
        yield bits, int("".join(re.findall(r"\b[0-9A-F]{8}\b", section)), 16)


def modp(rfc2409, rfc3526):
    exponent = {1024: 28, 1536: 28, 2048: 32, 3072: 36, 4096: 40, 6144: 46, 8192: 50}
    for bits, p in primes(rfc2409, rfc3526):
        assert p.bit_length() == bits and p % 8 == 7 and pow(2, (p - 1) // 2, p) == 1 and pow(3, p - 1, p) == 1
        private = bytearray(stream("x%d" % bits, exponent[bits]))
        private[0] |= 0x80
        x = int.from_bytes(private, "big")
        peer = pow(2, int.from_bytes(stream("y%d" % bits, 40), "big"), p)
        values = [v.to_bytes(bits // 8, "big") for v in (p, pow(2, x, p), peer, pow(peer, x, p))]
        yield bits, values[0], bytes(private), *values[1:]


def write(path, title, names, rows):
    with open(path, "w") as out:
        out.write(NOTICE + "# " + title + "\n")
        for row in rows:
            out.write("\n")
            for name, value in zip(names, row):
                out.write("%s = %s\n" % (name, value.hex() if isinstance(value, bytes) else value))


write("esp.txt", "seed: what the IV is made of (its last bytes where the IV is shorter); packet: SPI to ICV.",
      ["cipher", "auth", "key", "auth_key", "seed", "head", "text", "packet"], esp())
write("modp.txt", "private is the exponent, public 2^private, secret peer^private.",
      ["group", "prime", "private", "public", "peer", "secret"], modp(*sys.argv[1:3]))
