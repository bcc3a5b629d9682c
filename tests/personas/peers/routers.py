# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Routers and firewalls as L2TP/IPsec servers."""
import cases
import isakmp as ik
import l2tp as L
import ppp as P
from endpoint import UP
from esp import Forged
from ikev1 import DPD, DRAFT_02N, DRAFT_03, RFC3947
from l2tp import Avp
from mppe import STATELESS_128
from persona import Client, phase1
from server import Server
from world import Choked, Wrong

BCP, MPLSCP = 0x8031, 0x8281


class Mikrotik(Server):
    """RouterOS 6 with use-encryption=yes: CCP stays open while IPCP begins."""
    name = "mikrotik"
    loses_each = True
    product = "MikroTik RouterOS 6"
    settings = {"preset": "legacy"}
    vendor_ids = [RFC3947, DRAFT_03, DRAFT_02N, DPD]
    knows_dpd, dpd_interval = True, 120
    phase1_offer = [phase1("aes", 128, "sha1", 2), phase1("aes", 256, "sha1", 14), phase1("3des", 0, "sha1", 2)]
    phase2_offer = [("aes", 256, "sha1"), ("aes", 128, "sha1"), ("3des", 0, "sha1")]
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(1)), Avp(L.BEARER, L.u32(0)), Avp(L.FIRMWARE, L.u16(1), False),
             Avp(L.HOST, b"MikroTik"), Avp(L.VENDOR, b"MikroTik", False),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(4))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]
    hello = 60
    echo_interval = 30
    network_protocols = (P.CCP, P.IPCP, BCP, MPLSCP)

    def lcp_request(self, ppp):
        return [(P.AUTH, P.AUTH_MSCHAPV2), (P.MRU, L.u16(1450)), (P.MAGIC, ppp.magic), (P.MRRU, L.u16(1600))]

    def network_request(self, number):
        if number == P.CCP:
            return [(18, b"\1\0\0\x40")]
        if number in (BCP, MPLSCP):
            return [(3, b"\0")] if number == BCP else []
        return super().network_request(number)

    def hang_up(self):
        """Result Codes of eight bytes, no error code."""
        self.ppp.terminate(b"")
        self.after(0.1, lambda: self.l2tp.hang_up_call(L.u16(3) + bytes(6)))
        self.after(0.2, lambda: self.l2tp.hang_up_tunnel(L.u16(6) + bytes(6)))
        self.after(0.5, self.forget)


class MikrotikClient(Client):
    """As client, /interface l2tp-client use-ipsec=yes; it may go on with another UDP port after set-up."""
    name = "mikrotik-client"
    product = "MikroTik RouterOS 6 as client"
    vendor_ids, knows_dpd, dpd_interval = Mikrotik.vendor_ids, True, 120
    phase1_offer, phase2_offer = Mikrotik.phase1_offer, Mikrotik.phase2_offer
    phase2_life = 1800                                  # RouterOS' default
    phase2_pfs = 2                                      # likewise: pfs-group=modp1024
    rekey_fraction = 0.8
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(1)), Avp(L.BEARER, L.u32(0)), Avp(L.FIRMWARE, L.u16(1), False),
             Avp(L.HOST, b"MikroTik"), Avp(L.VENDOR, b"MikroTik", False),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(4))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(1))]
    iccn = [Avp(L.TX_SPEED, L.u32(100000000)), Avp(L.FRAMING_TYPE, L.u32(1))]
    echo_interval = 30
    hang_up = Mikrotik.hang_up
    forget = Client.forget

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1450)), (P.MAGIC, ppp.magic), (P.MRRU, L.u16(1600))]

    def network_request(self, number):
        return [(P.ADDRESS, bytes(4)), (P.DNS1, bytes(4)), (P.DNS2, bytes(4))]


class Wandering(MikrotikClient):
    def quick_ids(self, sa):
        return ik.address_id(self.address, 17, 0), super().quick_ids(sa)[1]

    def judge_message(self, tunnel, packet):
        if packet.kind == L.SCCRP:
            self.inner_port = 50321


def another_port(scene, _kind):
    """From SCCCN on it sends from another UDP port, which quick mode allowed, and hears on no other: all that we send goes there."""
    p = scene.persona(Wandering, scene.nat())
    p.connect()
    scene.pings(p, (56, 1300))
    if p.inner_port != 50321:
        raise Wrong("it stayed")


MikrotikClient.own_cases = [("goes on with another UDP port after set-up", another_port),
                            ("a CDN of eight bytes ends it", cases.by_cdn(L.u16(3) + bytes(6), 3, 0))]
