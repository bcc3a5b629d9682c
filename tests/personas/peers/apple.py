# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The L2TP/IPsec clients of macOS and iOS: racoon, and pppd with Apple's L2TP plug-in."""
import cases
import isakmp as ik
import l2tp as L
import ppp as P
from ikev1 import APPLE_DRAFT, DPD, DRAFT_02, DRAFT_02N, DRAFT_03, DRAFTS_08_TO_04, FRAGMENTATION, NATT_RFC, RFC3947
from l2tp import Avp
from persona import Client, phase1
from world import Choked, Wrong

ACSCP = 0x8235
AGES = ("aes", 256), ("aes", 128), ("3des", 0)


class Apple(Client):
    """macOS 10.12 and iOS 10 onwards, with a shared secret and no group name."""
    name = "apple"
    loses_each = True
    product, section = "macOS 10.12 and later, iOS 10 and later", 5

    # 3.2
    vendor_ids = [RFC3947, APPLE_DRAFT] + DRAFTS_08_TO_04 + [DRAFT_03, DRAFT_02, DRAFT_02N,
                                                            FRAGMENTATION + bytes.fromhex("80000000"), DPD]
    knows_dpd = True
    # 5.1
    phase1_offer = [phase1("aes", 256, h, 14) for h in ("sha256", "sha1", "md5", "sha512")] + \
        [phase1("aes", 256, h, 5) for h in ("sha256", "sha1", "md5")] + \
        [phase1("aes", 256, h, 2) for h in ("sha256", "sha1", "md5")] + \
        [phase1("aes", 128, "sha1", 2), phase1("aes", 128, "md5", 2), phase1("3des", 0, "sha1", 2), phase1("3des", 0, "md5", 2)]
    phase1_life = 3600
    phase1_order = ("life", "cipher", "keylen", "auth", "hash", "group")
    phase1_renews = 0.8                                 # at about 48 minutes
    ike_retransmit = (3, 3, 3, 3, 3, 3)
    phase2_offer = [(c, n, h) for c, n in AGES for h in ("sha256", "sha1", "md5")]
    phase2_one_proposal = True
    phase2_order = ("life", "mode", "keylen", "auth")
    phase2_life = ik.u32(3600)
    rekey_fraction = 0.8
    old_pair_lingers = None                             # it goes at its end, without a word
    says_expired = False
    # 5.2
    l2tp_retransmit = (1, 2, 4, 4, 4, 4, 4, 4, 4)
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"Alices-iPhone"),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(4))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(1))]
    iccn = [Avp(L.TX_SPEED, L.u32(1000000)), Avp(L.FRAMING_TYPE, L.u32(3))]
    # 5.3
    network_protocols = (P.IPCP, ACSCP, P.IPV6CP)

    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        self.inner_port = 49152 + int.from_bytes(self.rng(2), "big") % 16000        # 3.4: new at each connect
        self.deaf = False

    def phase1_id(self, sa):
        return super().phase1_id(sa) if self.papers_name else ik.address_id(self.address, 17, 500)

    def heard_vendors(self, sa):
        super().heard_vendors(sa)
        if sa.natt is not NATT_RFC:
            raise Choked("NAT traversal by a draft though RFC 3947 was offered (3.2)")

    def phase1_up(self, sa):
        if self.phase1_count == 0:                      # 5.1: INITIAL-CONTACT is on
            self.ike.inform(sa, [(ik.NOTIFY, ik.notify(ik.INITIAL_CONTACT, ik.ISAKMP, sa.cookies))])
        super().phase1_up(sa)

    def secured(self):
        self.l2tp = L.L2tp(self, client=True)
        # 5.2: the last of the Hellos that started IPsec arrives inside the SA, for tunnel 0
        hello = Avp(L.MESSAGE, L.u16(L.HELLO)).encode(self)
        self.l2tp_send(L.struct.pack(">HHHHHH", 0xC802, 12 + len(hello), 0, 0, 0, 0) + hello)
        self.after(0.05, self.l2tp.start)
        self.keep_alive()

    def l2tp_arrived(self, payload):
        if not (self.deaf and payload[0] & 0x80):
            super().l2tp_arrived(payload)

    def judge_message(self, tunnel, packet):
        if packet.kind == L.STOPCCN and tunnel.state == "sccrq":
            raise Choked("StopCCN for the Hello that started IPsec (5.2)")
        for avp in packet.avps:
            if avp.vendor or avp.mandatory and avp.kind not in L.KNOWN:
                raise Choked("AVP %d of vendor %d in %s fails the call (5.2)" % (avp.kind, avp.vendor, L.NAMES[packet.kind]))

    def lcp_request(self, ppp):
        return [(P.ACCM, bytes(4)), (P.MAGIC, ppp.magic), (P.PFC, b""), (P.ACFC, b"")]

    def judge_correction(self, protocol, code, kind):
        if protocol.number == P.LCP and code == P.REJECT:
            raise Choked("LCP option %d rejected (5.3)" % kind)

    def network_request(self, number):
        if number == P.IPV6CP:
            return [(1, b"\x1c\x36\xbb\xff\xfe\x0a\x0b\x0c")]
        if number == ACSCP:
            return [(1, bytes(4)), (2, bytes(4))]
        return [(P.ADDRESS, bytes(4)), (P.DNS1, bytes(4)), (P.DNS2, bytes(4))]

    def hang_up(self):
        """5.2: the Result Codes lack htons."""
        self.ppp.terminate(b"User request")
        self.after(0.1, lambda: self.l2tp.hang_up_call(b"\3\0"))
        self.after(0.2, lambda: self.l2tp.hang_up_tunnel(b"\1\0"))
        self.after(0.5, self.forget)


