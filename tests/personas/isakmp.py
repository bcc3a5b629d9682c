# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""ISAKMP on the wire: header, payloads, proposals, attributes (RFC 2407, RFC 2408, RFC 3947)."""
import ipaddress
import struct
from dataclasses import dataclass, field

# Payload types
SA, PROPOSAL, TRANSFORM, KE, ID, CERT, CERTREQ, HASH, SIG, NONCE, NOTIFY, DELETE, VENDOR = range(1, 14)
NATD, NATOA = 20, 21
NATD_04, NATOA_04 = 15, 16
NATD_00, NATOA_00 = 130, 131
FRAGMENT = 132
# Exchange types
MAIN, AGGRESSIVE, INFORMATIONAL, TRANSACTION, QUICK = 2, 4, 5, 6, 32
ENCRYPTED, COMMIT = 1, 2
# Protocols
ISAKMP, AH, ESP = 1, 2, 3
# ID types (RFC 2407, 4.6.2.1)
IPV4, FQDN, USER_FQDN, IPV6, DER_DN, KEY_ID = 1, 2, 3, 5, 9, 11
# Notify types
NO_PROPOSAL, INVALID_ID, AUTH_FAILED = 14, 18, 24
RESPONDER_LIFETIME, REPLAY_STATUS, INITIAL_CONTACT = 24576, 24577, 24578
R_U_THERE, R_U_THERE_ACK = 36136, 36137
# Phase 1 attributes (RFC 2409, appendix A)
A_CIPHER, A_HASH, A_AUTH, A_GROUP, A_LIFE_TYPE, A_LIFE, A_KEYLEN = 1, 2, 3, 4, 11, 12, 14
CIPHERS = {"des": 1, "3des": 5, "aes": 7}
HASHES = {"md5": 1, "sha1": 2, "sha256": 4, "sha384": 5, "sha512": 6}
PSK, RSA_SIG, ECDSA_256, ECDSA_384 = 1, 3, 9, 10
# Phase 2 attributes (RFC 2407, 4.5)
P_LIFE_TYPE, P_LIFE, P_GROUP, P_MODE, P_AUTH, P_KEYLEN = 1, 2, 3, 4, 5, 6
ESP_CIPHERS = {"des": 2, "3des": 3, "null": 11, "aes": 12, "gcm": 20}
ESP_AUTHS = {"md5": 1, "sha1": 2, "sha256": 5, "sha384": 6, "sha512": 7}
SECONDS, KILOBYTES = 1, 2
TRANSPORT_MODE = 2


class Malformed(Exception):
    """Bytes that are not ISAKMP."""


def u16(n):
    return struct.pack(">H", n)


def u32(n):
    return struct.pack(">I", n)


@dataclass
class Message:
    icookie: bytes
    rcookie: bytes
    exchange: int
    msgid: bytes = bytes(4)
    flags: int = 0
    payloads: list = field(default_factory=list)    # of (type, body)
    body: bytes = b""                               # as received, behind the header
    raw: bytes = b""

    def all(self, kind):
        return [body for k, body in self.payloads if k == kind]

    def one(self, kind):
        found = self.all(kind)
        if not found:
            raise Malformed("no payload %d in exchange %d" % (kind, self.exchange))
        return found[0]


def encode_payloads(payloads):
    out = b""
    for i, (_, body) in enumerate(payloads):
        following = payloads[i + 1][0] if i + 1 < len(payloads) else 0
        out += struct.pack(">BBH", following, 0, len(body) + 4) + body
    return out


def decode_payloads(first, data):
    """The payloads of a chain, and how many bytes they take; the rest is padding."""
    payloads, at, kind = [], 0, first
    while kind:
        if at + 4 > len(data):
            raise Malformed("a payload beyond the message")
        following, _, size = struct.unpack_from(">BBH", data, at)
        if size < 4 or at + size > len(data):
            raise Malformed("payload %d says %d bytes" % (kind, size))
        payloads.append((kind, data[at + 4:at + size]))
        at, kind = at + size, following
    return payloads, at


def encode(m, body=None):
    """A message; body, when given, is the encrypted form of its payloads."""
    if body is None:
        body = encode_payloads(m.payloads)
    first = m.payloads[0][0] if m.payloads else 0
    return m.icookie + m.rcookie + struct.pack(">BBBB", first, 0x10, m.exchange, m.flags) + m.msgid + u32(28 + len(body)) + body


def decode(data):
    """A message; its payloads are left undecoded when they are encrypted."""
    if len(data) < 28:
        raise Malformed("%d bytes are no ISAKMP header" % len(data))
    first, version, exchange, flags = struct.unpack_from(">BBBB", data, 16)
    size, = struct.unpack_from(">I", data, 24)
    if version != 0x10 or size != len(data):
        raise Malformed("version %02x, length %d of %d" % (version, size, len(data)))
    m = Message(data[:8], data[8:16], exchange, data[20:24], flags, [], data[28:], data)
    m.first = first
    if not flags & ENCRYPTED or first == FRAGMENT:
        m.payloads, _ = decode_payloads(first, m.body)
    return m


