# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Our end: one context of libl2tpsec behind its public C interface, with sockets of its own."""
import ctypes as c
import datetime
import struct
from types import SimpleNamespace

from proof import NOW
from world import IKE, NAT_T, RAW_ESP, Direct, Wrong, dotted, packed

PROGRESS, UP, DOWN, FAILED, REFUSED, REKEYED, MOVED, LEGACY, IPV6_UP, ROUTES = range(1, 11)
SERVER_INSIDE = "10.77.0.1"
NEVER = 2 ** 64 - 1
PASSWORD, ENOENT, EEXPIRED = 2, -3, -15
FILLING = bytes(range(256)) * 8


class Addr(c.Structure):
    _fields_ = [("family", c.c_uint8), ("reserved", c.c_uint8), ("port", c.c_uint16), ("ip", c.c_uint8 * 16)]

    @classmethod
    def of(cls, ip, port=0):
        raw = packed(ip)
        return cls(4 if len(raw) == 4 else 6, 0, port, (c.c_uint8 * 16)(*raw))

    @property
    def host(self):
        if not self.family:
            return ""
        return dotted(bytes(self.ip)[:4 if self.family == 4 else 16])


class Packet(c.Structure):
    _fields_ = [("data", c.c_void_p), ("len", c.c_size_t), ("headroom", c.c_size_t), ("tailroom", c.c_size_t),
                ("link", c.c_uint64), ("local", Addr), ("remote", Addr), ("transport", c.c_uint32),
                ("drop", c.c_uint32), ("reserved", c.c_uint64 * 2)]


class Event(c.Structure):
    _fields_ = [(n, c.c_uint32) for n in ("size", "type", "cause", "layer")] + \
        [(n, c.c_uint64) for n in ("link", "time", "retry_in_us")] + \
        [(n, c.c_uint32) for n in ("peer_code", "peer_code2", "mtu", "reserved")] + \
        [(n, c.c_char_p) for n in ("step", "text", "hint", "offered", "allowed", "message", "user", "reserved_text")] + \
        [(n, Addr) for n in ("local", "remote", "address", "peer_address")] + [("dns", Addr * 2)] + \
        [(n, Addr) for n in ("address6", "peer_address6", "prefix6")] + \
        [("windows_code", c.c_uint32)] + [(n, c.c_char_p) for n in ("advice", "fits", "domain", "reserved_text2")]


class Route(c.Structure):
    _fields_ = [("size", c.c_uint32), ("prefix_len", c.c_uint32), ("net", Addr), ("gateway", Addr)]


class Query(c.Structure):
    _fields_ = [(n, c.c_uint32) for n in ("size", "kind", "candidate", "reserved")] + \
        [("token", c.c_uint64), ("link", c.c_uint64), ("local", Addr), ("remote", Addr), ("name", c.c_void_p),
         ("name_len", c.c_size_t)]


class Stats(c.Structure):
    _fields_ = [("size", c.c_uint32), ("reserved", c.c_uint32)] + [(n, c.c_uint64) for n in (
        "packets_in", "bytes_in", "packets_out", "bytes_out", "copied", "rekeys", "links", "links_up", "half_open",
        "refused", "memory", "allocations")]


ON_PACKETS = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(Packet), c.c_size_t)
ON_EVENT = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(Event))
ON_SECRET = c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(Query), c.c_void_p, c.c_size_t, c.POINTER(c.c_size_t))
ON_NEW_PASSWORD = c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(Query), c.c_void_p, c.c_size_t)
ON_RANDOM = c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t)
ON_WALL_CLOCK = c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(c.c_int64))
ON_LOG = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)


class Callbacks(c.Structure):
    _fields_ = [("size", c.c_uint32), ("reserved", c.c_uint32), ("send", ON_PACKETS), ("deliver", ON_PACKETS),
                ("event", ON_EVENT), ("secret", ON_SECRET), ("address", c.c_void_p), ("random", ON_RANDOM),
                ("log", ON_LOG), ("keylog", c.c_void_p), ("alloc", c.c_void_p), ("release", c.c_void_p),
                ("wall_clock", ON_WALL_CLOCK), ("sign", c.c_void_p), ("tap", c.c_void_p), ("new_password", ON_NEW_PASSWORD)]


