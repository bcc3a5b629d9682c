# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Firewalls as L2TP/IPsec servers. What is not known of them is as in the examples of their manuals."""
import cases
import isakmp as ik
import l2tp as L
import ppp as P
from ikev1 import DPD, DRAFT_02N, DRAFT_03, FRAGMENTATION, RFC3947
from l2tp import Avp
from persona import phase1
from server import Server
from world import Choked, Wrong

UNITY, XAUTH = bytes.fromhex("12f5f28c457168a9702d9fe274cc0100"), bytes.fromhex("09002689dfd6b712")
VPN3000 = bytes.fromhex("1f07f70eaa6514d3b0fa96542a500100")
LIFETIME_LEAST = 300


def lns(host, vendor, window=4, framing=3):
    """The AVPs that all of them send in SCCRP."""
    return [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(framing)), Avp(L.BEARER, L.u32(0)), Avp(L.HOST, host),
            Avp(L.VENDOR, vendor, False), Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(window))]


ICRP = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]


class Cisco(Server):
    """What ASA and IOS share: transport mode, limits of their own, which they announce by RESPONDER-LIFETIME (3.5)."""
    settings = {"preset": "legacy"}
    vendor_ids_4 = [UNITY, DPD, XAUTH]
    knows_dpd = True
    phase1_offer = [phase1("3des", 0, "sha1", 2), phase1("aes", 128, "sha1", 2), phase1("aes", 256, "sha1", 5)]
    phase2_offer = [("3des", 0, "sha1"), ("aes", 128, "sha1"), ("aes", 256, "sha1")]
    phase2_life, phase2_kilobytes = ik.u32(3600), ik.u32(4608000)
    says_life = "notify"
    rekey_kilobytes, renews_kilobytes = 1, False        # see watch_kilobytes()
    icrp = ICRP

    def watch_kilobytes(self, pair):
        used = max(self.sas.outbound[pair.spi_out].bytes, self.sas.inbound[pair.spi_in].bytes)
        if used > pair.life[ik.KILOBYTES] * 1024:
            raise Choked("the kilobytes that were announced are used up, and the client sends on")

    def pick_phase2(self, sa, offer):
        for proposal in offer:
            for t in proposal.transforms:
                if t.get(ik.P_MODE) not in (2, 4, 61444):
                    raise Choked("mode %s: transport alone (9)" % t.get(ik.P_MODE))
                if t.lifetimes(ik.P_LIFE_TYPE, ik.P_LIFE).get(ik.SECONDS, cases.HOUR) < LIFETIME_LEAST:
                    raise Choked("a lifetime below %d s (9)" % LIFETIME_LEAST)
        return super().pick_phase2(sa, offer)


class CiscoAsa(Cisco):
    """NAT traversal by draft 02; talks to the address it was first spoken to from, and to no other."""
    name = "cisco-asa"
    product = "Cisco ASA"
    vendor_ids = [DRAFT_02N, FRAGMENTATION + bytes.fromhex("c0000000")]
    vendor_ids_4 = Cisco.vendor_ids_4 + [VPN3000]
    sccrp = lns(b"ciscoasa", b"Cisco Systems, Inc.", 16)
    caller = None

    def arrived(self, port, data, peer):
        self.caller = self.caller or peer[0]
        if peer[0] != self.caller:
            raise Choked("%s speaks where %s spoke before (9)" % (peer[0], self.caller))
        super().arrived(port, data, peer)


class CiscoIos(Cisco):
    """No hidden AVPs, a window of 800."""
    name = "cisco-ios"
    product = "Cisco IOS"
    vendor_ids = [RFC3947]
    sccrp = lns(b"Router", b"Cisco Systems, Inc.", 800)

    def judge_message(self, tunnel, packet):
        if any(packet.raw[12 + i] & 0x40 for i in heads(packet)):
            raise Choked("a hidden AVP in %s (9)" % L.NAMES[packet.kind])


def heads(packet):
    """Where the AVPs of a control message with a length begin, behind its header."""
    at = 0
    for avp in packet.avps:
        yield at
        at += 6 + len(avp.value)


def announced_life(scene, kind):
    """RESPONDER-LIFETIME of ten minutes where an hour was asked for: our client renews in time."""
    cases.short_life(scene, type("Short", (kind,), {"phase2_life": ik.u32(600)}))


Cisco.own_cases = [("announces a shorter life by RESPONDER-LIFETIME", announced_life)]


