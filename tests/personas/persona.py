# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What all personas are made of: a table of facts with defaults, the sockets, and the way from one
layer to the next. A product is a subclass that states its facts; see README.md."""
import ipaddress
import struct

import isakmp as ik
import ppp as P
from endpoint import checksum, icmp6, ping, ping_number, ping_reply
from esp import Sas
from ikev1 import Ike
from isakmp import Proposal, Transform
from l2tp import L2tp
from ppp import Ppp
from proof import Certificate, Psk, papers
from world import IKE, NAT_T, RAW_ESP, Choked, Direct, Wrong, packed


def phase1(cipher, bits, digest, group):
    """One phase 1 transform: cipher, bits of its key, digest, Diffie-Hellman group."""
    return cipher, bits, digest, group


class Persona:
    """Facts that all products share, or that most do. A subclass overrides what it does differently."""

    name = "persona"
    product, section = "", 9                # as docs/interop.md calls it, and where it lists it
    settings = {}                           # what our end must be told for it
    own_cases = []                          # (sentence, function) beside those every persona goes through
    hours = 24                              # it stays so long
    common = True                           # goes through those, too
    # ---- IKE ----
    vendor_ids, vendor_ids_4 = [], []       # of the first message; of a responder's second
    phase1_offer = []                       # of phase1(...)
    aggressive = False
    aggressive_encrypts = False             # its third message
    main_encrypts = True                    # its fifth message (3.2)
    our_papers = ""                         # of our end: a certificate for this name
    papers_name = ""                        # proven by a certificate for this name; "": by the pre-shared key
    phase1_life = ik.u32(28800)             # an attribute's value: a number makes it basic
    phase1_order = ("cipher", "keylen", "hash", "group", "auth", "life")
    papers_curve = None                     # None: RSA
    papers_trusts = 0                       # authorities beside its own that it asks for
    papers_wrapped = False                  # in PKCS #7, with the authority's
    nonce_size = 16
    fragment_size, fragment_flags = None, 0 # bytes from which messages go in fragments to peers that take them
    ike_retransmit = (1, 2, 4, 8, 16)       # seconds from try to try; after the last the peer is gone
    answers_phase1 = False
    answers_quick = True
    knows_dpd = False
    phase2_offer = []                       # of (cipher, bits, digest)
    phase2_one_proposal = False             # all transforms in one proposal, or a proposal each
    phase2_order = ("life", "kilobytes", "mode", "auth", "keylen")
    phase2_pfs = None                       # as initiator: with this group
    phase2_life = ik.u32(3600)
    phase2_kilobytes = None
    icv = None                              # {hash: bytes}, where it is not the standard's
    rekey_fraction = 0.9                    # of the seconds of a pair; None: never
    rekey_kilobytes = 0.9                   # of its kilobytes, in or out; None: they are never reached
    renews_kilobytes = True                 # or leaves it to us
    old_pair_lingers = 5                    # seconds from a rekey to the Delete of the old pair; None: no Delete
    says_expired = True                     # sends a Delete for a pair at the end of its life
    phase1_renews = None                    # fraction of its life, or None: when quick mode needs it
    # ---- L2TP ----
    control_flags = 0xC802
    data_length = True
    data_numbers = False                    # data has sequence numbers, both ways
    inner_port = 1701
    l2tp_retransmit = (1, 2, 4, 8, 8, 8)
    ack_delay = 0.1
    tunnel_secret = b""
    learns_tunnel = True                    # or says 0 for ever where the peer's tunnel id belongs
    sccrq, scccn, icrq, iccn, sccrp, icrp = [], [], [], [], [], []
    hello = None                            # seconds from Hello to Hello
    dpd_interval = None                     # seconds from R-U-THERE to R-U-THERE
    # ---- PPP ----
    ppp_retransmit, ppp_tries = 3, 10
    shared_ids, first_id = False, 1
    compresses = True                       # uses PFC and ACFC where the peer takes them
    answers_echo = True
    echo_interval, echo_failures = None, 4  # seconds from Echo-Request to Echo-Request
    network_protocols = (P.IPCP,)
    auth_methods = (P.AUTH_MSCHAPV2,)       # as client: taken; the first is asked for in place of others
    eap_methods = (P.EAP_MSCHAPV2,)         # of a server, in order
    mppe = b""                              # the option of CCP that is insisted on
    chap_name, chap_flags, success_message = "server", 0, b" M=Welcome"
    other_passwords, new_password = [], None            # what is typed after a Failure of MS-CHAPv2
    largest_ping = 1300                     # bytes that fit its MRU
    keepalive = 20                          # seconds between NAT keepalives; None: none

    def __init__(self, world, server, way=None, psk=b"personas", user="alice", password="secret", address=None):
        self.world, self.server, self.way = world, server, way or Direct()
        self.user, self.password = user, password
        self.proof = Certificate(papers(self.papers_name, self.papers_curve), self.papers_wrapped,
                                 self.papers_trusts) if self.papers_name else Psk(psk)
        self.address = address or world.address()
        self.ports = {n: world.bind(self.address, n, lambda d, peer, n=n: self.arrived(n, d, peer))
                      for n in (IKE, NAT_T, RAW_ESP)}
        self.ike, self.sas, self.sa = Ike(self), Sas(self.rng, self.icv), None
        self.l2tp = self.ppp = None
        self.inbox6, self.interface = [], b""
        self.pings, self.inbox, self.unknown, self.failures = [], [], [], []
        self.events = []                    # (time, text): what a case looks at
        self.up = self.terminated = self.gone = False
        self.ike_sizes = []                 # of the messages sent
        self.quick_count, self.last_sent, self.lost = 0, 0, 0
        self.rekeys = self.begun = self.phase1_count = 0    # renewals of the pair, those it began; IKE SAs
        self.checked = 0                    # inner UDP checksums that could be, and were right
        self.drop_esp = False               # a fault of the network: no ESP leaves
        self.inside = self.peer_inside = ""

    # ---- small services ----

    @property
    def now(self):
        return self.world.now

    def rng(self, n):
        return self.world.rng(n)

    def after(self, seconds, act):
        return self.world.after(seconds, lambda: None if self.gone else act())

    def soon(self, act):
        self.after(0, act)

    def note(self, text):
        self.world.note("%s %s" % (self.address.replace(":", ".").rsplit(".", 1)[1].ljust(5), text.replace("persona ", self.name + " ", 1)))

    def happened(self, text):
        self.events.append((self.now, text))
        self.note("persona: " + text)

    # ---- the network ----

    def ike_addresses(self, sa):
        """((ours, port), (theirs, port)), as we see them."""
        port = NAT_T if sa.floated else IKE
        return (self.address, port), (self.server, port)

    def ike_send(self, sa, data):
        if sa.floated:
            self.way.send(self.ports[NAT_T], (self.server, NAT_T), bytes(4) + data)
        else:
            self.way.send(self.ports[IKE], (self.server, IKE), data)

    def arrived(self, port, data, peer):
        if self.gone:
            return
        peer = self.way.origin(self.ports[port], peer)
        if port == RAW_ESP:
            self.esp_arrived(data, False)
        elif port == NAT_T and data[:4] != bytes(4):
            if data != b"\xff":
                self.esp_arrived(data, True)
        else:
            self.judge_origin(peer)
            self.ike.recv(data[4:] if port == NAT_T else data)

    def judge_origin(self, peer):
        if peer[0] != self.server:
            raise Choked("an IKE answer from %s, asked was %s (Cisco ASA, and others)" % (peer[0], self.server))

    def esp_arrived(self, data, udp):
        inner = self.sas.open(data)
        if inner is None:
            self.unknown.append((self.now, data[:4]))
            self.note("persona drops ESP for unknown SPI %s" % data[:4].hex())
            return
        source, target, size, check = struct.unpack_from(">HHHH", inner)
        if size != len(inner):
            raise Choked("inner UDP length %d of %d" % (size, len(inner)))
        if not self.is_for_us(source, target):
            self.note("persona drops UDP %d to %d inside" % (source, target))
            return
        self.judge_checksum(inner, check, udp)
        self.l2tp_arrived(inner[8:])

    def judge_checksum(self, inner, check, udp):
        """Over IPv4 it may be missing, and with UDP around it nobody looks (rule 13); over IPv6 it must be there and right."""
        six = ":" in self.address
        if six and not check:
            raise Choked("no inner UDP checksum over IPv6 (RFC 8200, 8.1)")
        if check and (six or not udp):
            self.checked += 1
            if self.udp_checksum(*self.inner_addresses()[::-1], inner) not in (0, 0xFFFF):
                raise Choked("a wrong inner UDP checksum")

    def is_for_us(self, source, target):
        if source != 1701:
            raise Choked("inner UDP from %d: the server may not leave 1701" % source)
        return target == self.inner_port

    def inner_addresses(self):
        """Ours and the peer's, as the client knows both (RFC 3948, 3.1.2)."""
        return self.address, self.server

    def udp_checksum(self, source, target, datagram):
        head = packed(source) + packed(target)
        return checksum(head + struct.pack(">IHH" if len(head) == 32 else ">HHH", 0, 17, len(datagram)) + datagram)

    def inner_ports(self):
        return self.inner_port, 1701

    def l2tp_send(self, payload):
        datagram = struct.pack(">HHHH", *self.inner_ports(), 8 + len(payload), 0) + payload
        check = self.udp_checksum(*self.inner_addresses(), datagram) or 0xFFFF
        datagram = datagram[:6] + struct.pack(">H", check) + datagram[8:]
        pair, packet = self.sas.seal(datagram)
        if pair is None:
            self.lost += 1
            return
        if self.drop_esp:
            return
        self.last_sent = self.now
        self.send_esp(pair, packet)
        self.watch_kilobytes(pair)

    def send_esp(self, pair, packet):
        port = NAT_T if pair.udp else RAW_ESP
        self.way.send(self.ports[port], (self.server, port), packet)

    def l2tp_arrived(self, payload):
        if self.l2tp is not None:
            self.l2tp.recv(payload)

    # ---- IKE: what the exchanges ask for ----

    def phase1_attributes(self, cipher, bits, digest, group):
        parts = {
            "cipher": [(ik.A_CIPHER, ik.CIPHERS[cipher])],
            "keylen": [(ik.A_KEYLEN, bits)] if cipher == "aes" else [],
            "hash": [(ik.A_HASH, ik.HASHES[digest])],
            "group": [(ik.A_GROUP, group)],
            "auth": [(ik.A_AUTH, self.proof.method)],
            "life": [(ik.A_LIFE_TYPE, ik.SECONDS), (ik.A_LIFE, self.phase1_life)],
        }
        return [a for part in self.phase1_order for a in parts[part]]

    def phase1_transforms(self):
        return [Transform(i, 1, self.phase1_attributes(*t)) for i, t in enumerate(self.phase1_offer, 1)]

    def pick_phase1(self, transforms):
        """As responder: the first of the peer's which is in our table."""
        for t in transforms:
            for cipher, bits, digest, group in self.phase1_offer:
                if (t.get(ik.A_CIPHER), t.get(ik.A_HASH), t.get(ik.A_GROUP), t.get(ik.A_AUTH)) == \
                        (ik.CIPHERS[cipher], ik.HASHES[digest], group, self.proof.method) and \
                        (cipher != "aes" or t.get(ik.A_KEYLEN, 128) == bits):
                    return t
        return None

    def phase1_id(self, _sa):
        """Most send their address as they know it, or the subject of their certificate."""
        if self.papers_name:
            return ik.identity(ik.DER_DN, self.proof.papers.cert.subject.public_bytes())
        return ik.address_id(self.address)

    def message5_extra(self, _sa):
        return []

    def heard_vendors(self, sa):
        sa.peer_dpd = any(v[:14] == bytes.fromhex("afcad71368a1f1c96b8696fc7757") for v in sa.peer_vendors)

    def natd_hashes(self, sa):
        """Of the peer's address, then of ours."""
        ours, theirs = self.ike_addresses(sa)
        return [sa.nat_d(*theirs), sa.nat_d(*ours)]

    def judge_nat(self, sa):
        """Told what NAT detection found: sa.nat_here, sa.nat_there."""

    def message_id(self, _sa):
        return self.rng(4)

    def new_spi(self):
        return self.rng(4)

    def phase2_attributes(self, cipher, bits, digest, udp, sa):
        mode = (sa.natt.udp_transport if sa.natt else 4) if udp else ik.TRANSPORT_MODE
        kilobytes = self.phase2_kilobytes
        parts = {
            "life": [(ik.P_LIFE_TYPE, ik.SECONDS), (ik.P_LIFE, self.phase2_life)],
            "kilobytes": [(ik.P_LIFE_TYPE, ik.KILOBYTES), (ik.P_LIFE, kilobytes)] if kilobytes else [],
            "mode": [(ik.P_MODE, mode)] + ([(ik.P_GROUP, self.phase2_pfs)] if self.phase2_pfs else []),
            "auth": [(ik.P_AUTH, ik.ESP_AUTHS[digest])] if digest else [],
            "keylen": [(ik.P_KEYLEN, bits)] if cipher in ("aes", "gcm") else [],
        }
        return [a for part in self.phase2_order for a in parts[part]]

    def phase2_proposals(self, sa, spi):
        transforms = [(ik.ESP_CIPHERS[c], self.phase2_attributes(c, bits, digest, sa.nat, sa))
                      for c, bits, digest in self.phase2_offer]
        if self.phase2_one_proposal:
            return [Proposal(1, ik.ESP, spi, [Transform(i, *t) for i, t in enumerate(transforms, 1)])]
        return [Proposal(i, ik.ESP, spi, [Transform(1, *t)]) for i, t in enumerate(transforms, 1)]

    def pick_phase2(self, _sa, offer):
        """As responder: (proposal, transform), the first of the peer's which is in our table."""
        if not self.answers_quick:
            return None
        for proposal in offer:
            for t in proposal.transforms:
                for cipher, bits, digest in self.phase2_offer:
                    fits = t.id == ik.ESP_CIPHERS[cipher] and proposal.protocol == ik.ESP
                    fits = fits and (not digest or t.get(ik.P_AUTH) == ik.ESP_AUTHS[digest])
                    fits = fits and (cipher not in ("aes", "gcm") or t.get(ik.P_KEYLEN, 128) == bits)
                    if fits and t.get(ik.P_MODE) in (2, 4, 61444):
                        return proposal, t
        return None

    def quick_ids(self, _sa):
        return ik.address_id(self.address, 17, self.inner_port), ik.address_id(self.server, 17, 1701)

    def nat_oas(self, _sa):
        """Ours as we know it, the peer's as we dialled it."""
        return [self.address, self.server]

    def judge_ids(self, asked, got):
        raise Choked("quick mode answers with other identities: asked %s, got %s" % (
            " ".join(i.hex() for i in asked), " ".join(i.hex() for i in got)))

    def judge_pair(self, pair, _answer):
        if pair.udp != pair.sa.nat:
            raise Choked("a mode which was not asked for")

    def quick_notifies(self, _pair):
        """What a responder says along with its choice."""
        return []

    def quick_fourth(self, _x, _sa):
        """The fourth message of quick mode, for those who send one."""
        return b""

    def ike_failed(self, _sa, why):
        self.failures.append(why)
        self.happened("IKE failed: " + why)

    def heard_unknown(self, m):
        self.note("persona drops exchange %d of an unknown SA" % m.exchange)

    def heard_notify(self, sa, notify, proven):
        kind, _, _, data = notify
        if kind == ik.R_U_THERE_ACK and proven:
            self.dpd_open = 0
        self.note("persona hears notify %d%s" % (kind, "" if proven else ", unproven"))
        if kind == ik.R_U_THERE and proven:
            if not self.knows_dpd:
                raise Choked("R-U-THERE to a peer that never said it knows DPD")
            self.ike.inform(sa, [(ik.NOTIFY, ik.notify(ik.R_U_THERE_ACK, ik.ISAKMP, sa.cookies, data))])

    # ---- pairs ----

    def phase1_up(self, sa):
        self.phase1_count += 1
        self.sa = sa
        self.happened("phase 1 is up")
        if self.phase1_renews:
            self.after(sa.life * self.phase1_renews, lambda: self.renew_phase1(sa))
        self.after(sa.life, lambda: self.phase1_over(sa))
        if not self.sas.pairs:
            self.first_phase1(sa)
        else:
            self.phase1_again(sa)

    def first_phase1(self, sa):
        self.ike.quick(sa)

    def phase1_again(self, _sa):
        """A renewed phase 1, or one made because quick mode needed it."""
        if self.quick_wanted:
            self.quick_wanted = False
            self.ike.quick(self.sa)

    quick_wanted = False

    def renew_phase1(self, sa):
        if sa is self.sa and not sa.dead:
            self.ike.begin()

    def phase1_over(self, sa):
        """The end of its seconds."""
        if not sa.dead and not self.terminated:
            self.ike.delete_sa(sa)

    def rekey(self):
        """Quick mode again, under a new phase 1 if the old one is gone."""
        if self.sa.dead or self.now - self.sa.since >= self.sa.life:
            self.quick_wanted = True
            self.ike.begin()
        else:
            self.ike.quick(self.sa)

    def pair_proven(self, pair):
        """What comes on it is understood from now on: as responder when message 3 is there, as with charon and racoon."""
        self.sas.add(pair, sends=False)

    def phase2_up(self, pair, ours):
        old = list(self.sas.pairs)
        pair.rekeying = False
        self.sas.add(pair)
        self.happened("pair %s is up" % pair.spi_in.hex())
        seconds = pair.life.get(ik.SECONDS, 28800)
        self.after(seconds, lambda: self.pair_over(pair))
        if self.rekey_fraction:
            self.after(seconds * self.rekey_fraction, lambda: self.pair_due(pair))
        if old:
            self.rekeys += 1
            self.begun += ours
            if self.old_pair_lingers is not None:
                self.after(self.old_pair_lingers, lambda: [self.drop_pair(p) for p in old])
        elif self.l2tp is None:
            self.secured()

    def pair_due(self, pair):
        if pair in self.sas.pairs and pair is self.sas.pairs[-1] and not pair.rekeying:
            pair.rekeying = True
            self.rekey()

    def watch_kilobytes(self, pair):
        """By the limit agreed on, or by our own when the peer's offer had none."""
        own = self.phase2_kilobytes
        limit = pair.life.get(ik.KILOBYTES) or (ik.number(own) if own else 0)
        if limit and self.rekey_kilobytes and not pair.rekeying:
            used = max(self.sas.outbound[pair.spi_out].bytes, self.sas.inbound[pair.spi_in].bytes)
            if used > limit * 1024 * self.rekey_kilobytes:
                self.pair_due(pair)

    def pair_over(self, pair):
        if self.says_expired:
            self.drop_pair(pair)
        else:
            self.sas.drop(pair)

    def drop_pair(self, pair):
        if pair.spi_in not in self.sas.inbound:
            return
        self.sas.drop(pair)
        if self.sa and not self.sa.dead:
            self.ike.delete_pair(self.sa, pair)

    def pairs_deleted(self, spis):
        for pair in [p for p in self.sas.pairs if p.spi_out in spis]:
            self.happened("the peer deletes pair %s" % pair.spi_in.hex())
            self.sas.drop(pair)

    def sa_deleted(self, _sa):
        self.happened("the peer deletes phase 1")

    # ---- L2TP ----

    def tunnel_id(self):
        return 1 + self.rng(1)[0]

    session_id = tunnel_id

    def judge_l2tp(self, tunnel, packet):
        """Every L2TP packet, before anything is done with it."""

    def judge_message(self, tunnel, packet):
        """Every control message that is new."""

    def l2tp_dead(self, why):
        self.happened("L2TP gives up: " + why)

    def call_down(self, _packet):
        self.happened("the peer sends CDN")

    def tunnel_down(self, _packet):
        self.happened("the peer sends StopCCN")

    # ---- PPP ----

    def lcp_request(self, ppp):
        return [(P.MAGIC, ppp.magic)]

    def judge_lcp(self, kind, value):
        if kind == P.AUTH:
            return True if value in self.auth_methods else self.auth_methods[0]
        return True if kind in (P.MRU, P.ACCM, P.MAGIC, P.PFC, P.ACFC) else None

    def network_request(self, number):
        return {P.IPCP: [(P.ADDRESS, bytes(4))]}.get(number, [])

    def judge_network(self, number):
        """The judge of one protocol; IPCP takes the peer's address."""
        def judge(kind, value):
            if number == P.IPCP and kind == P.ADDRESS:
                self.peer_inside = str(ipaddress.ip_address(value))
                return True
            if number == P.IPV6CP and kind == 1:
                return True
            return None
        return judge

    def judge_correction(self, protocol, code, kind):
        """An option of ours was refused, or one suggested that we did not name."""

    def judge_success(self, rest):
        """What the server says of MS-CHAPv2 behind its proof."""

    def judge_code_reject(self, body):
        raise Choked("Code-Reject of %s" % body[:4].hex())

    def judge_data(self, _protocol):
        return self.up

    def lcp_up(self, ppp):
        pass

    def auth_failed(self, body):
        self.failures.append("authentication: %r" % body)
        self.happened("authentication refused")

    def watch(self):
        """Ask for signs of life, by the facts: the link must never fail to give one."""
        if self.dpd_interval and getattr(self.sa, "peer_dpd", False):
            self.dpd_open = 0
            self.after(self.dpd_interval, self.ask_dpd)
        if self.echo_interval:
            self.after(self.echo_interval, self.ask_echo)

    def ask_dpd(self):
        if not self.up or self.sa.dead:
            return
        if self.dpd_open >= 3:
            raise Choked("three R-U-THERE unanswered")
        self.dpd_open += 1
        self.ike.inform(self.sa, [(ik.NOTIFY, ik.notify(ik.R_U_THERE, ik.ISAKMP, self.sa.cookies, ik.u32(self.dpd_open)))])
        self.after(self.dpd_interval, self.ask_dpd)

    def ask_echo(self):
        if not self.up:
            return
        if self.ppp.echo_open >= self.echo_failures:
            raise Choked("%d Echo-Requests unanswered" % self.ppp.echo_open)
        self.ppp.echo()
        self.after(self.echo_interval, self.ask_echo)

    def ppp_up(self):
        ipcp = dict(self.ppp.protocols[P.IPCP].request)
        self.inside, self.up = str(ipaddress.ip_address(ipcp[P.ADDRESS])), True
        self.happened("up as %s" % self.inside)
        self.watch()

    def ppp_down(self):
        self.up = False
        self.happened("the peer terminates LCP")

    # ---- traffic ----

    def frame(self, frame):
        if self.ppp is not None:
            self.ppp.recv(frame)

    def ip(self, packet):
        self.inbox.append(packet)
        answer = ping_reply(packet)
        if answer:
            self.ppp.network_frame(P.IP, answer)
        elif packet[9] == 1 and packet[20] == 0:
            self.pings.append(ping_number(packet))

    def ping(self, number, size=56):
        self.ppp.network_frame(P.IP, ping(self.inside, self.peer_inside, number, size))

    def one_way(self, number):
        """An answer nobody asked for; the bytes on their way."""
        packet = ping(self.inside, self.peer_inside, number, self.largest_ping, kind=0)
        self.ppp.network_frame(P.IP, packet)
        return len(packet)

    def solicit(self):
        """A Router Solicitation (RFC 4861, 4.1); what comes is in inbox6."""
        self.interface = dict(self.ppp.protocols[P.IPV6CP].request)[1]
        source = ipaddress.ip_address(b"\xfe\x80" + bytes(6) + self.interface)
        self.ppp.network_frame(P.IPV6, icmp6(source, ipaddress.ip_address("ff02::2"), 133, bytes(4)))

    def keep_alive(self):
        """NAT keepalives, while nothing else goes out."""
        if self.sa and self.sa.nat_here and self.keepalive:
            if self.now - self.last_sent >= self.keepalive:
                self.way.send(self.ports[NAT_T], (self.server, NAT_T), b"\xff")
            self.after(self.keepalive, self.keep_alive)

    def vanish(self):
        """Silence, as of a pulled plug."""
        self.gone = True
        for port in self.ports.values():
            port.close()


class Client(Persona):
    """A client product: dials, brings up the layers, hangs up."""

    def dial(self):
        self.ike.begin()

    def secured(self):
        self.l2tp = L2tp(self, client=True)
        self.l2tp.start()
        self.keep_alive()

    def call_up(self):
        self.ppp = Ppp(self)
        self.ppp.lcp.begin()

    def connect(self, seconds=60):
        """Dial, and wait until IP may pass."""
        self.dial()
        self.world.until(lambda: self.up or self.failures, seconds, self.name + " comes up")
        if self.failures:
            raise Wrong("%s: %s" % (self.name, "; ".join(self.failures)))

    def hang_up(self):
        """In order: PPP, the call, the tunnel, the pair, phase 1."""
        self.ppp.terminate()
        self.after(0.1, lambda: self.l2tp.hang_up_call(struct.pack(">H", 3)))
        self.after(0.2, lambda: self.l2tp.hang_up_tunnel(struct.pack(">H", 6)))
        self.after(0.3, self.forget)

    def forget(self):
        """The Deletes."""
        for pair in list(self.sas.pairs):
            self.drop_pair(pair)
        if not self.sa.dead:
            self.ike.delete_sa(self.sa)
