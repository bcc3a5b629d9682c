# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The L2TP/IPsec server of SoftEther VPN 4 and 5."""
import cases
import l2tp as L
import ppp as P
from ikev1 import DPD, DRAFT_02N, DRAFT_03, RFC3947
from l2tp import Avp
from persona import phase1
from scene import Flow
from server import Server
from world import NAT_T, Choked, Wrong


class SoftEther5(Server):
    """Version 5: EAP first, LCP options rejected wholesale (5.3)."""
    name = "softether-5"
    product, section = "SoftEther VPN 5", 8
    vendor_ids = [RFC3947, DRAFT_03, DRAFT_02N, DPD]
    knows_dpd, dpd_interval = True, 10
    keepalive = 5
    phase1_offer = [phase1("aes", n, h, g) for n in (256, 128) for h in ("sha256", "sha1") for g in (14, 2)]
    phase2_offer = [("aes", 256, "sha1"), ("aes", 128, "sha1"), ("aes", 256, "sha256"), ("3des", 0, "sha1")]
    l2tp_retransmit = (0.5,) * 60
    hello = 8.801
    echo_interval = 4.792
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.BEARER, L.u32(3)), Avp(L.FIRMWARE, b"\4\0", False),
             Avp(L.HOST, b"vpn"), Avp(L.VENDOR, b"L2TP", False), Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)),
             Avp(L.WINDOW, L.u16(16))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]
    auth_methods = (P.AUTH_EAP, P.AUTH_MSCHAPV2, P.AUTH_PAP)
    insists_on_udp = True
    rekey_kilobytes, last_sequence = 2 / 3, 0xF0000000  # 3.5
    silence = 150                                       # of a client, before it is gone
    rejects = (P.PFC, P.ACFC, P.MAGIC, P.ACCM)

    def natd_hashes(self, sa):
        """3.3: a random hash for the client's address, so that it encapsulates."""
        ours = super().natd_hashes(sa)
        return [self.rng(len(ours[0]))] + ours[1:]

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1400)), (P.AUTH, self.auth_methods[0]), (P.MAGIC, ppp.magic)]

    def judge_lcp(self, kind, value):
        return None if kind in self.rejects else super().judge_lcp(kind, value)

    def judge_pair(self, pair, answer):
        if not pair.udp:
            raise Choked("ESP without UDP: this server insists on NAT traversal")

    def secured(self):
        super().secured()
        if not self.sas.pairs[-1].udp:
            raise Choked("ESP without UDP: this server insists on NAT traversal")
        self.heard_at = self.now
        self.keep_port_open()

    def keep_port_open(self):
        self.way.send(self.ports[NAT_T], self.client[NAT_T], b"\xff")
        self.after(self.keepalive, self.keep_port_open)

    def arrived(self, port, data, peer):
        self.heard_at = self.now
        super().arrived(port, data, peer)

    def watch(self):
        super().watch()
        self.after(10, self.watch_silence)

    def watch_kilobytes(self, pair):
        super().watch_kilobytes(pair)
        if self.sas.outbound[pair.spi_out].seq >= self.last_sequence:
            self.pair_due(pair)

    def watch_silence(self):
        if self.up and self.now - self.heard_at > self.silence:
            raise Choked("silence for %d s: this server drops the client" % self.silence)
        self.after(10, self.watch_silence)


class SoftEther4(SoftEther5):
    name = "softether-4"
    product = "SoftEther VPN 4"
    auth_methods = (P.AUTH_MSCHAPV2, P.AUTH_PAP)
    rejects = ()


def insists_on_udp(scene, kind):
    p = scene.persona(kind)
    scene.connect(p)
    scene.pings(p, (56, 1300))
    if not p.sas.pairs[-1].udp:
        raise Wrong("ESP without UDP")


def idle(scene, kind):
    """An hour without a packet of ours: what the protocols say themselves keeps the link."""
    p = scene.persona(kind, scene.nat(life=60))
    scene.connect(p)
    scene.world.run(3600)
    scene.pings(p)
    scene.no_downs(p)


def sequence(scene, kind):
    """3.5: a new pair when the sequence number of what it sends is f0000000."""
    p = scene.far(kind)
    p.sas.outbound[p.sas.pairs[-1].spi_out].seq = kind.last_sequence - 300
    flow = Flow(scene, p, 0.01)
    scene.world.run(30)
    flow.end()
    if p.rekeys != 1 or p.begun != 1:
        raise Wrong("%d renewals, %d of them its own" % (p.rekeys, p.begun))
    scene.no_downs(p)


OWN = [("over IPv6", cases.over_ipv6), ("renews when its sequence numbers near their end", sequence),
       ("encapsulates without a NAT", insists_on_udp), ("an idle hour behind a NAT that forgets after a minute", idle)]
SoftEther5.own_cases = SoftEther4.own_cases = OWN
PERSONAS = [SoftEther4, SoftEther5]