# ---- proposals ----

def encode_attributes(attributes):
    """Of (type, value): a number makes a basic attribute, bytes a variable one."""
    out = b""
    for kind, value in attributes:
        if isinstance(value, int):
            out += struct.pack(">HH", kind | 0x8000, value)
        else:
            out += struct.pack(">HH", kind, len(value)) + value
    return out


def decode_attributes(data):
    out, at = [], 0
    while at < len(data):
        kind, value = struct.unpack_from(">HH", data, at)
        at += 4
        if not kind & 0x8000:
            value, at = data[at:at + value], at + value
        out.append((kind & 0x7FFF, value))
    return out


def number(value):
    return value if isinstance(value, int) else int.from_bytes(value, "big")


@dataclass
class Transform:
    number: int
    id: int
    attributes: list

    def get(self, kind, default=None):
        for k, value in self.attributes:
            if k == kind:
                return number(value)
        return default

    def lifetimes(self, kind, value):
        """{SECONDS: n, KILOBYTES: n}: each value belongs to the type in front of it."""
        out, unit = {}, None
        for k, v in self.attributes:
            if k == kind:
                unit = number(v)
            elif k == value:
                out[unit] = number(v)
        return out


@dataclass
class Proposal:
    number: int
    protocol: int
    spi: bytes
    transforms: list


def encode_sa(proposals):
    """The body of an SA payload: DOI IPsec, situation identity only, proposals."""
    out = u32(1) + u32(1)
    for i, p in enumerate(proposals):
        body = b""
        for j, t in enumerate(p.transforms):
            attributes = encode_attributes(t.attributes)
            more = TRANSFORM if j + 1 < len(p.transforms) else 0
            body += struct.pack(">BBHBBH", more, 0, 8 + len(attributes), t.number, t.id, 0) + attributes
        more = PROPOSAL if i + 1 < len(proposals) else 0
        out += struct.pack(">BBHBBBB", more, 0, 8 + len(p.spi) + len(body), p.number, p.protocol, len(p.spi),
                           len(p.transforms)) + p.spi + body
    return out


def decode_sa(body):
    if len(body) < 8 or body[:8] != u32(1) + u32(1):
        raise Malformed("SA of another DOI or situation")
    proposals = []
    for _, p in decode_payloads(PROPOSAL, body[8:])[0]:
        no, protocol, spi_size, count = struct.unpack_from(">BBBB", p)
        transforms = []
        for _, t in decode_payloads(TRANSFORM, p[4 + spi_size:])[0]:
            transforms.append(Transform(t[0], t[1], decode_attributes(t[4:])))
        if len(transforms) != count:
            raise Malformed("%d transforms, %d announced" % (len(transforms), count))
        proposals.append(Proposal(no, protocol, p[4:4 + spi_size], transforms))
    return proposals


# ---- small payloads ----

def identity(kind, data, protocol=0, port=0):
    return struct.pack(">BBH", kind, protocol, port) + data


def address_id(ip, protocol=0, port=0):
    packed = ipaddress.ip_address(ip).packed
    return identity(IPV4 if len(packed) == 4 else IPV6, packed, protocol, port)


def nat_oa(ip):
    packed = ipaddress.ip_address(ip).packed
    return bytes([IPV4 if len(packed) == 4 else IPV6, 0, 0, 0]) + packed


def notify(kind, protocol=ISAKMP, spi=b"", data=b""):
    return u32(1) + struct.pack(">BBH", protocol, len(spi), kind) + spi + data


def decode_notify(body):
    """(type, protocol, SPI, data)"""
    protocol, size, kind = struct.unpack_from(">BBH", body, 4)
    return kind, protocol, body[8:8 + size], body[8 + size:]


def delete(protocol, spis):
    return u32(1) + struct.pack(">BBH", protocol, len(spis[0]), len(spis)) + b"".join(spis)


def decode_delete(body):
    """(protocol, SPIs)"""
    protocol, size, count = struct.unpack_from(">BBH", body, 4)
    return protocol, [body[8 + i * size:8 + (i + 1) * size] for i in range(count)]


def fragments(data, icookie, rcookie, exchange, size, flags=0):
    """A message in fragments of at most so many bytes: ID 1, numbers from 1, the last one flagged."""
    room = size - 28 - 8
    pieces = [data[i:i + room] for i in range(0, len(data), room)]
    for i, piece in enumerate(pieces, 1):
        body = struct.pack(">HBB", 1, i, i == len(pieces)) + piece
        yield encode(Message(icookie, rcookie, exchange, flags=flags, payloads=[(FRAGMENT, body)]))
