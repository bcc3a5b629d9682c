# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Small routers as clients, with words of their own."""
import isakmp as ik
import l2tp as L
import ppp as P
from ikev1 import DPD, DRAFT_00, DRAFT_02, RFC3947
from l2tp import Avp
from persona import Client, phase1


class TpLink(Client):
    """TL-R483G, WAR302: 3DES and MODP-1024 alone, IDs with port 1."""
    name = "tp-link"
    product = "TP-Link TL-R483G, WAR302"
    settings = {"preset": "legacy"}
    vendor_ids = [DRAFT_02, DRAFT_00, RFC3947, DPD]
    knows_dpd = True
    phase1_offer = [phase1("3des", 0, "md5", 2), phase1("3des", 0, "sha1", 2)]
    phase2_offer = [("3des", 0, "md5"), ("3des", 0, "sha1")]
    phase2_one_proposal = True
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"TL-R483G"),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(1))]
    iccn = [Avp(L.TX_SPEED, L.u32(100000000)), Avp(L.FRAMING_TYPE, L.u32(1))]

    def quick_ids(self, _sa):
        return ik.address_id(self.address, 17, 1), ik.address_id(self.server, 17, 1701)

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1460)), (P.MAGIC, ppp.magic)]

    def network_request(self, number):
        return [(P.VJ, b"\0\x2d\x0f\0"), (P.ADDRESS, bytes(4)), (P.DNS1, bytes(4)), (P.DNS2, bytes(4))]


class Dlink(Client):
    """DIR-300: tunnel id 0 in all it sends, whatever it was told."""
    name = "d-link"
    product = "D-Link DIR-300"
    settings = {"preset": "legacy"}
    vendor_ids = [RFC3947, DPD]
    knows_dpd = True
    learns_tunnel = False
    phase1_offer = [phase1("3des", 0, "sha1", 2), phase1("3des", 0, "md5", 2)]
    phase2_offer = [("3des", 0, "sha1"), ("3des", 0, "md5")]
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"DIR-300"),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel))]
    icrq, iccn = TpLink.icrq, TpLink.iccn
    auth_methods = (P.AUTH_MSCHAPV2, P.AUTH_MD5, P.AUTH_PAP)

    def network_request(self, number):
        return [(P.ADDRESS, bytes(4)), (P.DNS1, bytes(4)), (P.DNS2, bytes(4))]


PERSONAS = [TpLink, Dlink]