Mikrotik.own_cases = [("a CDN of eight bytes ends it", cases.by_cdn(L.u16(3) + bytes(6), 3, 0)),
                      ("a StopCCN of eight bytes ends it", cases.by_stopccn(L.u16(6) + bytes(6), 6, 0))]


class MikrotikEncrypted(Mikrotik):
    """use-encryption=required: MPPE inside ESP, or nothing."""
    name = "mikrotik-mppe"
    product = "MikroTik RouterOS 6, use-encryption=required"
    settings = {"preset": "legacy", "ppp.mppe": "require"}
    own_cases = []
    mppe = STATELESS_128

    def network_request(self, number):
        return [(18, self.mppe)] if number == P.CCP else super().network_request(number)

    def judge_network(self, number):
        if number == P.CCP:
            return lambda kind, value: (value == self.mppe or self.mppe) if kind == 18 else None
        return super().judge_network(number)

    def ppp_up(self):
        if not self.ppp.mppe:
            raise Choked("IPCP is open, and no MPPE: this router hangs up")
        super().ppp_up()


class Meraki(Server):
    """MX and Z: 3DES and PAP, data without the L bit, and SLI after the call is up."""
    name = "meraki"
    product = "Meraki MX, Z"
    settings = {"preset": "legacy", "ppp.auth": "mschapv2, pap"}
    vendor_ids = [DPD, RFC3947]
    knows_dpd = True
    phase1_offer = [phase1("3des", 0, "sha1", 2), phase1("aes", 256, "sha1", 14)]
    phase2_offer = [("aes", 128, "sha1"), ("3des", 0, "sha1")]
    auth_methods = (P.AUTH_PAP,)
    data_length = False
    hello = 60
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"meraki"),
             Avp(L.VENDOR, b"Katalix Systems Ltd. Linux-4.4.177-meraki", False), Avp(L.FIRMWARE, b"\1\0", False),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(10))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]

    def call_up(self):
        super().call_up()
        self.l2tp.message(L.SLI, [Avp(35, bytes(2) + b"\xff" * 8)])      # ACCM, RFC 2661, 4.4.6


class Draytek(Server):
    """Old firmware: DES and 3DES, MODP-768 and MODP-1024, 900 s."""
    name = "draytek"
    product = "DrayTek Vigor, old firmware"
    settings = {"preset": "legacy"}
    vendor_ids = [DPD, RFC3947]
    knows_dpd = True
    phase1_offer = [phase1("3des", 0, "md5", 2), phase1("3des", 0, "sha1", 2), phase1("aes", 128, "sha1", 2)]
    phase2_offer = [("3des", 0, "md5"), ("3des", 0, "sha1"), ("aes", 128, "sha1")]
    phase2_life, says_life = ik.u32(900), "echo"
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"Vigor"), Avp(L.VENDOR, b"DrayTek", False),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(4))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]

    def judge_lcp(self, kind, value):
        if kind == P.AUTH:
            raise Choked("authentication demanded of the server")
        return super().judge_lcp(kind, value)


class NewDraytek(Draytek):
    """New firmware: to AES-256 and SHA-256, group 21; no EAP."""
    name = "draytek-new"
    product = "DrayTek Vigor, new firmware"
    settings = {"ike.proposals": "aes256-sha256-ecp521, aes256-sha256-modp2048"}
    phase1_offer = [phase1("aes", 256, "sha256", 21)]
    phase2_offer = [("aes", 256, "sha256"), ("aes", 256, "sha1")]
    phase2_life, says_life = ik.u32(3600), None


class Xl2tpd(Server):
    """What is made of strongSwan without renewals, xl2tpd and pppd."""
    vendor_ids = [bytes.fromhex("882fe56d6fd20dbc2251613b2ebe5beb"), DPD, RFC3947]
    knows_dpd, dpd_interval = True, 30
    phase1_offer = [phase1("aes", 256, "sha256", 14), phase1("aes", 256, "sha1", 14), phase1("aes", 128, "sha1", 14)]
    phase2_offer = [("aes", 256, "sha256"), ("aes", 128, "sha1"), ("aes", 256, "sha1")]
    hello = 60
    echo_interval = 30
    mru = 1400
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.BEARER, L.u32(0)), Avp(L.FIRMWARE, b"\x06\x90", False),
             Avp(L.HOST, b"vpn"), Avp(L.VENDOR, b"xelerance.com", False),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(4))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(self.mru)), (P.ACCM, bytes(4)), (P.AUTH, self.auth_methods[0]), (P.MAGIC, ppp.magic), (P.PFC, b""),
                (P.ACFC, b"")]


