# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What the personas of servers are made of: an IKE responder, an LNS, and the server's end of PPP.
One persona answers one client."""
import ipaddress
import struct

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

    def quick_ids(self, _sa):
        """Both ends as the client named them, the other way round."""
        idci, idcr = self.sas.pairs[-1].ids
        return idcr, idci

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
