# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""MPD 5 of FreeBSD, and pfSense, which serves with it."""
import struct

import l2tp as L
import ppp as P
from ikev1 import DPD, FRAGMENTATION, RFC3947
from l2tp import Avp
from peers.linux import XAUTH, StrongSwan
from persona import phase1
from server import Server
from world import Choked

MULTILINK = [(P.MRRU, L.u16(2048)), (18, b""), (P.ENDPOINT, b"\3" + bytes.fromhex("001517a2b3c4"))]


class PfSense(Server):
    """MRU 1500, multilink and VJ compression offered; strongSwan without renewals."""
    name = "pfsense"
    product = "pfSense, MPD 5"
    vendor_ids = [XAUTH, DPD, FRAGMENTATION + L.u32(0x80000000), RFC3947]
    knows_dpd, dpd_interval = True, 10
    phase1_offer = [phase1("aes", 256, "sha256", 14), phase1("aes", 256, "sha1", 14)]
    phase2_offer = [("aes", 128, "sha1"), ("aes", 256, "sha256"), ("aes", 256, "sha1")]
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.HOST, b"pfSense.home.arpa"), Avp(L.FRAMING, L.u32(3)),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(8)), Avp(L.VENDOR, b"FreeBSD MPD", False)]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]
    hello = 60
    auth_methods = (P.AUTH_MSCHAPV2, P.AUTH_MD5)

    def lcp_request(self, ppp):
        return [(P.ACFC, b""), (P.PFC, b""), (P.MRU, L.u16(1500)), (P.MAGIC, ppp.magic), (P.AUTH, P.AUTH_MSCHAPV2)] + MULTILINK

    def network_request(self, number):
        return super().network_request(number) + ([(P.VJ, b"\0\x2d\x0f\1")] if number == P.IPCP else [])

    def judge_correction(self, protocol, code, kind):
        if protocol.number == P.LCP and kind in (P.ACFC, P.PFC, P.MRU, P.MAGIC, P.AUTH):
            raise Choked("LCP option %d corrected" % kind)


class Mpd(StrongSwan):
    """As client: SCCCN says again what SCCRQ said."""
    name = "mpd"
    product = "MPD 5 of FreeBSD"
    section = 9
    phase1_offer, phase2_offer = PfSense.phase1_offer, PfSense.phase2_offer
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.HOST, b"bsd"), Avp(L.FRAMING, L.u32(3)),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(8)), Avp(L.VENDOR, b"FreeBSD MPD", False)]
    scccn = [Avp(L.VERSION, b"\1\0"), Avp(L.HOST, b"bsd"), Avp(L.FRAMING, L.u32(3)), Avp(L.WINDOW, L.u16(8)),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(1))]
    iccn = [Avp(L.TX_SPEED, L.u32(10000000)), Avp(L.FRAMING_TYPE, L.u32(1))]
    dpd_interval = 10

    def lcp_request(self, ppp):
        return [(P.ACFC, b""), (P.PFC, b""), (P.MRU, L.u16(1500)), (P.MAGIC, ppp.magic)] + MULTILINK

    def network_request(self, number):
        return super().network_request(number) + ([(P.VJ, b"\0\x2d\x0f\1")] if number == P.IPCP else [])

    def hang_up(self):
        self.ppp.terminate()
        self.after(0.1, lambda: self.l2tp.hang_up_call(struct.pack(">HH", 3, 0)))
        self.after(0.2, lambda: self.l2tp.hang_up_tunnel(struct.pack(">HH", 6, 0)))
        self.after(1, self.forget)


PERSONAS = [PfSense, Mpd]