def load(path):
    lib = c.CDLL(path)
    addr, ctx, u64 = c.POINTER(Addr), c.c_void_p, c.c_uint64
    lib.l2tpsec_new.argtypes = [c.POINTER(ctx), c.POINTER(Callbacks), c.c_void_p, u64]
    lib.l2tpsec_free.argtypes = [ctx]
    lib.l2tpsec_profile_new.argtypes = [ctx, c.POINTER(ctx)]
    lib.l2tpsec_profile_set_str.argtypes = [ctx, c.c_char_p, c.c_char_p]
    lib.l2tpsec_profile_set_bytes.argtypes = [ctx, c.c_char_p, c.c_char_p, c.c_size_t]
    lib.l2tpsec_profile_error.argtypes = [ctx]
    lib.l2tpsec_profile_error.restype = c.c_char_p
    lib.l2tpsec_connect.argtypes = [ctx, ctx, addr, addr, u64, c.POINTER(u64)]
    lib.l2tpsec_listen.argtypes = [ctx, ctx, u64]
    lib.l2tpsec_close.argtypes = [ctx, u64, u64]
    lib.l2tpsec_input.argtypes = lib.l2tpsec_output.argtypes = [ctx, c.POINTER(Packet), c.c_size_t, u64]
    lib.l2tpsec_tick.argtypes = [ctx, u64]
    lib.l2tpsec_next_timeout.argtypes = [ctx]
    lib.l2tpsec_next_timeout.restype = u64
    lib.l2tpsec_get_routes.argtypes = [ctx, u64, c.POINTER(Route), c.c_size_t]
    lib.l2tpsec_get_stats.argtypes = [ctx, u64, c.POINTER(Stats)]
    lib.l2tpsec_get_drops.argtypes = [ctx, u64, c.POINTER(u64), c.c_size_t]
    lib.l2tpsec_drop_name.argtypes = lib.l2tpsec_cause_name.argtypes = lib.l2tpsec_event_name.argtypes = [c.c_uint32]
    for f in (lib.l2tpsec_drop_name, lib.l2tpsec_cause_name, lib.l2tpsec_event_name):
        f.restype = c.c_char_p
    lib.l2tpsec_format.argtypes = [c.c_void_p, c.c_char_p, c.c_size_t]
    lib.l2tpsec_format.restype = c.c_size_t
    return lib


