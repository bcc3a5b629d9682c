# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""L2TPv2 (RFC 2661) for a persona, both roles: control channel, one tunnel, one call, data."""
import hashlib
import struct

from world import Choked

SCCRQ, SCCRP, SCCCN, STOPCCN, HELLO = 1, 2, 3, 4, 6
ICRQ, ICRP, ICCN, CDN, WEN, SLI = 10, 11, 12, 14, 15, 16
NAMES = {1: "SCCRQ", 2: "SCCRP", 3: "SCCCN", 4: "StopCCN", 6: "Hello", 10: "ICRQ", 11: "ICRP", 12: "ICCN", 14: "CDN",
         15: "WEN", 16: "SLI", 0: "ZLB", None: "ZLB"}
# AVPs
MESSAGE, RESULT, VERSION, FRAMING, BEARER, TIE, FIRMWARE, HOST, VENDOR, TUNNEL_ID, WINDOW, CHALLENGE = \
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
RESPONSE, SESSION_ID, SERIAL, MIN_BPS, MAX_BPS, BEARER_TYPE, FRAMING_TYPE = 13, 14, 15, 16, 17, 18, 19
TX_SPEED, SEQUENCING = 24, 39
# Those of RFC 2661 a persona knows, with the rest it may not be told in a mandatory AVP
KNOWN = set(range(40)) | {46}
T, L, S, O = 0x8000, 0x4000, 0x0800, 0x0200


def u16(n):
    return struct.pack(">H", n)


def u32(n):
    return struct.pack(">I", n)


class Avp:
    """One AVP; a fact may give the value as a function of the persona."""

    def __init__(self, kind, value, mandatory=True, vendor=0):
        self.kind, self.value, self.mandatory, self.vendor = kind, value, mandatory, vendor

    def encode(self, persona):
        value = self.value(persona) if callable(self.value) else self.value
        return struct.pack(">HHH", (0x8000 if self.mandatory else 0) | 6 + len(value), self.vendor, self.kind) + value


def decode_avps(data):
    out, at = [], 0
    while at < len(data):
        if at + 6 > len(data):
            raise Choked("an AVP beyond the message")
        flags, vendor, kind = struct.unpack_from(">HHH", data, at)
        size = flags & 0x3FF
        if size < 6 or at + size > len(data):
            raise Choked("AVP %d says %d bytes" % (kind, size))
        out.append(Avp(kind, data[at + 6:at + size], bool(flags & 0x8000), vendor))
        at += size
    return out


class Packet:
    """A received L2TP packet: header and what is behind it."""

    def __init__(self, data):
        self.raw = data
        self.flags, = struct.unpack_from(">H", data)
        at = 2
        if self.flags & 7 != 2:
            raise Choked("L2TP version %d" % (self.flags & 7))
        self.length = len(data)
        if self.flags & L:
            self.length, at = struct.unpack_from(">H", data, at)[0], at + 2
        self.tunnel, self.session = struct.unpack_from(">HH", data, at)
        at += 4
        self.ns = self.nr = None
        if self.flags & S:
            self.ns, self.nr = struct.unpack_from(">HH", data, at)
            at += 4
        if self.flags & O:
            at += 2 + struct.unpack_from(">H", data, at)[0]
        self.body = data[at:self.length]
        self.control = bool(self.flags & T)
        self.avps = decode_avps(self.body) if self.control else []
        self.kind = struct.unpack(">H", self.avps[0].value)[0] if self.avps else None

    def get(self, kind):
        """The value of an IETF AVP, or None."""
        return next((a.value for a in self.avps if a.kind == kind and a.vendor == 0), None)


