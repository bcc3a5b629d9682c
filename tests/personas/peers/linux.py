# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Clients made of strongSwan, xl2tpd and pppd: ChromeOS, NetworkManager-l2tp."""
import struct

import cases
import isakmp as ik
import l2tp as L
import ppp as P
from ikev1 import DPD, DRAFT_02N, DRAFTS_08_TO_04, FRAGMENTATION, NATT_DRAFT_00, NATT_DRAFT_04, RFC3947
from l2tp import Avp
from persona import Client, phase1
from world import Choked, Wrong

XAUTH = bytes.fromhex("09002689dfd6b712")


class StrongSwan(Client):
    """What all of them share."""
    section = 7
    vendor_ids = [XAUTH, DPD, FRAGMENTATION + ik.u32(0x80000000), RFC3947, DRAFT_02N]
    knows_dpd, dpd_interval = True, 30
    phase1_life = 10800
    phase1_renews = 0.95                                # nine minutes before its end
    nonce_size = 32
    ike_retransmit = (4, 7.2, 13, 23.3, 42)
    phase2_life = 3600
    phase2_order = ("keylen", "auth", "mode", "life")
    rekey_fraction = 0.85
    old_pair_lingers = None                             # charon.delete_rekeyed is off: it goes at its end
    # xl2tpd
    data_length = False
    l2tp_retransmit = (1, 2, 4, 8, 16)
    hello = 60
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.BEARER, L.u32(0)), Avp(L.FIRMWARE, b"\x06\x90", False),
             Avp(L.HOST, b"laptop"), Avp(L.VENDOR, b"xelerance.com", False), Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)),
             Avp(L.WINDOW, L.u16(4))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(1)), Avp(L.BEARER_TYPE, L.u32(0))]
    iccn = [Avp(L.TX_SPEED, L.u32(10000000)), Avp(L.FRAMING_TYPE, L.u32(1)), Avp(38, L.u32(10000000), False)]
    # pppd
    echo_interval = 30
    auth_methods = (P.AUTH_MSCHAPV2, P.AUTH_MD5)

    def message5_extra(self, _sa):
        return [(ik.NOTIFY, ik.notify(ik.INITIAL_CONTACT))] if self.phase1_count == 0 else []

    def phase1_again(self, sa):
        """The old one goes as soon as the new one is there; the pairs stay."""
        for old in [s for s in self.ike.sas if s is not sa and s.up and not s.dead]:
            self.ike.delete_sa(old)
        super().phase1_again(sa)

    def judge_message(self, tunnel, packet):
        for avp in packet.avps:
            if avp.mandatory and (avp.vendor or avp.kind not in L.KNOWN):
                raise Choked("a mandatory AVP %d of vendor %d" % (avp.kind, avp.vendor))

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1400)), (P.ACCM, bytes(4)), (P.MAGIC, ppp.magic), (P.PFC, b""), (P.ACFC, b"")]

    def network_request(self, number):
        return [(P.ADDRESS, bytes(4)), (P.DNS1, bytes(4)), (P.DNS2, bytes(4))]

    def hang_up(self):
        """xl2tpd: both in one burst, when pppd has gone."""
        self.ppp.terminate(b"User request")
        self.after(0.1, lambda: self.l2tp.hang_up_call(struct.pack(">HH", 3, 0)))
        self.after(0.1, lambda: self.l2tp.hang_up_tunnel(struct.pack(">HH", 1, 0) + b"Server closing"))
        self.after(1, self.forget)


class ChromeOs(StrongSwan):
    name = "chromeos"
    loses_each = True
    product = "ChromeOS"
    phase1_offer = [phase1("aes", 128, "sha256", 15), phase1("aes", 128, "sha1", 14), phase1("3des", 0, "sha1", 5),
                    phase1("3des", 0, "sha1", 2)]
    phase2_offer = [("gcm", 128, ""), ("aes", 128, "sha256"), ("aes", 128, "sha1"), ("3des", 0, "sha1"), ("3des", 0, "md5")]


