# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""IKEv1 (RFC 2409, RFC 3947) for a persona, both roles: main, aggressive and quick mode,
informational.

An exchange is a generator: it yields what to send and is given the next message. What the
persona does of its own kind it is asked for: `p` below is the persona, see persona.py.
"""
import hmac
import ipaddress
from dataclasses import dataclass, field

import isakmp as ik
from isakmp import Message, Proposal, Transform
from primitives import Cbc, Hash, dh
from world import Choked

RFC3947 = bytes.fromhex("4a131c81070358455c5728f20e95452f")
DRAFT_03 = bytes.fromhex("7d9419a65310ca6f2c179d9215529d56")
DRAFT_02N = bytes.fromhex("90cb80913ebb696e086381b5ec427b1f")
DRAFT_02 = bytes.fromhex("cd60464335df21f87cfdb2fc68b6a448")
DRAFT_00 = bytes.fromhex("4485152d18b6bbcd0be8a8469579ddcc")
APPLE_DRAFT = bytes.fromhex("4df37928e9fc4fd1b3262170d515c662")
DRAFTS_08_TO_04 = [bytes.fromhex(h) for h in (
    "8f8d83826d246b6fc7a8a6a428c11de8", "439b59f8ba676c4c7737ae22eab8f582", "4d1e0e136deafa34c4f3ea9f02ec7285",
    "80d0bb3def54565ee84645d4c85ce3ee", "9909b64eed937c6573de52ace952fa6b")]
DPD = bytes.fromhex("afcad71368a1f1c96b8696fc77570100")
FRAGMENTATION = bytes.fromhex("4048b7d56ebce88525e7de7f00d6c2d3")


@dataclass
class Natt:
    """The numbers of one version of NAT traversal."""
    natd: int
    natoa: int
    udp_transport: int


NATT_RFC = Natt(ik.NATD, ik.NATOA, 4)
NATT_DRAFT_00 = Natt(ik.NATD_00, ik.NATOA_00, 61444)
NATT_DRAFT_04 = Natt(ik.NATD_04, ik.NATOA_04, 4)
NATT_VERSIONS = {RFC3947: NATT_RFC, **{d: NATT_DRAFT_04 for d in [APPLE_DRAFT] + DRAFTS_08_TO_04},
                 **{d: NATT_DRAFT_00 for d in (DRAFT_03, DRAFT_02N, DRAFT_02, DRAFT_00)}}


class Failed(Exception):
    """The exchange came to nothing, in order."""


@dataclass
class IkeSa:
    initiator: bool
    icookie: bytes
    rcookie: bytes = bytes(8)
    chosen: Transform = None
    natt: Natt = None
    peer_vendors: list = field(default_factory=list)
    nat_here: bool = False
    nat_there: bool = False
    floated: bool = False
    up: bool = False
    dead: bool = False
    since: float = 0
    peer_id: bytes = b""

    def choose(self, transform):
        names = {v: k for k, v in ik.CIPHERS.items()}
        self.chosen = transform
        self.cipher = names[transform.get(ik.A_CIPHER)]
        self.hash = Hash({v: k for k, v in ik.HASHES.items()}[transform.get(ik.A_HASH)])
        self.group = transform.get(ik.A_GROUP)
        self.keylen = {"des": 8, "3des": 24}.get(self.cipher) or transform.get(ik.A_KEYLEN, 128) // 8
        self.life = transform.lifetimes(ik.A_LIFE_TYPE, ik.A_LIFE).get(ik.SECONDS, 28800)

    @property
    def cookies(self):
        return self.icookie + self.rcookie

    @property
    def nat(self):
        return self.nat_here or self.nat_there

    def derive(self, skeyid, shared, g_i, g_r):
        prf = self.hash.prf
        self.skeyid, self.g_i, self.g_r = skeyid, g_i, g_r
        self.d = prf(skeyid, shared, self.cookies, b"\0")
        self.a = prf(skeyid, self.d, shared, self.cookies, b"\1")
        e = prf(skeyid, self.a, shared, self.cookies, b"\2")
        if len(e) < self.keylen:                        # RFC 2409, appendix B
            e = self.longer(e)
        self.crypt = Cbc(self.cipher, e[:self.keylen])
        self.iv = self.hash.hash(g_i, g_r)[:self.crypt.block]

    def longer(self, e):
        out = last = self.hash.prf(e, b"\0")
        while len(out) < self.keylen:
            last = self.hash.prf(e, last)
            out += last
        return out

    def iv_for(self, msgid):
        return self.hash.hash(self.iv, msgid)[:self.crypt.block]

    def nat_d(self, ip, port):
        return self.hash.hash(self.cookies, ipaddress.ip_address(ip).packed, ik.u16(port))


@dataclass
class Pair:
    """Two IPsec SAs as quick mode agreed on them; esp.py makes them work."""
    sa: IkeSa
    udp: bool
    cipher: str
    keylen: int
    auth: str
    life: dict
    spi_in: bytes
    spi_out: bytes
    ids: tuple
    since: float = 0
    natoas: list = field(default_factory=list)      # what the initiator told of addresses
    keymat_in: bytes = b""
    keymat_out: bytes = b""


class Exchange:
    """One exchange: its encryption chain, what it sent last, when it says it again."""

    def __init__(self, ike, sa, kind, msgid=bytes(4)):
        self.ike, self.sa, self.kind, self.msgid = ike, sa, kind, msgid
        self.iv = self.generator = self.timer = None
        self.sent = self.received = b""
        self.done = False

    def say(self, payloads, encrypted=False):
        m = Message(self.sa.icookie, self.sa.rcookie, self.kind, self.msgid, payloads=payloads)
        if not encrypted:
            return ik.encode(m)
        m.flags = ik.ENCRYPTED
        plain = ik.encode_payloads(payloads)
        plain += bytes(-len(plain) % self.sa.crypt.block)
        secret = self.sa.crypt.encrypt(self.iv, plain)
        self.iv = secret[-self.sa.crypt.block:]
        return ik.encode(m, secret)

    def open(self, m):
        """Decrypt a received message in place."""
        if not m.flags & ik.ENCRYPTED:
            return
        if self.iv is None or not m.body or len(m.body) % self.sa.crypt.block:
            raise ik.Malformed("an encrypted message that cannot be one")
        plain = self.sa.crypt.decrypt(self.iv, m.body)
        m.payloads, m.used = ik.decode_payloads(m.first, plain)
        m.plain = plain[:m.used]
        self.iv = m.body[-self.sa.crypt.block:]

    def run(self, generator, m=None):
        self.generator = generator
        self._step(lambda: next(generator), expects=m is None)

    def feed(self, m):
        if m.raw == self.received:
            if self.sent:
                self.ike.transmit(self.sa, self.sent)
            return
        if self.done:
            return
        self.received = m.raw
        self.open(m)
        if self.timer:
            self.timer.cancel()
        self._step(lambda: self.generator.send(m), expects=True)

    def _step(self, step, expects):
        try:
            self.sent = step()
        except StopIteration as last:
            self.done, self.sent, expects = True, last.value or b"", False
        except Failed as why:
            self.done, self.sent = True, b""
            self.ike.p.ike_failed(self.sa, str(why))
            return
        if self.sent:
            self.ike.transmit(self.sa, self.sent)
        if expects and (self.sa.initiator or self.kind == ik.QUICK) and self.sent:
            self._again(list(self.ike.p.ike_retransmit))

    def _again(self, delays):
        def expired():
            if self.done or self.sa.dead:
                return
            if len(delays) == 1:
                self.done = True
                self.ike.p.ike_failed(self.sa, "no answer in exchange %d" % self.kind)
                return
            self.ike.transmit(self.sa, self.sent)
            self._again(delays[1:])
        self.timer = self.ike.p.after(delays[0], expired)


class Ike:
    """All IKE SAs of a persona."""

    def __init__(self, persona):
        self.p = persona
        self.sas = []
        self.exchanges = {}
        self.fragments = {}
        self.pieces = self.pieces_in = 0                # most fragments of a message, sent and received
        self.in_pieces = []                             # exchanges of the messages that came in fragments

    # ---- in and out ----

    def transmit(self, sa, data):
        self.p.ike_sizes.append(len(data))
        self.p.world.exchange(data)
        size = self.p.fragment_size
        if size and len(data) > size and any(v.startswith(FRAGMENTATION) for v in sa.peer_vendors):
            pieces = list(ik.fragments(data, sa.icookie, sa.rcookie, data[18], size, self.p.fragment_flags))
            self.p.note("persona sends %d fragments" % len(pieces))
            for piece in pieces:
                self.p.ike_send(sa, piece)
            self.pieces = max(self.pieces, len(pieces))
        else:
            self.p.ike_send(sa, data)

    def begin(self):
        """Phase 1, as initiator."""
        sa = IkeSa(True, self.p.rng(8))
        self.sas.append(sa)
        x = Exchange(self, sa, ik.AGGRESSIVE if self.p.aggressive else ik.MAIN)
        self.exchanges[sa.icookie] = x
        x.run((self.aggressive_initiator if self.p.aggressive else self.main_initiator)(x, sa))
        return sa

    def recv(self, data):
        m = ik.decode(data)
        if m.payloads and m.payloads[0][0] == ik.FRAGMENT:
            data = self.reassemble(m)
            if data is None:
                return
            m = ik.decode(data)
            self.in_pieces.append(m.exchange)
        sa = next((s for s in self.sas if s.icookie == m.icookie and (s.rcookie == m.rcookie or not s.up)), None)
        if m.exchange in (ik.MAIN, ik.AGGRESSIVE):
            self.recv_phase1(sa, m)
        elif sa is None or sa.dead:
            self.p.heard_unknown(m)
        elif m.exchange == ik.QUICK:
            self.recv_quick(sa, m)
        elif m.exchange == ik.INFORMATIONAL:
            self.recv_info(sa, m)

    def reassemble(self, m):
        body = m.payloads[0][1]
        _, number, last = body[:2], body[2], body[3]
        pieces = self.fragments.setdefault(m.icookie, {})
        pieces[number] = (body[4:], last)
        count = next((n for n, (_, end) in pieces.items() if end & 1), 0)
        if not count or any(n not in pieces for n in range(1, count + 1)):
            return None
        whole = b"".join(pieces[n][0] for n in range(1, count + 1))
        del self.fragments[m.icookie]
        self.pieces_in = max(self.pieces_in, count)
        return whole

    def recv_phase1(self, sa, m):
        x = self.exchanges.get(m.icookie)
        if x is not None:
            x.feed(m)
        elif m.rcookie == bytes(8) and self.p.answers_phase1 and self.p.aggressive == (m.exchange == ik.AGGRESSIVE):
            sa = IkeSa(False, m.icookie, self.p.rng(8))
            self.sas.append(sa)
            x = self.exchanges[m.icookie] = Exchange(self, sa, m.exchange)
            x.received = m.raw
            x.run((self.aggressive_responder if self.p.aggressive else self.main_responder)(x, sa, m), m)

    def recv_quick(self, sa, m):
        key = sa.cookies + m.msgid
        x = self.exchanges.get(key)
        if x is None:
            x = self.exchanges[key] = Exchange(self, sa, ik.QUICK, m.msgid)
            x.iv = sa.iv_for(m.msgid)
            x.received = m.raw
            x.open(m)
            x.run(self.quick_responder(x, sa, m), m)
        else:
            x.feed(m)

    # ---- main mode ----

    def natd_payloads(self, sa):
        return [(sa.natt.natd, h) for h in self.p.natd_hashes(sa)] if sa.natt else []

    def judge_natd(self, sa, m):
        """The first is us as the peer sees us, the others the peer as it sees itself (RFC 3947, 3.2)."""
        if sa.natt is None:
            return
        hashes = m.all(sa.natt.natd)
        if len(hashes) < 2:
            raise Choked("NAT traversal was agreed on, and %d NAT-D payloads came" % len(hashes))
        ours, theirs = self.p.ike_addresses(sa)
        sa.nat_here = hashes[0] != sa.nat_d(*ours)
        sa.nat_there = sa.nat_d(*theirs) not in hashes[1:]
        self.p.judge_nat(sa)

    def choose_natt(self, sa, vendors):
        sa.peer_vendors = vendors
        for vendor, numbers in NATT_VERSIONS.items():
            if vendor in vendors and vendor in self.p.vendor_ids:
                sa.natt = numbers
                return

    @staticmethod
    def digest(sa, by_initiator, identity):
        """HASH_I or HASH_R."""
        first, second = (sa.g_i, sa.g_r) if by_initiator else (sa.g_r, sa.g_i)
        cookies = sa.icookie + sa.rcookie if by_initiator else sa.rcookie + sa.icookie
        return sa.hash.prf(sa.skeyid, first, second, cookies, sa.sa_body, identity)

    def main_initiator(self, x, sa):
        p = self.p
        sa.sa_body = ik.encode_sa([Proposal(1, ik.ISAKMP, b"", p.phase1_transforms())])
        m = yield x.say([(ik.SA, sa.sa_body)] + [(ik.VENDOR, v) for v in p.vendor_ids])
        sa.rcookie = m.rcookie
        sa.choose(self.the_choice(ik.decode_sa(sa.sa_body), ik.decode_sa(m.one(ik.SA)))[1])
        self.choose_natt(sa, m.all(ik.VENDOR))
        p.heard_vendors(sa)
        key, nonce = dh(sa.group, p.rng), p.rng(p.nonce_size)
        m = yield x.say([(ik.KE, key.public), (ik.NONCE, nonce)] + self.natd_payloads(sa))
        self.key(sa, nonce, m.one(ik.NONCE), key.agree(m.one(ik.KE)), key.public, m.one(ik.KE))
        asked = bool(m.all(ik.CERTREQ))
        self.judge_natd(sa, m)
        sa.floated = sa.nat
        x.iv = sa.iv
        identity = p.phase1_id(sa)
        proof = p.proof.payloads(self.digest(sa, True, identity), asked)
        m = yield x.say([(ik.ID, identity)] + proof + p.proof.requests() + p.message5_extra(sa), encrypted=p.main_encrypts)
        sa.peer_id = m.one(ik.ID)
        p.proof.check(m, self.digest(sa, False, sa.peer_id), sa.peer_id)
        self.established(x, sa)

    def key(self, sa, nonce_i, nonce_r, shared, g_i, g_r):
        sa.derive(self.p.proof.skeyid(sa, nonce_i, nonce_r, shared), shared, g_i, g_r)

    def main_responder(self, x, sa, m):
        p = self.p
        sa.sa_body = m.one(ik.SA)
        offer = ik.decode_sa(sa.sa_body)
        transform = p.pick_phase1(offer[0].transforms)
        if transform is None:
            self.transmit(sa, x.say([(ik.NOTIFY, ik.notify(ik.NO_PROPOSAL))]))
            raise Failed("no phase 1 proposal fits")
        sa.choose(transform)
        self.choose_natt(sa, m.all(ik.VENDOR))
        p.heard_vendors(sa)
        answer = ik.encode_sa([Proposal(offer[0].number, ik.ISAKMP, offer[0].spi, [transform])])
        m = yield x.say([(ik.SA, answer)] + [(ik.VENDOR, v) for v in p.vendor_ids])
        key, nonce = dh(sa.group, p.rng), p.rng(p.nonce_size)
        theirs = m.one(ik.NONCE)
        self.judge_natd(sa, m)
        self.key(sa, theirs, nonce, key.agree(m.one(ik.KE)), m.one(ik.KE), key.public)
        x.iv = sa.iv
        m = yield x.say([(ik.KE, key.public), (ik.NONCE, nonce)] + [(ik.VENDOR, v) for v in p.vendor_ids_4] +
                        p.proof.requests() + self.natd_payloads(sa))
        sa.floated = sa.nat
        sa.peer_id = m.one(ik.ID)
        p.proof.check(m, self.digest(sa, True, sa.peer_id), sa.peer_id)
        identity = p.phase1_id(sa)
        proof = p.proof.payloads(self.digest(sa, False, identity), bool(m.all(ik.CERTREQ)))
        out = x.say([(ik.ID, identity)] + proof, encrypted=True)
        self.established(x, sa)
        return out

    # ---- aggressive mode ----

    def aggressive_initiator(self, x, sa):
        p = self.p
        offer = p.phase1_transforms()
        key, nonce, identity = dh(offer[0].get(ik.A_GROUP), p.rng), p.rng(p.nonce_size), p.phase1_id(sa)
        sa.sa_body = ik.encode_sa([Proposal(1, ik.ISAKMP, b"", offer)])
        m = yield x.say([(ik.SA, sa.sa_body), (ik.KE, key.public), (ik.NONCE, nonce), (ik.ID, identity)] +
                        [(ik.VENDOR, v) for v in p.vendor_ids])
        sa.rcookie = m.rcookie
        sa.choose(self.the_choice(ik.decode_sa(sa.sa_body), ik.decode_sa(m.one(ik.SA)))[1])
        self.choose_natt(sa, m.all(ik.VENDOR))
        p.heard_vendors(sa)
        self.key(sa, nonce, m.one(ik.NONCE), key.agree(m.one(ik.KE)), key.public, m.one(ik.KE))
        sa.peer_id = m.one(ik.ID)
        p.proof.check(m, self.digest(sa, False, sa.peer_id), sa.peer_id)
        self.judge_natd(sa, m)
        sa.floated = sa.nat
        x.iv = sa.iv
        proof = p.proof.payloads(self.digest(sa, True, identity), bool(m.all(ik.CERTREQ)))
        out = x.say(proof + self.natd_payloads(sa), encrypted=p.aggressive_encrypts)
        self.established(x, sa)
        return out

    def aggressive_responder(self, x, sa, m):
        p = self.p
        sa.sa_body = m.one(ik.SA)
        offer = ik.decode_sa(sa.sa_body)
        transform = p.pick_phase1(offer[0].transforms)
        if transform is None:
            self.transmit(sa, x.say([(ik.NOTIFY, ik.notify(ik.NO_PROPOSAL))]))
            raise Failed("no phase 1 proposal fits")
        sa.choose(transform)
        self.choose_natt(sa, m.all(ik.VENDOR))
        p.heard_vendors(sa)
        sa.peer_id = m.one(ik.ID)
        key, nonce, identity = dh(sa.group, p.rng), p.rng(p.nonce_size), p.phase1_id(sa)
        self.key(sa, m.one(ik.NONCE), nonce, key.agree(m.one(ik.KE)), m.one(ik.KE), key.public)
        answer = ik.encode_sa([Proposal(offer[0].number, ik.ISAKMP, offer[0].spi, [transform])])
        x.iv = sa.iv
        m = yield x.say([(ik.SA, answer), (ik.KE, key.public), (ik.NONCE, nonce), (ik.ID, identity)] +
                        [(ik.VENDOR, v) for v in p.vendor_ids] + p.proof.requests() + self.natd_payloads(sa) +
                        p.proof.payloads(self.digest(sa, False, identity), True))
        p.proof.check(m, self.digest(sa, True, sa.peer_id), sa.peer_id)
        self.judge_natd(sa, m)
        sa.floated = sa.nat
        self.established(x, sa)

    def established(self, x, sa):
        sa.iv, sa.up, sa.since = x.iv, True, self.p.now
        self.p.soon(lambda: self.p.phase1_up(sa))

    @staticmethod
    def the_choice(offer, answer):
        """The proposal and transform which the answer picked from the offer, unchanged."""
        if len(answer) != 1 or len(answer[0].transforms) != 1:
            raise Choked("the answer is not one proposal with one transform")
        got = answer[0].transforms[0]
        for p in offer:
            for t in p.transforms:
                same = p.number == answer[0].number and p.protocol == answer[0].protocol
                if same and t.id == got.id and sorted(map(repr, t.attributes)) == sorted(map(repr, got.attributes)):
                    return p, t
        raise Choked("the answer is none of the offered proposals: %r" % answer)

    # ---- quick mode ----

    def quick(self, sa):
        """Quick mode, as initiator."""
        msgid = self.p.message_id(sa)
        x = self.exchanges[sa.cookies + msgid] = Exchange(self, sa, ik.QUICK, msgid)
        x.iv = sa.iv_for(msgid)
        x.run(self.quick_initiator(x, sa))

    @staticmethod
    def check_hash(sa, m, nonce=b""):
        """The hash comes first and covers everything behind it."""
        if not m.payloads or m.payloads[0][0] != ik.HASH:
            raise Choked("no hash at the head of exchange %d" % m.exchange)
        got = m.payloads[0][1]
        rest = m.plain[4 + len(got):]
        if not hmac.compare_digest(got, sa.hash.prf(sa.a, m.msgid, nonce, rest)):
            raise Choked("the hash of exchange %d is wrong" % m.exchange)

    def make_pair(self, sa, proposal, transform, spis, nonces, ids, shared=b""):
        mode = transform.get(ik.P_MODE)
        names = {v: k for k, v in ik.ESP_CIPHERS.items()}
        auths = {v: k for k, v in ik.ESP_AUTHS.items()}
        cipher = names[transform.id]
        keylen = {"des": 8, "3des": 24, "null": 0}.get(cipher) or transform.get(ik.P_KEYLEN, 128) // 8
        auth = "" if cipher == "gcm" else auths[transform.get(ik.P_AUTH)]
        pair = Pair(sa, mode != ik.TRANSPORT_MODE, cipher, keylen, auth, transform.lifetimes(ik.P_LIFE_TYPE, ik.P_LIFE),
                    spis[0], spis[1], ids, self.p.now)
        size = keylen + (4 if cipher == "gcm" else Hash(auth).size)
        for spi, name in ((pair.spi_in, "keymat_in"), (pair.spi_out, "keymat_out")):
            seed = shared + bytes([proposal.protocol]) + spi + nonces
            setattr(pair, name, sa.hash.prf_plus(sa.d, seed, size))
        return pair

    def quick_initiator(self, x, sa):
        p = self.p
        spi, nonce = p.new_spi(), p.rng(p.nonce_size)
        offer = p.phase2_proposals(sa, spi)
        ids = p.quick_ids(sa)
        key = dh(p.phase2_pfs, p.rng) if p.phase2_pfs else None
        body = [(ik.SA, ik.encode_sa(offer)), (ik.NONCE, nonce)] + ([(ik.KE, key.public)] if key else [])
        body += [(ik.ID, ids[0]), (ik.ID, ids[1])]
        body += [(sa.natt.natoa, ik.nat_oa(a)) for a in p.nat_oas(sa)] if sa.nat else []
        m = yield x.say([(ik.HASH, sa.hash.prf(sa.a, x.msgid, ik.encode_payloads(body)))] + body, encrypted=True)
        self.check_hash(sa, m, nonce)
        proposal, transform = self.the_choice(offer, ik.decode_sa(m.one(ik.SA)))
        theirs = ik.decode_sa(m.one(ik.SA))[0].spi
        if m.all(ik.ID) != list(ids):
            p.judge_ids(ids, m.all(ik.ID))
        shared = key.agree(m.one(ik.KE)) if key else b""
        pair = self.make_pair(sa, proposal, transform, (spi, theirs), nonce + m.one(ik.NONCE), ids, shared)
        p.judge_pair(pair, m)
        p.pair_proven(pair)
        third = sa.hash.prf(sa.a, b"\0", x.msgid, nonce, m.one(ik.NONCE))
        out = x.say([(ik.HASH, third)], encrypted=True)
        p.soon(lambda: p.phase2_up(pair, True))
        return out

    def quick_responder(self, x, sa, m):
        p = self.p
        self.check_hash(sa, m)
        offer = ik.decode_sa(m.one(ik.SA))
        picked = p.pick_phase2(sa, offer)
        if picked is None:
            self.inform(sa, [(ik.NOTIFY, ik.notify(ik.NO_PROPOSAL, ik.ESP))])
            raise Failed("no phase 2 proposal fits")
        proposal, transform = picked
        spi, nonce, theirs = p.new_spi(), p.rng(p.nonce_size), m.one(ik.NONCE)
        ids = tuple(m.all(ik.ID))
        body = [(ik.SA, ik.encode_sa([Proposal(proposal.number, proposal.protocol, spi, [transform])])), (ik.NONCE, nonce)]
        key = dh(transform.get(ik.P_GROUP), p.rng) if m.all(ik.KE) else None
        body += ([(ik.KE, key.public)] if key else []) + [(ik.ID, i) for i in ids]
        if sa.nat and m.all(sa.natt.natoa):
            body += [(sa.natt.natoa, ik.nat_oa(a)) for a in p.nat_oas(sa)]
        shared = key.agree(m.one(ik.KE)) if key else b""
        pair = self.make_pair(sa, proposal, transform, (spi, proposal.spi), theirs + nonce, ids, shared)
        pair.natoas = [str(ipaddress.ip_address(a[4:])) for a in m.all(sa.natt.natoa)] if sa.natt else []
        body += p.quick_notifies(pair)
        second = sa.hash.prf(sa.a, x.msgid, theirs, ik.encode_payloads(body))
        m = yield x.say([(ik.HASH, second)] + body, encrypted=True)
        if m.one(ik.HASH) != sa.hash.prf(sa.a, b"\0", x.msgid, theirs, nonce):
            raise Choked("HASH(3) of quick mode is wrong")
        p.pair_proven(pair)
        p.soon(lambda: p.phase2_up(pair, False))
        return p.quick_fourth(x, sa)

    # ---- informational ----

    def inform(self, sa, payloads):
        x = Exchange(self, sa, ik.INFORMATIONAL, self.p.rng(4))
        x.iv = sa.iv_for(x.msgid)
        hashed = sa.hash.prf(sa.a, x.msgid, ik.encode_payloads(payloads))
        self.transmit(sa, x.say([(ik.HASH, hashed)] + payloads, encrypted=True))

    def recv_info(self, sa, m):
        if not m.flags & ik.ENCRYPTED:
            for body in m.all(ik.NOTIFY):
                self.p.heard_notify(sa, ik.decode_notify(body), False)
            return
        x = Exchange(self, sa, ik.INFORMATIONAL, m.msgid)
        x.iv = sa.iv_for(m.msgid)
        x.open(m)
        self.check_hash(sa, m)
        for body in m.all(ik.NOTIFY):
            self.p.heard_notify(sa, ik.decode_notify(body), True)
        for body in m.all(ik.DELETE):
            protocol, spis = ik.decode_delete(body)
            if protocol == ik.ESP:
                self.p.pairs_deleted(spis)
            elif protocol == ik.ISAKMP:
                for gone in [s for s in self.sas if s.cookies in spis]:
                    gone.dead = True
                    self.p.sa_deleted(gone)

    def delete_sa(self, sa):
        self.inform(sa, [(ik.DELETE, ik.delete(ik.ISAKMP, [sa.cookies]))])
        sa.dead = True

    def delete_pair(self, sa, pair):
        self.inform(sa, [(ik.DELETE, ik.delete(ik.ESP, [pair.spi_in]))])
