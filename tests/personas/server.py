# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What the personas of servers are made of: an IKE responder, an LNS, and the server's end of PPP.
One persona answers one client."""
import ipaddress
import struct

import dhcp
import isakmp as ik
import ppp as P
from l2tp import L2tp
from persona import Persona
from ppp import Ppp
from world import IKE, NAT_T, RAW_ESP, Choked


class Server(Persona):
    """A server product: answers, gives addresses, renews or not, hangs up."""

    answers_phase1 = True
    deletes_on_hang_up = True
    insists_on_udp = False                  # makes the client believe in a NAT
    auth_methods = (P.AUTH_MSCHAPV2,)       # demanded; the client's suggestion is taken when it is among them
    inside, peer_inside, dns = "10.88.0.1", "10.88.0.100", "10.88.0.53"
    pool = "10.88.0.100"
    rekey_fraction = None                   # most leave it to the client
    says_life = None                        # its own of phase 2, when shorter: "notify" by RESPONDER-LIFETIME, "echo" in its choice
    routes, domain = [], b""                # for those who ask by DHCPINFORM; without routes none is answered

    def __init__(self, world, server, way=None, **named):
        super().__init__(world, server, way, **named)
        self.public, self.client = self.address, {}
        self.inside, self.peer_inside = type(self).inside, self.pool

    def put_behind(self, forward):
        """Behind a NAT that forwards to us."""
        self.way, self.public = forward, forward.public

    # ---- the network: answers go where the last proven message came from ----

    def arrived(self, port, data, peer):
        if self.gone:
            return
        peer = self.way.origin(self.ports[port], peer)
        if port == RAW_ESP:
            self.client[RAW_ESP] = peer
            self.esp_arrived(data, False)
        elif port == NAT_T and data[:4] != bytes(4):
            if data != b"\xff":
                self.client[NAT_T] = peer
                self.esp_arrived(data, True)
        else:
            if port == IKE and data[8:16] == bytes(8):
                self.client.pop(NAT_T, None)            # it begins anew
            elif port == IKE and NAT_T in self.client:
                raise Choked("IKE on port 500 after the move to 4500 (RFC 3947, 4)")
            self.client[port] = peer
            self.server = peer[0]
            self.ike.recv(data[4:] if port == NAT_T else data)

    def ike_addresses(self, _sa):
        port = NAT_T if NAT_T in self.client else IKE
        return (self.address, port), self.client[port]

    def ike_send(self, _sa, data):
        port = NAT_T if NAT_T in self.client else IKE
        self.way.send(self.ports[port], self.client[port], (bytes(4) if port == NAT_T else b"") + data)

    def send_esp(self, pair, packet):
        port = NAT_T if pair.udp else RAW_ESP
        self.way.send(self.ports[port], self.client.get(port, (self.server, RAW_ESP)), packet)

    def is_for_us(self, source, target):
        if target != 1701:
            raise Choked("inner UDP to port %d" % target)
        self.inner_port = source
        return True

    def inner_ports(self):
        return 1701, self.inner_port

    # ---- the way up ----

    def phase1_again(self, sa):
        if self.quick_wanted:
            super().phase1_again(sa)

    def first_phase1(self, sa):
        """The client goes on."""

    def secured(self):
        self.l2tp = L2tp(self, client=False)

    def l2tp_arrived(self, payload):
        """An SCCRQ after the end of a tunnel, or in place of a lost one, begins another."""
        fresh = payload[0] & 0x80 and payload[4:6] == b"\0\0" and payload[8:10] == b"\0\0" and len(payload) > 12
        if fresh and self.l2tp and self.l2tp.state in ("up", "stopped"):
            self.l2tp, self.ppp, self.up = L2tp(self, client=False), None, False
        super().l2tp_arrived(payload)

    def own_life(self, asked):
        """{unit: what is shorter here than what was asked for}; by notify, too, what was not asked for at all."""
        own = {ik.SECONDS: ik.number(self.phase2_life)}
        if self.phase2_kilobytes:
            own[ik.KILOBYTES] = ik.number(self.phase2_kilobytes)
        return {unit: n for unit, n in own.items() if n < asked.get(unit, n + 1 if self.says_life == "notify" else 0)}

    def pick_phase2(self, sa, offer):
        picked = super().pick_phase2(sa, offer)
        if picked is None or self.says_life != "echo":
            return picked
        shorter, attributes, unit = self.own_life(picked[1].lifetimes(ik.P_LIFE_TYPE, ik.P_LIFE)), [], None
        for kind, value in picked[1].attributes:
            unit = ik.number(value) if kind == ik.P_LIFE_TYPE else unit
            attributes.append((kind, ik.u32(shorter[unit]) if kind == ik.P_LIFE and unit in shorter else value))
        return picked[0], ik.Transform(picked[1].number, picked[1].id, attributes)

    def quick_notifies(self, pair):
        if self.says_life != "notify":
            return []
        shorter = self.own_life(pair.life)
        pair.life.update(shorter)
        data = [a for unit, n in shorter.items() for a in ((ik.P_LIFE_TYPE, unit), (ik.P_LIFE, ik.u32(n)))]
        return [(ik.NOTIFY, ik.notify(ik.RESPONDER_LIFETIME, ik.ESP, pair.spi_in, ik.encode_attributes(data)))] if data else []

    def quick_ids(self, _sa):
        """Both ends as the client named them, the other way round."""
        idci, idcr = self.sas.pairs[-1].ids
        return idcr, idci

    def inner_addresses(self):
        natoas = self.sas.pairs[-1].natoas if self.sas.pairs else []
        return (natoas[1], natoas[0]) if len(natoas) > 1 else (self.address, natoas[0] if natoas else self.server)

    def nat_oas(self, _sa):
        return [self.server, self.address]

    def call_up(self):
        self.ppp = Ppp(self, server=True)
        self.ppp.lcp.begin()

    def lcp_request(self, ppp):
        return [(P.MRU, b"\5\x78"), (P.AUTH, self.auth_methods[0]), (P.MAGIC, ppp.magic)]

    def network_request(self, number):
        return {P.IPCP: [(P.ADDRESS, ipaddress.ip_address(self.inside).packed)]}.get(number, [])

    def judge_lcp(self, kind, value):
        if kind == P.AUTH:
            raise Choked("the client wants us to authenticate ourselves (11)")
        return super().judge_lcp(kind, value)

    def judge_network(self, number):
        def judge(kind, value):
            given = {P.ADDRESS: self.pool, P.DNS1: self.dns, P.DNS2: self.dns}
            if number != P.IPCP or kind not in given:
                return None
            wanted = ipaddress.ip_address(given[kind]).packed
            return True if value == wanted else wanted
        return judge

    def ppp_up(self):
        self.up = True
        self.happened("%s is up as %s" % (self.user, self.peer_inside))
        self.watch()

    def ip(self, packet):
        request = dhcp.decode(packet, dhcp.SERVER_PORT) if self.routes else None
        if request is None:
            super().ip(packet)
            return
        options, wanted = request["options"], request["options"].get(dhcp.WANTED, b"")
        if options.get(dhcp.TYPE) != bytes([dhcp.INFORM]) or request["client"] != self.pool or request["source"] != self.pool:
            raise Choked("a DHCP message from %s, no DHCPINFORM of %s" % (request["source"], self.pool))
        told = {dhcp.DNS: ipaddress.ip_address(self.dns).packed, dhcp.DOMAIN: self.domain,
                dhcp.MS_ROUTES: dhcp.encode_routes([r + (self.inside,) for r in self.routes])}
        self.ppp.network_frame(P.IP, dhcp.answer(self.inside, self.pool, request, [o for o in told.items() if o[0] in wanted]))

    def hang_up(self):
        self.ppp.terminate()
        self.after(0.1, lambda: self.l2tp.hang_up_call(struct.pack(">H", 3)))
        self.after(0.2, lambda: self.l2tp.hang_up_tunnel(struct.pack(">H", 6)))
        if self.deletes_on_hang_up:
            self.after(0.5, self.forget)

    def forget(self):
        for pair in list(self.sas.pairs):
            self.drop_pair(pair)
        if not self.sa.dead:
            self.ike.inform(self.sa, [(ik.DELETE, ik.delete(ik.ISAKMP, [self.sa.cookies]))])
            self.sa.dead = True
