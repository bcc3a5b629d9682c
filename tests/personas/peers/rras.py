# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Windows Server's Routing and Remote Access as L2TP/IPsec server."""
import struct

import cases
import isakmp as ik
import l2tp as L
import ppp as P
from endpoint import FAILED, ROUTES
from ikev1 import DRAFT_02N, FRAGMENTATION, RFC3947
from l2tp import Avp
from peers.windows import CBCP, CGA, NEGOTIATION_DISCOVERY, NT5, Windows10
from server import Server
from world import Choked, Wrong

CONNECTED = 16384


class Rras(Server):
    """Windows Server 2016 and later with a shared secret, no registry change."""
    name = "rras"
    loses_each = True
    product, section = "Windows Server 2016 and later (RRAS)", 4
    # 3.2
    vendor_ids = [NT5 + ik.u32(9), RFC3947, DRAFT_02N, FRAGMENTATION, NEGOTIATION_DISCOVERY, CGA]
    knows_dpd = False
    # 4.1: the same tables as the client's
    phase1_offer, phase1_life = Windows10.phase1_offer, Windows10.phase1_life
    phase2_offer = [("aes", 256, "sha1"), ("aes", 128, "sha1"), ("3des", 0, "sha1")]
    phase2_order, phase2_life = Windows10.phase2_order, Windows10.phase2_life
    phase2_kilobytes = Windows10.phase2_kilobytes
    nonce_size = 48
    rekey_fraction = 0.9                                # as the client: the same code
    # 4.2
    ack_delay = 0.5
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(1)), Avp(L.BEARER, L.u32(0)), Avp(L.FIRMWARE, b"\x0a\0", False),
             Avp(L.HOST, b"VPN01"), Avp(L.VENDOR, b"Microsoft", False), Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)),
             Avp(L.WINDOW, L.u16(8))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]
    # 4.3
    shared_ids, first_id = True, 0
    network_protocols = (P.CCP, P.IPCP)
    auth_methods = (P.AUTH_EAP, P.AUTH_MSCHAPV2)
    routes, domain = [("10.0.0.0", 8), ("192.168.77.0", 24), ("172.16.5.4", 32)], b"corp.example"
    chap_name, success_message = "", b""                # 11: Microsoft leaves the name empty

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1400)), (P.AUTH, P.AUTH_EAP), (P.MAGIC, ppp.magic), (P.PFC, b""), (P.ACFC, b""),
                (P.CALLBACK, CBCP), (P.MRRU, L.u16(1614)), (P.ENDPOINT, b"\1" + b"\x5b" * 20), (23, b"\0\0\0\1")]

    def judge_correction(self, protocol, code, kind):
        if protocol.number == P.LCP and kind == P.AUTH and code == P.REJECT:
            raise Choked("the client rejects authentication")

    def network_request(self, number):
        return [(18, b"\1\0\0\1")] if number == P.CCP else super().network_request(number)

    def quick_fourth(self, x, sa):
        """3.5: a fourth message, with CONNECTED and INITIAL-CONTACT."""
        self.fourths += 1
        notifies = [(ik.NOTIFY, ik.notify(CONNECTED, ik.ESP)), (ik.NOTIFY, ik.notify(ik.INITIAL_CONTACT))]
        hashed = sa.hash.prf(sa.a, x.msgid, ik.encode_payloads(notifies))
        return x.say([(ik.HASH, hashed)] + notifies, encrypted=True)

    fourths = 0

    def hang_up(self):
        reason = self.ppp.magic + bytes.fromhex("003ccd74") + L.u32(0)
        self.ppp.terminate(reason)
        self.after(0.2, lambda: self.l2tp.hang_up_call(struct.pack(">HH", 3, 0)))
        self.after(0.3, lambda: self.l2tp.hang_up_tunnel(struct.pack(">HH", 6, 0)))
        self.after(4, self.forget)


def fourth_message(scene, kind):
    """3.5: it is read and left at that, also when the pair is renewed: no drop, no other IKE SA, no other link."""
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    scene.world.run(10)
    p.rekey()
    scene.traffic([p], 60, 1)
    wrong = {reason: n for reason, n in scene.ours.drops().items() if reason != "unknown-protocol"}     # CCP is rejected
    if p.fourths != 1 or wrong or p.rekeys != 1 or p.phase1_count != 1:
        raise Wrong("%d fourth messages, %d renewals, %d IKE SAs; dropped: %s" % (p.fourths, p.rekeys, p.phase1_count, wrong))
    scene.no_downs(p)


def other_eap_first(scene, kind):
    """4.3: a policy with certificates first: EAP-TLS is offered, our Nak names what we have."""
    p = scene.persona(type("SmartCard", (kind,), {"eap_methods": (P.EAP_TLS, P.EAP_MSCHAPV2)}), scene.nat())
    scene.connect(p)
    scene.pings(p)
    if dict(p.ppp.lcp.request)[P.AUTH] != P.AUTH_EAP or p.ppp.eap_type != P.EAP_MSCHAPV2:
        raise Wrong("not by EAP-MSCHAPv2")


def wrong_password(scene, kind):
    """Failure of EAP-MSCHAPv2: our client says 691."""
    p = scene.persona(kind, scene.nat(), password="other")
    scene.ours.connect(p.public)
    scene.world.until(lambda: scene.ours.seen(FAILED), 60, "a refusal")
    failed = scene.ours.seen(FAILED)[-1]
    if failed.why != "auth-refused" or failed.peer_code != 691:
        raise Wrong("%s, code %d: %s" % (failed.why, failed.peer_code, failed.text))


def tells_routes(scene, kind):
    """4.3: our client asks by DHCPINFORM; a server of the day answers by option 249."""
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    told = scene.world.until(lambda: scene.ours.seen(ROUTES, scene.link), 10, "routes")[0]
    routes = scene.ours.routes(scene.link)
    if told.domain != "corp.example" or told.dns != [p.dns] or \
            routes != [("10.0.0.0", 8, p.inside), ("192.168.77.0", 24, p.inside), ("172.16.5.4", 32, p.inside)]:
        raise Wrong("domain %r, DNS %s, routes %s" % (told.domain, told.dns, routes))
    scene.pings(p)


other_eap_first.scene = wrong_password.scene = {"settings": {"ppp.auth": "eap-mschapv2"}}
tells_routes.scene = {"settings": {"link.inform": 1}}
Rras.own_cases = [("its fourth message of quick mode changes nothing", fourth_message),
                  ("offers EAP-TLS first, takes EAP-MSCHAPv2", other_eap_first),
                  ("refuses the password by EAP-MSCHAPv2", wrong_password),
                  ("tells routes, DNS and domain to our client that asks", tells_routes)]


class OldRras(Rras):
    """Windows Server 2008 R2, which answers our MRU with 1500 (4.3)."""
    name = "rras-2008"
    product = "Windows Server 2008 R2 (RRAS)"
    vendor_ids = [NT5 + ik.u32(8), RFC3947, DRAFT_02N, FRAGMENTATION, NEGOTIATION_DISCOVERY, CGA]

    def judge_lcp(self, kind, value):
        if kind == P.MRU and value != L.u16(1500):
            return L.u16(1500)
        return super().judge_lcp(kind, value)


class RrasRsa(Rras):
    """With machine certificates."""
    name = "rras-rsa"
    product = "Windows Server (RRAS), machine certificates"
    papers_name, our_papers = "vpn01.example", "router.example"
    own_cases = [("our certificate comes in fragments, to whom takes them", cases.in_pieces)]


PERSONAS = [Rras, OldRras, RrasRsa]
