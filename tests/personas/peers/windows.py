# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The L2TP/IPsec client of Windows 7 to 11."""
import ipaddress
import struct

import cases
import dhcp
import isakmp as ik
import ppp as P
from ikev1 import DRAFT_02N, FRAGMENTATION, RFC3947
from l2tp import Avp
import l2tp as L
from persona import Client, phase1
from endpoint import FAILED, SERVER_INSIDE, mss, syn
from world import Choked, Wrong

KEY_MODULE = bytes.fromhex("01528bbbc00696121849ab9a1c5b2a51") + ik.u32(1)
NT5 = bytes.fromhex("1e2b516905991c7d7c96fcbfb587e461")
NEGOTIATION_DISCOVERY = bytes.fromhex("fb1de3cdf341b7ea16b7e5be0855f120")
INITIAL_CONTACT = bytes.fromhex("26244d38eddb61b3172a36e3d0cfb819")
CGA = bytes.fromhex("e3a5966a76379fe707228231e5ce8652")
CBCP = b"\x06"


class Windows10(Client):
    """Windows 10 and 11, "optional" or "require encryption", no registry change."""
    name = "windows-10"
    loses_each = True
    product, section = "Windows 10 and 11", 4
    settings = {"preset": "compatible"}

    # 3.2: SA and eight vendor IDs in this order make 408 bytes
    vendor_ids = [KEY_MODULE, NT5 + ik.u32(9), RFC3947, DRAFT_02N, FRAGMENTATION, NEGOTIATION_DISCOVERY, INITIAL_CONTACT, CGA]
    first_message = 408
    # 4.1
    phase1_offer = [phase1("aes", 256, "sha1", 20), phase1("aes", 128, "sha1", 19), phase1("aes", 256, "sha1", 14),
                    phase1("3des", 0, "sha1", 14), phase1("3des", 0, "sha1", 2)]
    phase1_life = ik.u32(28800)
    nonce_size = 48                                     # 3.2: message 3 of 388 bytes
    ike_retransmit = (1, 1, 2, 4, 8, 16)
    # 4.1: seconds and kilobytes, each in four bytes
    phase2_offer = [("aes", 128, "sha1"), ("3des", 0, "sha1"), ("des", 0, "sha1")]
    phase2_order = ("mode", "keylen", "auth", "life", "kilobytes")
    phase2_life = ik.u32(3600)
    phase2_kilobytes = ik.u32(250000)
    knows_dpd = False                                   # 2: never sends the vendor ID
    # 4.2
    inner_port = 1701
    ack_delay = 0.5                                     # MaxAckDelayMs
    l2tp_retransmit = (1, 2, 4, 8, 8, 8)
    firmware, identification = b"\x0a\0", b"MSRASV5.20"
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(1)), Avp(L.BEARER, L.u32(0)), Avp(L.FIRMWARE, lambda p: p.firmware, False),
             Avp(L.HOST, b"DESKTOP-7Q2A9"), Avp(L.VENDOR, b"Microsoft", False),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel)), Avp(L.WINDOW, L.u16(8))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(0)), Avp(L.BEARER_TYPE, L.u32(2)),
            Avp(1, bytes(16), False, vendor=311)]       # 4.2: [MS-L2TPIE], a correlation id
    iccn = [Avp(L.TX_SPEED, L.u32(1000000000)), Avp(L.FRAMING_TYPE, L.u32(1))]
    # 4.3
    shared_ids, first_id = True, 0
    asks_for = (1, 15, 3, 6, 44, 46, 47, 31, 33, dhcp.ROUTES, dhcp.MS_ROUTES, 43)
    network_protocols = (P.IPV6CP, P.CCP, P.IPCP)

    def judge_nat(self, sa):
        if sa.nat_there:                                # 3.3: AssumeUDPEncapsulationContextOnSendRule is not set
            raise Choked("error 809: the NAT-D of the server's own address is not what Windows computed for %s" % self.server)

    def message_id(self, _sa):
        self.quick_count += 1                           # 3.5: 1, 2, 3 in little-endian
        return struct.pack("<I", self.quick_count)

    def phase1_up(self, sa):
        self.quick_count = 0                            # 3.5: reused after a new phase 1
        super().phase1_up(sa)

    def judge_message(self, tunnel, packet):
        if packet.kind == L.SCCRP and packet.get(L.CHALLENGE) is not None:
            raise Choked("SCCRP has a Challenge: Windows knows no tunnel authentication (4.2)")
        for avp in packet.avps:
            if avp.mandatory and (avp.vendor or avp.kind not in L.KNOWN):
                raise Choked("a mandatory AVP %d of vendor %d" % (avp.kind, avp.vendor))

    def lcp_request(self, ppp):
        return [(P.MRU, L.u16(1400)), (P.MAGIC, ppp.magic), (P.PFC, b""), (P.ACFC, b""), (P.CALLBACK, CBCP),
                (P.MRRU, L.u16(1614)), (P.ENDPOINT, b"\1" + b"\x5a" * 20)]

    def judge_correction(self, protocol, code, kind):
        if protocol.number == P.LCP and kind in (P.MRU, P.MAGIC, P.PFC, P.ACFC) and code == P.REJECT:
            raise Choked("error 732: LCP option %d rejected" % kind)

    def lcp_up(self, ppp):
        for words in (self.identification, b"MSRAS-0-DESKTOP-7Q2A9", bytes(range(16))):
            ppp.control(P.LCP, P.IDENT, ppp.new_id(P.LCP), ppp.magic + words)

    def network_request(self, number):
        if number == P.IPV6CP:
            return [(1, b"\x02\x15\x5d\xff\xfe\x0a\x0b\x0c")]
        if number == P.CCP:
            return [(18, b"\1\0\0\1")]                  # MPPC alone
        return [(P.ADDRESS, bytes(4)), (P.DNS1, bytes(4)), (P.WINS1, bytes(4)), (P.DNS2, bytes(4)), (P.WINS2, bytes(4))]

    def hang_up(self):
        """3.5: LCP Terminate-Request, again after 2 s, CDN, StopCCN, the Deletes 4 s later."""
        reason = self.ppp.magic + bytes.fromhex("003ccd74") + L.u32(0)
        self.ppp.terminate(reason)
        self.after(0.1, lambda: self.terminated or self.after(1.9, lambda: self.ppp.terminate(reason)))
        self.after(0.1, self.hang_up_l2tp)

    def hang_up_l2tp(self):
        if not self.terminated:
            self.after(2, self.hang_up_l2tp)
            self.terminated = True                      # it asks twice, and waits no longer
            return
        self.l2tp.hang_up_call(struct.pack(">HH", 3, 0))
        self.after(0.1, lambda: self.l2tp.hang_up_tunnel(struct.pack(">HH", 6, 0)))
        self.after(4, self.forget)