class Endpoint:
    """A context with three sockets: IKE, NAT-T, and one that stands for IP protocol 50."""

    def __init__(self, lib, world, settings, users=None):
        self.lib, self.world, self.users = lib, world, dict(users or {})
        self.expired = set()                # users whose password has
        self.ip, self.way = world.address(), Direct()
        self.public = self.ip
        self.ports = {n: world.bind(self.ip, n, lambda d, peer, n=n: self.arrived(n, d, peer))
                      for n in (IKE, NAT_T, RAW_ESP)}
        self.events, self.inbox, self.error = [], [], None
        self.pings = []                     # (link, number) of the answers that came
        self.echo = True
        self.rng = world.random.__class__(world.random.random())
        self._keep = Callbacks(c.sizeof(Callbacks), 0, ON_PACKETS(self._send), ON_PACKETS(self._deliver),
                               ON_EVENT(self._event), ON_SECRET(self._secret), None, ON_RANDOM(self._random),
                               ON_LOG(self._log), None, None, None, ON_WALL_CLOCK(self._wall_clock), None, None,
                               ON_NEW_PASSWORD(self._new_password))
        self.ctx = c.c_void_p()
        self.check(lib.l2tpsec_new(c.byref(self.ctx), c.byref(self._keep), None, self.now()))
        self.profile = self.make_profile(settings)
        world.ends.append(self)

    def now(self):
        return round(self.world.now * 1e6)

    def check(self, rc, what=""):
        if self.error:
            error, self.error = self.error, None
            raise error
        if rc != 0:
            raise Wrong("the library said %d %s" % (rc, what))

    def make_profile(self, settings):
        p = c.c_void_p()
        self.check(self.lib.l2tpsec_profile_new(self.ctx, c.byref(p)))
        fixed = {"ike.port": IKE, "ike.nat_port": NAT_T, "ike.peer_nat_port": NAT_T}
        for name, value in {**fixed, **settings}.items():
            if isinstance(value, bytes):
                rc = self.lib.l2tpsec_profile_set_bytes(p, name.encode(), value, len(value))
            else:
                rc = self.lib.l2tpsec_profile_set_str(p, name.encode(), str(value).encode())
            if rc:
                raise Wrong("%s=%s: %s" % (name, value, self.lib.l2tpsec_profile_error(p).decode()))
        return p

    # ---- what the library asks for ----

    def _guard(self, act, *args):
        """Exceptions cannot pass through C: kept, and raised when the call returns."""
        try:
            return act(*args)
        except Exception as error:              # pylint: disable=broad-except
            self.error = self.error or error
            return None

    def _send(self, _user, pkts, n):
        def act():
            for p in pkts[:n]:
                data = c.string_at(p.data, p.len)
                port = RAW_ESP if p.transport == 1 else p.local.port
                if port not in self.ports or p.local.host not in ("", self.ip):
                    raise Wrong("the library sends from %s:%d, which is not ours" % (p.local.host, port))
                to = (p.remote.host, RAW_ESP if p.transport == 1 else p.remote.port)
                if port == IKE or port == NAT_T and data[:4] == bytes(4):
                    self.world.exchange(data[4:] if port == NAT_T else data)
                self.way.send(self.ports[port], to, data)
        self._guard(act)

    def _deliver(self, _user, pkts, n):
        def act():
            answers = []
            for p in pkts[:n]:
                data = c.string_at(p.data, p.len)
                self.inbox.append((p.link, data))
                if data[0] == 0x45 and data[9] == 1 and data[20] == 0:
                    self.pings.append((p.link, ping_number(data)))
                answer = ping_reply(data) if self.echo else None
                if answer:
                    answers.append((p.link, answer))
            for link, data in answers:
                self.world.after(0, lambda link=link, data=data: self.output(link, data))
        self._guard(act)

    def _event(self, _user, event):
        def act():
            e = event.contents
            copy = SimpleNamespace(**{n: getattr(e, n) for n in ("type", "cause", "layer", "link", "peer_code", "mtu",
                                                                "retry_in_us", "peer_code2")})
            for n in ("step", "text", "hint", "offered", "allowed", "message", "user", "domain"):
                setattr(copy, n, (getattr(e, n) or b"").decode())
            for n in ("local", "remote", "address", "peer_address"):
                setattr(copy, n, getattr(e, n).host)
            copy.dns = [a.host for a in e.dns if a.family]
            copy.name = self.lib.l2tpsec_event_name(e.type).decode()
            copy.why = self.lib.l2tpsec_cause_name(e.cause).decode()
            copy.at = self.world.now
            self.events.append(copy)
            self.world.note("lib   event %s %s %s" % (copy.name, copy.step, copy.text))
        self._guard(act)

    def _secret(self, _user, query, out, cap, size):
        q = query.contents
        name = c.string_at(q.name, q.name_len).decode("latin-1") if q.name else ""
        secret = self.users.get(name, "").encode() if q.kind == PASSWORD else b""
        if not secret or len(secret) > cap:
            return ENOENT
        c.memmove(out, secret, len(secret))
        size[0] = len(secret)
        return EEXPIRED if name in self.expired else 0

    def _new_password(self, _user, query, password, size):
        name = c.string_at(query.contents.name, query.contents.name_len).decode()
        self.users[name] = c.string_at(password, size).decode()
        self.expired.discard(name)
        return 0

    def _random(self, _user, out, n):
        c.memmove(out, self.rng.randbytes(n), n)
        return 0

    def _wall_clock(self, _user, out):
        out[0] = int(NOW.replace(tzinfo=datetime.timezone.utc).timestamp() + self.world.now)
        return 0

    def _log(self, _user, record):
        text = c.create_string_buffer(300)
        n = self.lib.l2tpsec_format(record, text, len(text))
        self.world.note("lib   " + text.raw[:n].decode("latin-1"))

    # ---- what we ask of it ----

    def listen(self):
        self.check(self.lib.l2tpsec_listen(self.ctx, self.profile, self.now()))

    def connect(self, server):
        link = c.c_uint64()
        ours, theirs = Addr.of(self.ip, IKE), Addr.of(server, IKE)
        self.check(self.lib.l2tpsec_connect(self.ctx, self.profile, c.byref(ours), c.byref(theirs), self.now(), c.byref(link)))
        return link.value

    def close_link(self, link=0):
        self.check(self.lib.l2tpsec_close(self.ctx, link, self.now()))

    def arrived(self, port, data, peer):
        peer = self.way.origin(self.ports[port], peer)
        buffer = c.create_string_buffer(data, len(data))
        esp = port == RAW_ESP
        p = Packet(c.cast(buffer, c.c_void_p), len(data), 0, 0, 0, Addr.of(self.ip, 0 if esp else port),
                   Addr.of(peer[0], 0 if esp else peer[1]), int(esp))
        self.check(self.lib.l2tpsec_input(self.ctx, c.byref(p), 1, self.now()))

    def output(self, link, data):
        """Send an IP packet; the reason when the library drops it, or ''."""
        buffer = c.create_string_buffer(bytes(64) + data + bytes(64), len(data) + 128)
        p = Packet(c.addressof(buffer) + 64, len(data), 64, 64, link)
        self.check(self.lib.l2tpsec_output(self.ctx, c.byref(p), 1, self.now()))
        return self.lib.l2tpsec_drop_name(p.drop).decode() if p.drop else ""

    def next_timeout(self):
        due = self.lib.l2tpsec_next_timeout(self.ctx)
        return float("inf") if due == NEVER else due / 1e6

    def tick(self):
        self.check(self.lib.l2tpsec_tick(self.ctx, self.now()))

    def stats(self, link=0):
        s = Stats(size=c.sizeof(Stats))
        rc = self.lib.l2tpsec_get_stats(self.ctx, link, c.byref(s))
        return s if rc == 0 else None

    def routes(self, link):
        """[(net, bits, gateway)] that the server told."""
        out = (Route * 16)()
        out[0].size = c.sizeof(Route)
        n = self.lib.l2tpsec_get_routes(self.ctx, link, out, 16)
        return [(r.net.host, r.prefix_len, r.gateway.host) for r in out[:n]]

    def drops(self):
        """{reason: count} of what was dropped."""
        counters = (c.c_uint64 * 64)()
        self.lib.l2tpsec_get_drops(self.ctx, 0, counters, 64)
        return {self.lib.l2tpsec_drop_name(i).decode(): n for i, n in enumerate(counters) if n}

    def seen(self, kind, link=None):
        return [e for e in self.events if e.type == kind and link in (None, e.link)]

    def free(self):
        self.lib.l2tpsec_free(self.ctx)