class L2tp:
    """The tunnel of a persona and its call. The persona has the tables of AVPs and is told
    `call_up()`, `frame(bytes)`, `call_down(packet)`, `tunnel_down(packet)`."""

    def __init__(self, persona, client):
        self.p, self.client = persona, client
        self.state = "idle"
        self.tunnel, self.session = persona.tunnel_id(), persona.session_id()
        self.peer_tunnel = self.peer_session = 0
        self.ns = self.nr = 0
        self.window = 4
        self.queue, self.timer, self.ack_timer = [], None, None
        self.ack_due = False
        self.heard = {}                                 # message: its AVPs
        self.last_in = persona.now
        self.repeated = 0                               # messages that had come before
        self.data_sent = self.data_heard = 0            # numbers
        self.shelf, self.shelved = [], False            # data that is to be sent otherwise than in order

    def their_tunnel(self):
        return self.peer_tunnel if self.p.learns_tunnel else 0

    # ---- the reliable channel ----

    def header(self, session, ns):
        return lambda body: struct.pack(">HHHHHH", self.p.control_flags, 12 + len(body), self.their_tunnel(), session, ns,
                                        self.nr) + body

    def message(self, kind, avps, session=None):
        if session is None:
            session = self.peer_session if kind >= 7 else 0
        body = Avp(MESSAGE, u16(kind)).encode(self.p) + b"".join(a.encode(self.p) for a in avps)
        self.queue.append([self.ns, session, body, kind, False])
        self.ns = self.ns + 1 & 0xFFFF
        self._pump(0)

    def _pump(self, tries):
        """Send what the peer's window has room for; again, when it is a try after silence."""
        for entry in self.queue[:self.window]:
            ns, session, body, kind, sent = entry
            if not sent or tries:
                entry[4] = True
                self.p.note("persona sends %s Ns %d Nr %d" % (NAMES.get(kind, kind), ns, self.nr))
                self.p.l2tp_send(self.header(session, ns)(body))
                self.ack_due = False
        if self.timer:
            self.timer.cancel()
        if self.queue:
            delays = self.p.l2tp_retransmit
            if tries >= len(delays):
                self.p.l2tp_dead("no acknowledgement of %s" % NAMES.get(self.queue[0][3]))
                return
            self.timer = self.p.after(delays[tries], lambda: self._pump(tries + 1))

    def _acknowledge(self, nr):
        before = len(self.queue)
        self.queue = [q for q in self.queue if (nr - q[0] - 1 & 0xFFFF) >= 0x8000]
        if len(self.queue) != before:
            if self.timer:
                self.timer.cancel()
            self._pump(0)

    def zlb(self):
        if self.ack_due:
            self.ack_due = False
            self.p.l2tp_send(self.header(0, self.ns)(b""))

    # ---- receiving ----

    def recv(self, data):
        packet = Packet(data)
        self.last_in = self.p.now
        self.p.judge_l2tp(self, packet)
        if packet.control:
            self.recv_control(packet)
        elif packet.tunnel == self.tunnel and packet.session == self.session:
            self.judge_number(packet)
            self.p.frame(packet.body)

    def judge_number(self, packet):
        """Of data (RFC 2661, 5.4): a LAC may not know before it hears the LNS."""
        if packet.ns is None:
            if self.p.data_numbers and (self.client or self.data_heard):
                raise Choked("data without a number, which is required")
            return
        if not self.p.data_numbers:
            raise Choked("data with a number that nobody asked for")
        if packet.ns != self.data_heard:
            raise Choked("data number %d, %d is due" % (packet.ns, self.data_heard))
        self.data_heard = self.data_heard + 1 & 0xFFFF

    def recv_control(self, packet):
        if packet.tunnel != self.tunnel and not (packet.kind == SCCRQ and packet.tunnel == 0):
            self.p.note("persona drops %s for tunnel %d" % (NAMES.get(packet.kind), packet.tunnel))
            return
        self._acknowledge(packet.nr)
        if not packet.avps:
            return
        behind = packet.ns - self.nr & 0xFFFF
        if behind == 0:
            self.nr = self.nr + 1 & 0xFFFF
            self.p.note("persona hears %s Ns %d Nr %d" % (NAMES.get(packet.kind, packet.kind), packet.ns, packet.nr))
        self.repeated += behind >= 0x8000
        self.ack_due = True
        if self.ack_timer:
            self.ack_timer.cancel()
        if behind == 0:
            self.p.judge_message(self, packet)
            self.heard[packet.kind] = packet.avps
            self.handle(packet)
        self.ack_timer = self.p.after(self.p.ack_delay if behind == 0 else 0, self.zlb)

    def number(self, packet, kind):
        value = packet.get(kind)
        if value is None or len(value) != 2 or value == b"\0\0":
            raise Choked("%s without a usable AVP %d" % (NAMES[packet.kind], kind))
        return struct.unpack(">H", value)[0]

    def handle(self, packet):
        p, kind = self.p, packet.kind
        if kind == SCCRP and self.state == "sccrq":
            self.peer_tunnel = self.number(packet, TUNNEL_ID)
            self._take_window(packet)
            self.check_response(packet)
            self.message(SCCCN, self.answer(packet, SCCCN) + p.scccn)
            self.state = "icrq"
            p.soon(lambda: self.message(ICRQ, p.icrq, 0))
        elif kind == ICRP and self.state == "icrq":
            self.peer_session = self.number(packet, SESSION_ID)
            self.state = "up"
            self.message(ICCN, p.iccn)
            self.open()
        elif kind == SCCRQ and self.state == "idle" and not self.client:
            self.peer_tunnel = self.number(packet, TUNNEL_ID)
            self._take_window(packet)
            self.message(SCCRP, self.answer(packet, SCCRP) + p.sccrp + self.demand())
            self.state = "sccrp"
        elif kind == SCCCN and self.state == "sccrp":
            self.check_response(packet)
            self.state = "tunnel"
        elif kind == ICRQ and self.state == "tunnel":
            self.peer_session = self.number(packet, SESSION_ID)
            self.message(ICRP, p.icrp)
            self.state = "icrp"
        elif kind == ICCN and self.state == "icrp":
            self.state = "up"
            self.open()
        elif kind == CDN:
            self.state = "tunnel"
            p.call_down(packet)
        elif kind == STOPCCN:
            self.state = "stopped"
            p.tunnel_down(packet)

    def open(self):
        self.p.call_up()
        if self.p.hello:
            self.p.after(self.p.hello, self.hello)

    def _take_window(self, packet):
        window = packet.get(WINDOW)
        if window is not None:
            self.window = max(1, struct.unpack(">H", window)[0])

    def answer(self, packet, kind):
        """The Challenge Response, when one was asked for (RFC 2661, 4.4.3)."""
        challenge = packet.get(CHALLENGE)
        if challenge is None:
            return []
        secret = self.p.tunnel_secret
        if not secret:
            raise Choked("%s demands tunnel authentication of a peer that knows none" % NAMES[packet.kind])
        return [Avp(RESPONSE, hashlib.md5(bytes([kind]) + secret + challenge).digest())]

    # ---- what the persona asks for ----

    def start(self):
        self.state = "sccrq"
        self.message(SCCRQ, self.p.sccrq + self.demand())

    def demand(self):
        """Our own Challenge, where there is a secret."""
        if not self.p.tunnel_secret:
            return []
        self.challenge = self.p.rng(32)
        return [Avp(CHALLENGE, self.challenge)]

    def check_response(self, packet):
        if self.p.tunnel_secret:
            wanted = hashlib.md5(bytes([packet.kind]) + self.p.tunnel_secret + self.challenge).digest()
            if packet.get(RESPONSE) != wanted:
                raise Choked("%s answers our Challenge wrongly" % NAMES[packet.kind])

    def hello(self):
        if self.state == "up":
            self.message(HELLO, [])
            self.p.after(self.p.hello, self.hello)

    def send(self, frame):
        """A PPP frame as data."""
        flags = 2 | (L if self.p.data_length else 0) | (S if self.p.data_numbers else 0)
        head = struct.pack(">HH", self.their_tunnel(), self.peer_session)
        if self.p.data_numbers:
            head += struct.pack(">HH", self.data_sent & 0xFFFF, 0)
            self.data_sent += 1
        if self.p.data_length:
            head = u16(4 + len(head) + len(frame)) + head
        self.shelf.append(u16(flags) + head + frame)
        if not self.shelved:
            self.p.l2tp_send(self.shelf.pop())

    def hang_up_call(self, result):
        self.message(CDN, [Avp(RESULT, result), Avp(SESSION_ID, u16(self.session))])

    def hang_up_tunnel(self, result):
        self.message(STOPCCN, [Avp(TUNNEL_ID, u16(self.tunnel)), Avp(RESULT, result)])
        self.state = "stopped"