class Windows8(Windows10):
    """Windows 8, 8.1 and Server 2012: what 7 says, but version 9 (2)."""
    name = "windows-8"
    product = "Windows 8, 8.1"
    vendor_ids = [NT5 + ik.u32(9)] + Windows10.vendor_ids[2:]
    first_message = 384
    firmware = b"\6\0"


class Vista(Windows8):
    """Version 5 (2)."""
    name = "windows-vista"
    product = "Windows Vista"
    vendor_ids = [NT5 + ik.u32(5)] + Windows10.vendor_ids[2:]


class Windows7(Windows10):
    """Windows 7 and Server 2008 R2: no key module, 384 bytes (3.2)."""
    name = "windows-7"
    product = "Windows 7, Server 2008 R2"
    vendor_ids = [NT5 + ik.u32(7), RFC3947, DRAFT_02N, FRAGMENTATION, NEGOTIATION_DISCOVERY, INITIAL_CONTACT, CGA]
    first_message = 384
    firmware = b"\6\0"


def echo_of_nat_d(scene, kind):
    """A server behind NAT: its own hash would be error 809, the echo of the client's is not."""
    p = scene.persona(kind)
    p.connect()
    scene.pings(p, (56, 1300))
    if p.sa.nat_there:
        raise Wrong("the server's NAT-D of its own address is not that of %s" % p.server)
    if not p.sa.nat_here or not p.sas.pairs[-1].udp:
        raise Wrong("Windows does not think itself behind NAT and sends ESP that no NAT forwards")


