# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Windows Server's Routing and Remote Access as L2TP/IPsec server."""
import struct

import isakmp as ik
import l2tp as L
import ppp as P
from ikev1 import DRAFT_02N, FRAGMENTATION, RFC3947
from l2tp import Avp
from peers.windows import CBCP, CGA, NEGOTIATION_DISCOVERY, NT5, Windows10
from server import Server
from world import Choked

CONNECTED = 16384


class Rras(Server):
    """Windows Server 2016 and later with a shared secret, no registry change."""
    name = "rras"
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
        notifies = [(ik.NOTIFY, ik.notify(CONNECTED, ik.ESP)), (ik.NOTIFY, ik.notify(ik.INITIAL_CONTACT))]
        hashed = sa.hash.prf(sa.a, x.msgid, ik.encode_payloads(notifies))
        return x.say([(ik.HASH, hashed)] + notifies, encrypted=True)

    def hang_up(self):
        reason = self.ppp.magic + bytes.fromhex("003ccd74") + L.u32(0)
        self.ppp.terminate(reason)
        self.after(0.2, lambda: self.l2tp.hang_up_call(struct.pack(">HH", 3, 0)))
        self.after(0.3, lambda: self.l2tp.hang_up_tunnel(struct.pack(">HH", 6, 0)))
        self.after(4, self.forget)


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


PERSONAS = [Rras, OldRras, RrasRsa]
