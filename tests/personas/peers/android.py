# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The built-in L2TP/IPsec client of Android up to 11: racoon, mtpd, pppd."""
import struct

import isakmp as ik
import l2tp as L
import ppp as P
from endpoint import DOWN
from ikev1 import DPD, DRAFT_00, DRAFT_02, FRAGMENTATION, RFC3947
from l2tp import Avp
from persona import Client, phase1
from world import Choked, Wrong

CIPHERS = ("aes", 256), ("aes", 128), ("3des", 0), ("des", 0)


class Android(Client):
    """Android 4 to 6: MODP-1024 alone, an address of its own only inside."""
    name = "android-6"
    product, section = "Android 4 to 6", 6
    settings = {"preset": "legacy"}
    # 3.2
    vendor_ids = [RFC3947, DRAFT_02, DRAFT_00, FRAGMENTATION, DPD]
    knows_dpd = True
    phase1_offer = [phase1(c, n, h, 2) for c, n in CIPHERS for h in ("sha256", "sha1", "md5")]
    phase1_life = 28800
    phase1_order = ("life", "cipher", "keylen", "auth", "hash", "group")
    phase2_offer = [(c, n, h) for c, n in CIPHERS for h in ("sha256", "sha1", "md5")]
    phase2_one_proposal = True
    phase2_order = ("life", "kilobytes", "mode", "keylen", "auth")
    phase2_life, phase2_kilobytes = ik.u32(28800), ik.u32(0x7FFFFFFF)
    rekey_fraction = rekey_kilobytes = None             # when phase 1 goes, all goes: 8 h at most
    hours = 7.9
    says_expired = False
    ike_retransmit = (3, 3, 3, 3, 3, 3)
    # mtpd
    data_length = False
    ack_delay = 0
    l2tp_retransmit = (2,) * 15
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.HOST, b"anonymous"), Avp(L.FRAMING, L.u32(3)),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(1))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(0x1F2E3D4C))]
    iccn = [Avp(L.TX_SPEED, L.u32(100000000)), Avp(L.FRAMING_TYPE, L.u32(3))]
    # pppd
    auth_methods = (P.AUTH_MSCHAPV2, P.AUTH_MD5, P.AUTH_PAP)
    answers_hello = True

    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        self.inner_port = 32768 + int.from_bytes(self.rng(2), "big") % 28000

    def quick_ids(self, sa):
        return ik.address_id(self.address, 17, 0), super().quick_ids(sa)[1]     # 3.4

    def l2tp_arrived(self, payload):
        """mtpd takes nothing but the next message, acknowledging exactly what it sent."""
        if payload[0] & 0x80:
            flags, length = struct.unpack_from(">HH", payload)
            if flags & 0xCB0F != 0xC802:
                raise Choked("control flags %04x: mtpd wants c802 under mask cb0f" % flags)
            if length != len(payload):
                raise Choked("a header that says %d of %d bytes" % (length, len(payload)))
            if len(payload) > 12 and payload[12:18] != bytes.fromhex("800800000000"):
                raise Choked("the first AVP is not a mandatory message type")
            ns, nr = struct.unpack_from(">HH", payload, 8)
            if nr != self.l2tp.ns or len(payload) > 12 and ns != self.l2tp.nr:
                self.note("mtpd ignores Ns %d Nr %d" % (ns, nr))
                return
            if len(payload) > 12 and payload[18:20] == L.u16(L.HELLO) and not self.answers_hello:
                return
        super().l2tp_arrived(payload)

    def judge_message(self, tunnel, packet):
        if packet.kind in (7, L.ICRQ):
            raise Choked("a call towards a client: mtpd answers CDN (10)")

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1400)), (P.ACCM, bytes(4)), (P.MAGIC, ppp.magic), (P.PFC, b""), (P.ACFC, b"")]

    def network_request(self, number):
        return [(P.ADDRESS, bytes(4)), (P.VJ, b"\0\x2d\x0f\1"), (P.DNS1, bytes(4)), (P.DNS2, bytes(4))]

    def hang_up(self):
        self.ppp.terminate(b"User request")
        self.after(0.1, lambda: self.l2tp.hang_up_tunnel(struct.pack(">H", 6)))
        self.after(0.2, self.forget)


class Android9(Android):
    """Android 7 to 11: SHA-384 first, SHA-2 in phase 2; from 9 on Hello goes unanswered."""
    name = "android-9"
    product = "Android 7 to 11"
    phase1_offer = [phase1("aes", 256, "sha384", 2)] + Android.phase1_offer
    phase2_offer = [(c, n, h) for c, n in CIPHERS for h in ("sha512", "sha384", "sha256", "sha1", "md5")]
    answers_hello = False


class Samsung(Android9):
    """MTU and MRU 1270."""
    name = "samsung"
    product = "Samsung, Android 7 to 11"
    largest_ping = 1230

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1270))] + super().lcp_request(ppp)[1:]


class AndroidIdentifier(Android9):
    """With an IPSec identifier: aggressive mode, the identifier as KEY_ID (3.4)."""
    name = "android-identifier"
    product = "Android with an IPSec identifier"
    settings = {"preset": "legacy", "ike.aggressive": 1}
    aggressive = True

    def phase1_id(self, _sa):
        return ik.identity(ik.KEY_ID, b"phones", 17, 500)


def tunnel_secret(scene, kind):
    """mtpd with an "L2TP secret": a Challenge of 32 bytes in SCCRQ, and an answer to ours."""
    secret = type(kind.__name__ + "Secret", (kind,), {"tunnel_secret": b"tunnel"})
    p = scene.persona(secret, scene.nat())
    p.connect()
    scene.pings(p)


def refuses_renewals(scene, kind):
    """It renews nothing and answers no renewal: 28800 s were agreed on, and they are kept."""
    p = scene.persona(type(kind.__name__ + "Stubborn", (kind,), {"answers_quick": False}), scene.nat())
    p.connect()
    scene.traffic([p], 7.9 * 3600, 10)
    if p.rekeys or scene.ours.seen(DOWN):
        raise Wrong("%d renewals, %d ends" % (p.rekeys, len(scene.ours.seen(DOWN))))


def cut_at_96_bits(scene, kind):
    """6: many kernels cut HMAC-SHA-256 there; the SA comes up, and packets must pass."""
    p = scene.persona(type(kind.__name__ + "Cut", (kind,), {"icv": {"sha256": 12}}), scene.nat())
    p.connect()
    if p.sas.pairs[-1].auth != "sha256":
        raise Wrong("phase 2 has %s" % p.sas.pairs[-1].auth)
    scene.traffic([p], 60, 1, (56, 1300))


def killed(scene, kind):
    """racoon says its Deletes; pppd and mtpd have no time to say anything."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    link = scene.link_of(p)[0]
    scene.pings(p)
    p.forget()
    scene.ended(link, "closed-by-peer")


cut_at_96_bits.scene = {"settings": {"esp.proposals": "aes256-sha256"}}
tunnel_secret.scene = {"settings": {"l2tp.secret": "tunnel"}}
Android.own_cases = [("a secret for the tunnel", tunnel_secret), ("refuses the server's renewals", refuses_renewals),
                     ("HMAC-SHA-256 cut at 96 bits", cut_at_96_bits), ("deletes its SAs, and says nothing in L2TP", killed)]
Samsung.own_cases = AndroidIdentifier.own_cases = []
PERSONAS = [Android, Android9, Samsung, AndroidIdentifier]