# ---- inner packets ----

def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping(source, target, number, size=56, kind=8):
    """An ICMP echo request in IPv4 with so many bytes of data."""
    icmp = struct.pack(">BBHHH", kind, 0, 0, 0x4C32, number & 0xFFFF) + FILLING[:size]
    icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(icmp), number & 0xFFFF, 0, 64, 1, 0)
    head += packed(source) + packed(target)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + icmp


def syn(source, target, mss_):
    """A TCP SYN with an MSS."""
    tcp = struct.pack(">HHIIBBHHHBBH", 40000, 443, 1, 0, 0x60, 2, 65535, 0, 0, 2, 4, mss_)
    pseudo = packed(source) + packed(target) + struct.pack(">HH", 6, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + packed(source) + packed(target)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + tcp


def mss(packet):
    """That of a SYN; 0 when its checksum is wrong."""
    pseudo = packet[12:20] + struct.pack(">HH", 6, len(packet) - 20)
    return 0 if checksum(pseudo + packet[20:]) else struct.unpack_from(">H", packet, 42)[0]


def icmp6(source, target, kind, body):
    """An ICMPv6 message in IPv6, hop limit 255."""
    message = bytes([kind, 0, 0, 0]) + body
    pseudo = source.packed + target.packed + struct.pack(">IHBB", len(message), 0, 0, 58)
    message = message[:2] + struct.pack(">H", checksum(pseudo + message)) + message[4:]
    return struct.pack(">IHBB", 6 << 28, len(message), 58, 255) + source.packed + target.packed + message


def ping_reply(packet):
    """The answer to an echo request, or None."""
    if len(packet) < 28 or packet[0] != 0x45 or packet[9] != 1 or packet[20] != 8:
        return None
    source, target = (dotted(packet[i:i + 4]) for i in (12, 16))
    return ping(target, source, ping_number(packet), len(packet) - 28, kind=0)


def ping_number(packet):
    return struct.unpack_from(">H", packet, 26)[0]