class Fortigate(Server):
    """Refuses lifetimes longer than its own; seconds and kilobytes in phase 2."""
    name = "fortigate"
    product = "FortiGate"
    vendor_ids = [RFC3947, DPD, bytes.fromhex("1d6e178f6c2c0be284985465450fe9d4"), FRAGMENTATION + bytes.fromhex("c0000000")]
    knows_dpd, dpd_interval = True, 20
    phase1_offer = [phase1("aes", 128, "sha256", 14), phase1("aes", 256, "sha256", 14), phase1("aes", 256, "sha1", 14)]
    phase2_offer = [("aes", 256, "sha1"), ("aes", 128, "sha256"), ("3des", 0, "sha1")]
    phase2_life, phase2_kilobytes, says_life = ik.u32(43200), ik.u32(250000), "echo"
    sccrp = lns(b"FortiGate", b"Fortinet")
    icrp = ICRP
    echo_interval = 30

    def pick_phase1(self, transforms):
        for t in transforms:
            life = t.lifetimes(ik.A_LIFE_TYPE, ik.A_LIFE).get(ik.SECONDS, 28800)
            if life > 28800:
                raise Choked("a phase 1 of %d s (9)" % life)
        return super().pick_phase1(transforms)


class SonicWall(Server):
    """GroupVPN as it comes: 3DES, MODP-1024, 28800 s for both phases."""
    name = "sonicwall"
    product = "SonicWall"
    settings = {"preset": "legacy"}
    vendor_ids = [bytes.fromhex(h) for h in ("5b362bc820f60007", "404bf439522ca3f6", "da8e937880010000")] + \
        [XAUTH, DPD, DRAFT_03, DRAFT_02N, RFC3947]
    knows_dpd, dpd_interval = True, 60
    phase1_offer = [phase1("3des", 0, "sha1", 2)]
    phase2_offer = [("3des", 0, "sha1")]
    phase2_life, says_life = ik.u32(28800), "echo"
    auth_methods = (P.AUTH_MSCHAPV2, P.AUTH_MD5, P.AUTH_PAP)
    sccrp = lns(b"SonicWALL", b"SonicWALL, Inc.")
    icrp = ICRP
    hello = 60


class Huawei(Server):
    """USG: AES-256 and SHA-256, CHAP; EAP ends the call (9, 11)."""
    name = "huawei"
    product = "Huawei USG"
    vendor_ids = [RFC3947, DPD]
    knows_dpd, dpd_interval = True, 30
    phase1_offer = [phase1("aes", 256, "sha256", 14)]
    phase2_offer = [("aes", 256, "sha256")]
    auth_methods = (P.AUTH_MD5, P.AUTH_PAP)
    sccrp = lns(b"USG", b"Huawei", 8)
    icrp = ICRP
    hello = 60

    def pick_phase2(self, sa, offer):
        if any(t.get(ik.P_MODE) in (1, 3, 61443) for proposal in offer for t in proposal.transforms):
            raise Choked("tunnel mode, which it would take before transport (9)")
        return super().pick_phase2(sa, offer)


class WatchGuard(Server):
    """Its control packets come in disorder: the second of two that are near each other goes first."""
    name = "watchguard"
    product = "WatchGuard Firebox"
    settings = {"preset": "legacy"}
    vendor_ids = [RFC3947, DRAFT_03, DRAFT_02N, DPD]
    knows_dpd, dpd_interval = True, 20
    phase1_offer = [phase1("aes", 256, "sha1", 2), phase1("aes", 256, "sha256", 14), phase1("3des", 0, "sha1", 2)]
    phase2_offer = [("aes", 256, "sha1"), ("aes", 256, "sha256")]
    sccrp = lns(b"Firebox", b"WatchGuard")
    icrp = ICRP
    ack_delay = 0
    near = 0.15                                         # seconds
    held, swapped = None, []

    def l2tp_send(self, payload):
        if not payload[0] & 0x80:
            super().l2tp_send(payload)
        elif self.held is None:
            self.held = payload
            self.after(self.near, lambda: self.release(payload))
        else:
            first, self.held = self.held, None
            self.swapped = self.swapped + [(payload, first)]
            super().l2tp_send(payload)
            super().l2tp_send(first)

    def release(self, payload):
        if self.held is payload:
            self.held = None
            super().l2tp_send(payload)

    def judge_message(self, tunnel, packet):
        if packet.kind == L.ICRQ:                       # ICRP follows at once, and is overtaken
            self.soon(lambda: tunnel.message(L.HELLO, []))


def disorder(scene, kind):
    """What comes early is held, not dropped: nothing has to be said twice."""
    p = scene.persona(kind, scene.nat())
    start = scene.world.now
    scene.connect(p)
    if scene.world.now - start > 0.9:
        raise Wrong("%.1f s to connect: a message was lost to its neighbour" % (scene.world.now - start))
    if not any(len(early) > 12 and len(late) > 12 for early, late in p.swapped):
        raise Wrong("no two messages changed places")
    p.hang_up()
    scene.ended(scene.link, "closed-by-peer", 0.9)


WatchGuard.own_cases = [("control packets in disorder, none said twice", disorder)]
PERSONAS = [CiscoAsa, CiscoIos, Fortigate, SonicWall, Huawei, WatchGuard]