class OldIos(Apple):
    """iOS before 9: the 500 bytes of its first message (3.2) leave room for six transforms."""
    name = "ios-8"
    product = "iOS before 9"
    settings = {"preset": "legacy"}
    phase1_offer = [phase1(c, n, h, 2) for c, n in AGES for h in ("sha1", "md5")]
    phase2_offer = [(c, n, h) for c, n in AGES for h in ("sha1", "md5")]


class Nat64(Apple):
    """iOS in an IPv6-only network: the identity of its side of quick mode is 0.0.0.0 (3.4)."""
    name = "ios-nat64"
    product = "iOS in an IPv6-only network (NAT64)"

    def quick_ids(self, sa):
        return ik.address_id("0.0.0.0", 17, self.inner_port), super().quick_ids(sa)[1]


class AppleGroup(Apple):
    """With a group name: aggressive mode, the name as KEY_ID (3.4, 5.1)."""
    name = "apple-group"
    product = "macOS, iOS with a group name"
    settings = {"ike.aggressive": 1}
    aggressive = True
    phase1_offer = Apple.phase1_offer[:4]

    def phase1_id(self, _sa):
        return ik.identity(ik.KEY_ID, b"Roadwarriors", 17, 500)


class AppleRsa(Apple):
    """With a certificate: racoon's fragments, which bear the encryption bit though they are clear (3.5)."""
    name = "apple-rsa"
    product = "macOS, machine certificate"
    papers_name, our_papers = "mac.example", "vpn.example"
    fragment_size, fragment_flags = 552, ik.ENCRYPTED


def fragments(scene, kind):
    p = scene.persona(kind, scene.nat())
    p.connect()
    scene.pings(p, (56, 1300))
    if p.ike.pieces < 2:
        raise Wrong("message 5 went in one piece")


def first_message(scene, kind):
    p = scene.persona(kind)
    p.connect()
    if p.ike_sizes[0] != 500:
        raise Wrong("message 1 has %d bytes" % p.ike_sizes[0])


def loses_phase1(scene, kind):
    """3.5: it deletes the IKE SA; the pair lives on, and a new one comes under a new IKE SA."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    scene.traffic([p], 60, 1)
    p.ike.delete_sa(p.sa)
    scene.traffic([p], 60, 1)
    p.rekey()
    scene.traffic([p], 60, 1)
    if p.rekeys != 1 or p.phase1_count != 2:
        raise Wrong("%d rekeys, phase 1 %d times" % (p.rekeys, p.phase1_count))


def duplicate_quick_mode(scene, kind):
    """3.5: it deletes the IKE SA and starts a second quick mode at once."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    p.ike.quick(p.sa)
    p.ike.quick(p.sa)
    scene.traffic([p], 90, 1)


def deaf_to_hello(scene, kind):
    """5.2: under data it answers no Hello; what comes is proof of life (rule 12)."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    p.deaf = True
    scene.traffic([p], 600, 1)
    scene.no_downs(p)


Apple.own_cases = [("deletes phase 1, nothing lost, renews under a new one", loses_phase1),
                   ("starts quick mode twice at once", duplicate_quick_mode),
                   ("a CDN ends it, its Result Code little-endian", cases.by_cdn(b"\3\0", 3, 0)),
                   ("a StopCCN ends it, its Result Code little-endian", cases.by_stopccn(b"\1\0", 1, 0)),
                   ("over IPv6", cases.over_ipv6),
                   ("answers no Hello while data flows", deaf_to_hello)]
OldIos.own_cases = [("message 1 has the captured length", first_message)]
Nat64.own_cases = AppleGroup.own_cases = []
AppleRsa.own_cases = [("our certificate comes in fragments, to whom takes them", cases.in_pieces),
                      ("message 5 in racoon's fragments, the encryption bit set", fragments)]
PERSONAS = [Apple, OldIos, Nat64, AppleGroup, AppleRsa]