class NetworkManager(StrongSwan):
    """nm-l2tp while a local xl2tpd holds port 1701: identity 17/0, another port."""
    name = "nm-l2tp"
    product = "NetworkManager-l2tp beside a local xl2tpd"
    phase1_offer = [phase1("aes", 256, "sha256", g) for g in (14, 5, 2)] + \
        [phase1("aes", 256, "sha1", g) for g in (14, 5, 2, 20)] + \
        [phase1("aes", 128, "sha1", 2), phase1("aes", 128, "sha1", 19), phase1("3des", 0, "sha1", 14), phase1("3des", 0, "sha1", 2)]
    phase2_offer = [("aes", 256, "sha1"), ("aes", 128, "sha1"), ("3des", 0, "sha1")]
    inner_port = 41873

    def quick_ids(self, sa):
        return ik.address_id(self.address, 17, 0), super().quick_ids(sa)[1]


class ClearProof(ChromeOs):
    main_encrypts = False


def in_clear(scene, _kind):
    """3.2: some peers send message 5 in clear, for which ChromeOS sets a switch; so have we."""
    p = scene.persona(ClearProof, scene.nat())
    p.connect()
    scene.traffic([p], 10, 1)


def in_clear_unasked(scene, _kind):
    p = scene.persona(ClearProof)
    p.dial()
    scene.world.run(10)
    if p.sas.pairs or p.up:
        raise Wrong("message 5 in clear was taken, which nobody allowed")


in_clear.scene = {"settings": {"ike.clear_proof": "1"}}
ChromeOs.own_cases = [("message 5 in clear where that is allowed", in_clear),
                      ("message 5 in clear where it is not", in_clear_unasked)]


class LinuxClient(StrongSwan):
    """ipsec.conf, xl2tpd.conf and options.l2tpd as the how-tos have them."""
    name = "linux-client"
    product = "Linux with strongSwan, xl2tpd, pppd, by hand"
    phase1_offer = [phase1("aes", 256, "sha256", 14), phase1("aes", 128, "sha1", 14), phase1("3des", 0, "sha1", 14)]
    phase2_offer = [("aes", 256, "sha1"), ("aes", 128, "sha1"), ("3des", 0, "sha1")]


def by_draft(vendor, numbers):
    """A case: NAT traversal by one draft alone (3.1)."""
    def case(scene, kind):
        p = scene.persona(type("Draft", (kind,), {"vendor_ids": [DPD, vendor]}), scene.nat())
        p.connect()
        scene.pings(p, (56, 1300))
        if p.sa.natt is not numbers or not p.sas.pairs[-1].udp:
            raise Wrong("NAT traversal is not what the draft says")
    return case


def odd_attributes(scene, kind):
    """3.5, rule 8: AES without a Key Length is AES-128; lifetimes of two, three and eight bytes mean what they say."""
    terse = {"phase1_offer": [phase1("aes", 128, "sha1", 14)], "phase1_order": ("life", "cipher", "hash", "group", "auth"),
             "phase2_offer": [("aes", 128, "sha1")], "phase2_order": ("life", "mode", "auth"), "phase2_life": bytes(6) + b"\x0e\x10"}
    for life in (28800, b"\0\x70\x80"):
        p = scene.persona(type("Terse", (kind,), {**terse, "phase1_life": life}), scene.nat())
        p.connect()
        scene.pings(p)
        p.rekey()
        scene.traffic([p], 10, 1)


def no_life_at_all(scene, kind):
    """Rule 6: what is missing is 28800 s."""
    mute = {"phase1_order": ("cipher", "keylen", "hash", "group", "auth"), "phase2_order": ("keylen", "auth", "mode")}
    p = scene.persona(type("Mute", (kind,), mute), scene.nat())
    p.connect()
    scene.traffic([p], 30000, 30)
    scene.no_downs(p)


LinuxClient.own_cases = [
    ("NAT traversal by draft 02 alone", by_draft(DRAFT_02N, NATT_DRAFT_00)),
    ("NAT traversal by draft 08 alone", by_draft(DRAFTS_08_TO_04[0], NATT_DRAFT_04)),
    ("AES without Key Length, lifetimes of any length", odd_attributes),
    ("no lifetime at all", no_life_at_all),
    ("requires numbered data, which comes in disorder", cases.numbered)]
PERSONAS = [ChromeOs, NetworkManager, LinuxClient]