def echo_of_nat_d_behind_two(scene, kind):
    p = scene.persona(kind, scene.nat())
    p.connect()
    scene.pings(p, (56, 1300))


def storm(scene, kind):
    """A new quick mode for each retransmission of SCCRQ, the pair before deleted."""
    p = scene.persona(kind, scene.nat())
    p.drop_esp = True
    p.dial()
    scene.world.until(lambda: p.l2tp, 5, "a first pair")
    for _ in range(4):
        scene.world.run(6)
        p.rekey()
    scene.world.run(3)
    if p.rekeys != 4:
        raise Wrong("%d quick modes of five" % (p.rekeys + 1))
    p.drop_esp = False
    scene.world.until(lambda: p.up, 30, "up after the storm")
    scene.pings(p, (56, 1300))


def hangs_up_unheard(scene, kind):
    """The first Terminate-Request is lost; the second comes 2 s later (3.5)."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    link = scene.link_of(p)[0]
    p.drop_esp = True
    scene.world.after(1, lambda: setattr(p, "drop_esp", False))
    p.hang_up()
    scene.ended(link, "closed-by-peer")


def message_lengths(scene, kind):
    """3.2: 408 bytes (384), then 388 with MODP-2048; what the tables make must be what was captured."""
    p = scene.persona(kind)
    p.connect()
    if p.ike_sizes[:2] != [kind.first_message, 388]:
        raise Wrong("messages 1 and 3 have %s bytes" % p.ike_sizes[:2])


def maximum_strength(scene, kind):
    """4.1: AES-256 and 3DES, no DES, no AES-128."""
    p = scene.persona(type("Strong", (kind,), {"phase2_offer": [("aes", 256, "sha1"), ("3des", 0, "sha1")]}), scene.nat())
    p.connect()
    scene.pings(p, (56, 1300))


def clamps(scene, kind):
    """Rule 15: a SYN that promises 1460 bytes is heard to promise what the link carries."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    link, here, there = scene.link_of(p)
    p.ppp.network_frame(P.IP, syn(there, here, 1460))
    scene.ours.output(link, syn(here, there, 1460))
    scene.world.run(1)
    heard = [mss(packet) for packet in [q for at, q in scene.ours.inbox if at == link] + p.inbox if packet[9] == 6]
    if len(heard) != 2 or max(heard) > 1400 - 40:
        raise Wrong("the MSS that arrived: %s" % heard)


def types_again(scene, kind):
    """4.3: a wrong password at first; R=1 has Windows ask its user again, in the same call."""
    p = scene.persona(type("Typist", (kind,), {"other_passwords": ["Secret", "secret"]}))
    p.password = "sercet"
    p.connect()
    scene.pings(p)
    if scene.ours.seen(FAILED) or p.other_passwords:
        raise Wrong("not in the same call")


def types_wrong(scene, kind):
    """4.3: R=0 stops the retry."""
    p = scene.persona(type("Typist", (kind,), {"other_passwords": ["b", "c", "secret"]}))
    p.password = "a"
    p.dial()
    scene.world.until(lambda: p.failures, 30, "a refusal")
    if p.other_passwords != ["secret"] or "E=691 R=0" not in p.failures[0]:
        raise Wrong("%s left, %s" % (p.other_passwords, p.failures))


def changes_password(scene, kind):
    """4.3: 648 asks for a new password (RFC 2759, 7); the new one holds from then on."""
    scene.ours.expired.add("alice")
    p = scene.persona(type("Changer", (kind,), {"new_password": "s3cr\u00e9t \u20ac"}))
    p.connect()
    scene.pings(p)
    if scene.ours.users["alice"] != "s3cr\u00e9t \u20ac" or scene.ours.expired:
        raise Wrong("the server has %r" % scene.ours.users["alice"])
    p = scene.persona(kind)
    p.password = "s3cr\u00e9t \u20ac"
    p.connect()
    scene.pings(p)