class LinuxServer(Xl2tpd):
    """As the set-up scripts for Linux servers leave it: a day for both phases, nothing renewed (7)."""
    name = "linux-server"
    loses_each = True
    product = "Linux with strongSwan or libreswan, xl2tpd, pppd, as scripts set it up"
    phase1_offer = [phase1("aes", n, h, 14) for n in (256, 128) for h in ("sha256", "sha1")]
    phase2_offer = [("gcm", 128, ""), ("gcm", 256, ""), ("aes", 128, "sha1"), ("aes", 256, "sha1"), ("aes", 256, "sha512")]
    phase1_life, phase2_life, says_life = ik.u32(86400), ik.u32(86400), "echo"


class Synology(Xl2tpd):
    """8 hours and one, MTU 1400, DPD each 10 s."""
    name = "synology"
    product = "Synology DSM"
    dpd_interval = 10
    phase1_life, phase2_life, says_life = ik.u32(28800), ik.u32(3600), "echo"
    phase1_offer = [phase1("aes", 256, "sha1", 14), phase1("aes", 256, "sha256", 14), phase1("3des", 0, "sha1", 14)]


class EdgeRouter(Xl2tpd):
    """A phase 1 of an hour, and no renewal: the client must come, or all ends."""
    name = "edgerouter"
    product = "UniFi, EdgeRouter, VyOS: Vyatta's line"
    mru = 1492
    phase1_ends, ends_pairs = 3600, False

    def phase1_up(self, sa):
        """9: its own hour is up, whatever was agreed on. The client must come with a new one."""
        super().phase1_up(sa)
        self.after(self.phase1_ends, lambda: self.phase1_ended(sa))

    def phase1_ended(self, sa):
        if self.ends_pairs and not sa.dead and sa is self.sa:
            for pair in list(self.sas.pairs):
                self.drop_pair(pair)
        if not sa.dead:
            self.ike.delete_sa(sa)


class Sophos(Xl2tpd):
    """UTM, "Android-friendly": HMAC-SHA-256 cut at 96 bits. It drops what is not, and from its silence ours finds out."""
    name = "sophos"
    product = "Sophos UTM"
    phase2_offer = [("aes", 256, "sha256")]
    icv = {"sha256": 12}

    def esp_arrived(self, data, udp):
        try:
            super().esp_arrived(data, udp)
        except Forged:
            if self.l2tp.state != "idle":                   # by now it is known
                raise
            self.note("persona drops ESP with an ICV that is too long")


class Yamaha(Server):
    """NVR and RTX: hears no Hello, sends its own each 10 s and hangs up when three go unanswered (5.2, 9)."""
    name = "yamaha"
    product = "Yamaha NVR, RTX"
    settings = {"preset": "legacy"}
    vendor_ids = [RFC3947, DRAFT_02N, DPD]
    knows_dpd = True
    phase1_offer = [phase1("aes", 256, "sha256", 14), phase1("aes", 128, "sha1", 2), phase1("3des", 0, "sha1", 2)]
    phase2_offer = [("aes", 128, "sha1"), ("3des", 0, "sha1")]
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"RTX"), Avp(L.VENDOR, b"YAMAHA Corporation", False),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(4))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]
    hello = 10
    l2tp_retransmit = (1, 1, 1)

    def l2tp_arrived(self, payload):
        if payload[0] & 0x80 and L.Packet(payload).kind == L.HELLO:
            return
        super().l2tp_arrived(payload)

    def l2tp_dead(self, why):
        raise Choked("it hangs up: " + why)


def idle_hour(scene, kind):
    """Nothing but its Hellos and our answers: they are sign of life enough (rule 12)."""
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    scene.world.run(3600)
    scene.pings(p)
    scene.no_downs(p)


def ends_all(scene, kind):
    """The Delete of the pair with that of phase 1, and the tunnel left as it is: our client dials again."""
    p = scene.persona(type("EndsAll", (kind,), {"ends_pairs": True, "phase1_ends": 600}), scene.nat())
    scene.connect(p)
    scene.traffic([p], 600, 10)
    scene.world.until(lambda: len(scene.ours.seen(UP)) > 1, 120, "up again")
    scene.traffic([p], 60, 10)


ends_all.scene = {"settings": {"link.reconnect": 1}}
Yamaha.own_cases = [("an idle hour, no Hello of ours answered", idle_hour)]
EdgeRouter.own_cases = [("deletes all after its hour, our client dials again", ends_all),
                        ("numbers its data for a while, which comes in disorder", cases.client_numbered)]
PERSONAS = [Mikrotik, MikrotikEncrypted, MikrotikClient, Meraki, Draytek, NewDraytek, LinuxServer, Synology, EdgeRouter, Sophos, Yamaha]
