# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""DHCPINFORM inside the tunnel (RFC 2131, 3.4), for a persona that asks and for one that answers."""
import struct

from endpoint import checksum
from world import Choked, dotted, packed

DNS, DOMAIN, TYPE, SERVER, WANTED, ROUTES, MS_ROUTES = 6, 15, 53, 54, 55, 121, 249
INFORM, ACK = 8, 5
CLIENT_PORT, SERVER_PORT = 68, 67
COOKIE = bytes.fromhex("63825363")


def _udp(source, target, ports, payload):
    """IPv4 and UDP around it, checksums and all."""
    source, target = packed(source), packed(target)
    udp = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    check = checksum(source + target + struct.pack(">HH", 17, len(udp)) + udp) or 0xFFFF
    udp = udp[:6] + struct.pack(">H", check) + udp[8:]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + source + target
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + udp


def _message(op, xid, client, hardware, options):
    head = struct.pack(">BBBB4sHH4s", op, hardware[0], len(hardware) - 1, 0, xid, 0, 0, packed(client))
    body = head + bytes(12) + hardware[1:].ljust(16, b"\0") + bytes(192) + COOKIE
    return (body + b"".join(bytes([kind, len(value)]) + value for kind, value in options) + b"\xff").ljust(300, b"\0")


def inform(address, xid, wanted):
    """To everybody, from the address that PPP gave; the hardware is what Windows says of PPP."""
    options = [(TYPE, bytes([INFORM])), (WANTED, bytes(wanted))]
    return _udp(address, "255.255.255.255", (CLIENT_PORT, SERVER_PORT),
                _message(1, xid, address, b"\x08" + packed(address) + b"\0\0", options))


def answer(server, client, request, options):
    """The DHCPACK for what decode() made of a DHCPINFORM."""
    options = [(TYPE, bytes([ACK])), (SERVER, packed(server))] + options
    return _udp(server, client, (SERVER_PORT, CLIENT_PORT), _message(2, request["xid"], client, request["hardware"], options))


def decode(packet, port):
    """A DHCP message to this port: its fields and {option: value}; None when it is something else."""
    if len(packet) < 28 or packet[0] != 0x45 or packet[9] != 17 or struct.unpack_from(">H", packet, 22)[0] != port:
        return None
    size, check = struct.unpack_from(">HH", packet, 24)
    if size != len(packet) - 20 or check and checksum(packet[12:20] + struct.pack(">HH", 17, size) + packet[20:]):
        raise Choked("UDP length or checksum of a DHCP message")
    body = packet[28:]
    if len(body) < 240 or body[236:240] != COOKIE:
        raise Choked("a DHCP message of %d bytes without its cookie" % len(body))
    options, at = {}, 240
    while at < len(body) and body[at] != 255:
        if body[at]:
            options[body[at]] = body[at + 2:at + 2 + body[at + 1]]
        at += 2 + body[at + 1] if body[at] else 1
    return {"op": body[0], "xid": body[4:8], "client": dotted(body[12:16]), "source": dotted(packet[12:16]),
            "target": dotted(packet[16:20]), "hardware": body[1:2] + body[28:28 + body[2]], "options": options}


def encode_routes(routes):
    """Of (net, bits, gateway): RFC 3442."""
    return b"".join(bytes([bits]) + packed(net)[:(bits + 7) // 8] + packed(gateway) for net, bits, gateway in routes)


def decode_routes(data):
    routes, at = [], 0
    while at < len(data):
        size = (data[at] + 7) // 8
        routes.append((dotted(data[at + 1:at + 1 + size].ljust(4, b"\0")), data[at], dotted(data[at + 1 + size:at + 5 + size])))
        at += 5 + size
    return routes