def asks_routes(scene, kind):
    """4.3: DHCPINFORM from its PPP address to everybody, for what it knows of options 121 and 249."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    xid = p.rng(4)
    p.ppp.network_frame(P.IP, dhcp.inform(p.inside, xid, kind.asks_for))
    scene.world.run(1)
    heard = [m for m in (dhcp.decode(packet, dhcp.CLIENT_PORT) for packet in p.inbox) if m]
    if len(heard) != 1 or heard[0]["op"] != 2 or heard[0]["xid"] != xid or heard[0]["options"][dhcp.TYPE] != bytes([dhcp.ACK]):
        raise Wrong("answers: %s" % heard)
    told, routes = heard[0]["options"], [(net, bits, p.peer_inside) for net, bits in (("10.0.0.0", 8), ("192.168.77.0", 24))]
    for option in (dhcp.ROUTES, dhcp.MS_ROUTES):
        if (option in told) != (option in kind.asks_for) or option in told and dhcp.decode_routes(told[option]) != routes:
            raise Wrong("option %d of %s: %s" % (option, told, kind.asks_for))
    if told[dhcp.DNS] != ipaddress.ip_address(SERVER_INSIDE).packed or told[dhcp.DOMAIN].rstrip(b"\0") != b"corp.example" or \
            heard[0]["target"] != p.inside:
        raise Wrong("DNS or domain of %s" % told)
    if any(packet[9] == 17 for _, packet in scene.ours.inbox):
        raise Wrong("the question came to the host")


asks_routes.scene = {"settings": {"server.routes": "10.0.0.0/8, 192.168.77.0/24", "server.domain": "corp.example"}}
types_again.scene = types_wrong.scene = {"settings": {"ppp.retries": "2"}}
message_lengths.scene = {"settings": {"ike.proposals": "aes256-sha1-modp2048"}}
echo_of_nat_d.scene = echo_of_nat_d_behind_two.scene = {"server_behind_nat": True}
OWN = [("server behind NAT: the NAT-D of the server's own address matches what Windows computed", echo_of_nat_d),
       ("server and client behind NAT: the NAT-D matches, too", echo_of_nat_d_behind_two),
       ("messages 1 and 3 have the captured lengths", message_lengths),
       ("its first Terminate-Request is lost", hangs_up_unheard),
       ("maximum strength encryption", maximum_strength),
       ("a TCP SYN is told the MSS that the link carries", clamps),
       ("a password typed wrong twice, right in the same call", types_again),
       ("a password typed wrong too often", types_wrong),
       ("an expired password is changed, and the new one holds", changes_password),
       ("asks for routes, DNS and domain by DHCPINFORM", asks_routes),
       ("five quick modes in 30 s while SCCRQ goes unanswered", storm)]
Windows10.own_cases = OWN


def many_fragments(scene, kind):
    """3.5: 29 of them, from a machine that asks for each authority it trusts."""
    p = scene.persona(kind)
    p.connect()
    if p.ike.pieces != 29:
        raise Wrong("%d fragments: the fixture is not what it was" % p.ike.pieces)


class WindowsRsa(Windows10):
    """The same with a machine certificate in place of the shared secret."""
    name = "windows-10-rsa"
    product = "Windows 10 and 11, machine certificate"
    papers_trusts = 147                                 # asked for one by one: 29 fragments (3.5)
    papers_name, our_papers = "desktop-7q2a9.example", "vpn.example"
    fragment_size = 576                                 # 3.5: up to 29 fragments were seen
    own_cases = OWN[:2] + [("its proof comes in 29 fragments", many_fragments),
                           ("our certificate comes in fragments, to whom takes them", cases.in_pieces)]


PERSONAS = [Windows10, Windows8, Windows7, Vista, WindowsRsa]
