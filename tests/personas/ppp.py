# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""PPP for a persona, both ends: LCP, PAP, CHAP, MS-CHAPv2, EAP of servers, and the control protocols of the
network layer (RFC 1661, RFC 1334, RFC 1994, RFC 2759, RFC 3748, RFC 1332, RFC 5072, RFC 1962)."""
import hashlib
import hmac
import ipaddress
import struct

from mppe import Direction, rc4
from primitives import des_block, md4
from world import Choked

IP, IPV6, MPPE, IPCP, IPV6CP, CCP, LCP, PAP, CHAP, EAP = \
    0x21, 0x57, 0xFD, 0x8021, 0x8057, 0x80FD, 0xC021, 0xC023, 0xC223, 0xC227
REQUEST, ACK, NAK, REJECT, TERM_REQUEST, TERM_ACK, CODE_REJECT, PROTOCOL_REJECT, ECHO, ECHO_REPLY, DISCARD, IDENT = range(1, 13)
# LCP options
MRU, ACCM, AUTH, MAGIC, PFC, ACFC, CALLBACK, MRRU, ENDPOINT = 1, 2, 3, 5, 7, 8, 13, 17, 19
# IPCP options
VJ, ADDRESS, DNS1, WINS1, DNS2, WINS2 = 2, 3, 129, 130, 131, 132
AUTH_PAP, AUTH_MD5, AUTH_MSCHAPV2, AUTH_EAP = b"\xc0\x23", b"\xc2\x23\x05", b"\xc2\x23\x81", b"\xc2\x27"
# EAP types
IDENTITY, EAP_NAK, EAP_TLS, EAP_MSCHAPV2 = 1, 3, 13, 26
NAMES = {EAP: "EAP", IP: "IP", IPCP: "IPCP", IPV6CP: "IPV6CP", CCP: "CCP", LCP: "LCP", PAP: "PAP", CHAP: "CHAP"}
CHAP_CODES = {1: "Challenge", 2: "Response", 3: "Success", 4: "Failure"}
EAP_CODES = {1: "Request", 2: "Response", 3: "Success", 4: "Failure"}
CODES = {1: "Configure-Request", 2: "Configure-Ack", 3: "Configure-Nak", 4: "Configure-Reject", 5: "Terminate-Request",
         6: "Terminate-Ack", 7: "Code-Reject", 8: "Protocol-Reject", 9: "Echo-Request", 10: "Echo-Reply", 12: "Identification"}


def words(protocol, code):
    codes = {CHAP: CHAP_CODES, EAP: EAP_CODES}.get(protocol, CODES)
    return "%s %s" % (NAMES.get(protocol, hex(protocol)), codes.get(code, code))


def encode_options(options):
    return b"".join(bytes([kind, 2 + len(value)]) + value for kind, value in options)


def decode_options(data):
    out, at = [], 0
    while at < len(data):
        if at + 2 > len(data) or data[at + 1] < 2 or at + data[at + 1] > len(data):
            raise Choked("PPP options that do not fit their length")
        out.append((data[at], data[at + 2:at + data[at + 1]]))
        at += data[at + 1]
    return out


class Protocol:
    """One automaton of RFC 1661, as far as a persona walks it: our request, the peer's request.

    `request` are our options in order. `judge(kind, value)` answers for one of the peer's: True to
    acknowledge, bytes to suggest instead, None to reject."""

    def __init__(self, ppp, number, request, judge):
        self.ppp, self.p, self.number = ppp, ppp.p, number
        self.request, self.judge = list(request), judge
        self.acked = self.acking = self.dead = False
        self.id, self.timer, self.peer = None, None, {}

    @property
    def opened(self):
        return self.acked and self.acking and not self.dead

    def begin(self, tries=0):
        if self.acked or self.dead:
            return
        if tries == 0:
            self.id = self.ppp.new_id(self.number)
        self.ppp.control(self.number, REQUEST, self.id, encode_options(self.request))
        if self.timer:
            self.timer.cancel()
        if tries < self.p.ppp_tries:
            self.timer = self.p.after(self.p.ppp_retransmit, lambda: self.begin(tries + 1))

    def recv(self, code, number, body):
        before = self.opened
        if code == REQUEST:
            self.requested(number, decode_options(body))
        elif code in (ACK, NAK, REJECT) and number == self.id:
            if code == ACK:
                self.acked = True
            else:
                self.corrected(code, decode_options(body))
        elif code == TERM_REQUEST:
            self.ppp.control(self.number, TERM_ACK, number, b"")
            self.dead = True
            self.ppp.closed(self)
        elif code == TERM_ACK:
            self.ppp.term_acked(self)
        elif not self.ppp.other(self, code, number, body):
            self.p.note("persona ignores %s code %d" % (NAMES.get(self.number), code))
        if self.opened and not before:
            if self.timer:
                self.timer.cancel()
            self.ppp.opened(self)

    def requested(self, number, options):
        rejected, naked = [], []
        for kind, value in options:
            verdict = self.judge(kind, value)
            if verdict is None:
                rejected.append((kind, value))
            elif verdict is not True:
                naked.append((kind, verdict))
        code, answer = (REJECT, rejected) if rejected else (NAK, naked) if naked else (ACK, options)
        self.acking = code == ACK
        if code == ACK:
            self.peer = dict(options)
        self.ppp.control(self.number, code, number, encode_options(answer))

    def corrected(self, code, options):
        for kind, value in options:
            mine = [k for k, _ in self.request]
            if code == REJECT or kind not in mine:
                self.p.judge_correction(self, code, kind)
                self.request = [o for o in self.request if o[0] != kind]
            else:
                self.request = [(k, value if k == kind else v) for k, v in self.request]
        self.begin()


class Ppp:
    """The PPP end of a persona, which has the tables and is told `ppp_up()`, `ppp_down()`, `ip(packet)`."""

    def __init__(self, persona, server=False):
        self.p, self.server = persona, server
        self.ids = {}
        self.magic = persona.rng(4)
        self.lcp = Protocol(self, LCP, persona.lcp_request(self), persona.judge_lcp)
        self.protocols = {LCP: self.lcp}
        for number in persona.network_protocols:
            self.protocols[number] = Protocol(self, number, persona.network_request(number), persona.judge_network(number))
        self.authenticated = self.up = self.rejected = self.judged = False
        self.challenge = self.response = None
        self.echo_open = 0
        self.eap_id = self.eap_type = 0
        self.eap_good = False
        self.mppe = None

    def new_id(self, number):
        """Microsoft counts over all protocols, from 0; others for each, from 1."""
        key = 0 if self.p.shared_ids else number
        self.ids[key] = self.ids.get(key, self.p.first_id - 1) + 1
        return self.ids[key] & 0xFF

    def control(self, protocol, code, number, body):
        self.p.note("persona sends %s id %d %s" % (words(protocol, code), number, body[:40].hex()))
        self.frame(protocol, struct.pack(">BBH", code, number, 4 + len(body)) + body)

    def frame(self, protocol, body):
        """LCP goes in full; the rest as short as the peer said it takes."""
        peer = self.lcp.peer if protocol != LCP and self.p.compresses else {}
        head = b"" if ACFC in peer else b"\xff\x03"
        head += bytes([protocol]) if protocol < 0x100 and PFC in peer else struct.pack(">H", protocol)
        self.p.l2tp.send(head + body)

    def network_frame(self, protocol, body):
        """A packet of the network layer, inside MPPE where that was agreed on."""
        if self.mppe:
            protocol, body = MPPE, self.mppe[0].seal(struct.pack(">H", protocol) + body)
        self.frame(protocol, body)

    def recv(self, frame, clear=True):
        if frame[:2] == b"\xff\x03":
            frame = frame[2:]
        if frame[0] & 1:
            protocol, body = frame[0], frame[1:]
        else:
            protocol, body = struct.unpack_from(">H", frame)[0], frame[2:]
        if protocol == MPPE and self.mppe:
            self.recv(self.mppe[1].open(body), False)
            return
        if protocol in (IP, IPV6, MPPE) and len(body) > self.mru():
            raise Choked("%d bytes in a frame, the MRU is %d" % (len(body), self.mru()))
        if self.mppe and clear and protocol in (IP, IPV6):
            raise Choked("a packet in clear though MPPE was agreed on")
        if protocol == IPV6:
            self.p.inbox6.append(body)
            return
        if protocol == IP:
            if self.p.judge_data(protocol):
                self.p.ip(body)
            return
        code, number, size = struct.unpack_from(">BBH", body)
        body = body[4:size]
        self.p.note("persona hears %s id %d %s" % (words(protocol, code), number, body[:40].hex()))
        if protocol == PAP:
            self.recv_pap(code, number, body)
        elif protocol == CHAP:
            self.recv_chap(code, number, body)
        elif protocol == EAP and self.server:
            self.recv_eap(code, number, body)
        elif protocol in self.protocols:
            if protocol == LCP or self.authenticated:       # RFC 1661, 3.5
                self.protocols[protocol].recv(code, number, body)
        else:
            self.control(LCP, PROTOCOL_REJECT, self.new_id(LCP), struct.pack(">H", protocol) + body)

    # ---- LCP ----

    def mru(self):
        """What we take: as agreed on, or what RFC 1661, 6.1, says."""
        return int.from_bytes(dict(self.lcp.request).get(MRU, b"\5\xdc"), "big")

    def other(self, protocol, code, number, body):
        if code == CODE_REJECT:
            self.p.judge_code_reject(body)
            return True
        if protocol is not self.lcp:
            return False
        if code == ECHO:
            if self.p.answers_echo:
                self.control(LCP, ECHO_REPLY, number, self.magic + body[4:])
        elif code == ECHO_REPLY:
            self.echo_open = 0
            if body[:4] == self.magic:
                raise Choked("Echo-Reply with our own magic number")
        elif code == PROTOCOL_REJECT:
            rejected = self.protocols.get(struct.unpack_from(">H", body)[0])
            if rejected is None or rejected is self.lcp:
                raise Choked("Protocol-Reject of %s" % body[:2].hex())
            rejected.dead = True
            if rejected.timer:
                rejected.timer.cancel()
        return True

    def echo(self):
        self.echo_open += 1
        self.control(LCP, ECHO, self.new_id(LCP), self.magic)

    def opened(self, protocol):
        self.p.note("persona %s is open" % NAMES.get(protocol.number))
        if protocol is self.lcp:
            self.p.lcp_up(self)
            if self.server:
                self.challenge_peer()
            elif AUTH not in self.lcp.peer:
                self.network()
            elif self.lcp.peer[AUTH] == AUTH_PAP:
                self.send_pap()
        elif protocol.number == CCP and self.p.mppe:
            self.mppe = [Direction(self.p.password, self.response[3], by != self.server) for by in (True, False)]
        elif protocol.number == IPCP:
            self.up = True
            self.p.ppp_up()

    def closed(self, protocol):
        if protocol is self.lcp:
            self.up = False
            self.p.ppp_down()

    def term_acked(self, protocol):
        if protocol is self.lcp:
            self.p.terminated = True

    def terminate(self, data=b""):
        self.lcp.acked = self.p.up = False
        self.control(LCP, TERM_REQUEST, self.new_id(LCP), data)

    def network(self):
        self.authenticated = True
        for number in self.p.network_protocols:
            self.protocols[number].begin()

    # ---- authentication ----

    def send_pap(self):
        user, password = self.p.user.encode(), self.p.password.encode()
        self.control(PAP, 1, 1, bytes([len(user)]) + user + bytes([len(password)]) + password)

    def recv_pap(self, code, number, body):
        if self.server and code == 1:
            user, rest = body[1:1 + body[0]], body[1 + body[0]:]
            good = user == self.p.user.encode() and rest[1:1 + rest[0]] == self.p.password.encode()
            self.control(PAP, 2 if good else 3, number, b"\0")
            self.verdict(good)
        elif not self.server:
            self.verdict(code == 2, body)

    def challenge_peer(self):
        method = dict(self.lcp.request).get(AUTH)
        if method in (None, AUTH_PAP):
            if method is None:
                self.network()
            return
        self.challenge = self.p.rng(16)
        if method == AUTH_EAP:
            self.eap_request(bytes([IDENTITY]))
            return
        self.say_challenge(bytes([16]) + self.challenge + self.p.chap_name.encode(), self.p.ppp_tries)

    def say_challenge(self, body, tries):
        """Until it is answered."""
        if tries and not self.judged:
            self.control(CHAP, 1, 1, body)
            self.p.after(self.p.ppp_retransmit, lambda: self.say_challenge(body, tries - 1))

    def eap_request(self, words):
        self.eap_id = self.new_id(EAP)
        self.eap_type = words[0]
        self.control(EAP, 1, self.eap_id, words)

    def eap_mschapv2(self, op, words):
        self.eap_request(struct.pack(">BBBH", EAP_MSCHAPV2, op, self.eap_id, 4 + len(words)) + words)

    def eap_method(self, kinds):
        """The first of ours that is among these."""
        kind = next((k for k in self.p.eap_methods if k in kinds), None)
        if kind == EAP_MSCHAPV2:
            self.eap_mschapv2(1, bytes([16]) + self.challenge + self.p.chap_name.encode())
        elif kind == EAP_TLS:
            self.eap_request(bytes([EAP_TLS, 0x20]))    # start
        else:
            self.eap_end(False)

    def recv_eap(self, code, number, body):
        """As authenticator: Identity, a method, its end (RFC 3748, 5; draft-kamath-pppext-eap-mschapv2)."""
        if code != 2 or number != self.eap_id:
            raise Choked("EAP code %d id %d in answer to Request %d" % (code, number, self.eap_id))
        kind, words = body[0], body[1:]
        if kind == IDENTITY and self.eap_type == IDENTITY:
            if words != self.p.user.encode():
                raise Choked("EAP identity %r" % words)
            self.eap_method(self.p.eap_methods)
        elif kind == EAP_NAK and self.eap_type not in (IDENTITY, EAP_MSCHAPV2):
            self.eap_method(words)
        elif kind == EAP_MSCHAPV2 and self.eap_type == kind and words[0] == 2:
            size, length = words[4], struct.unpack_from(">H", words, 2)[0]
            if size != 49 or length != len(words):
                raise Choked("an EAP-MSCHAPv2 response of %d bytes that says %d" % (len(words), length))
            good, proof = self.mschapv2_good(words[5:54], words[54:])
            self.eap_good = good
            self.eap_mschapv2(3 if good else 4, proof if good else b"E=691 R=0 C=" + b"0" * 32 + b" V=3 M=no")
        elif kind == EAP_MSCHAPV2 and words[0] == (3 if self.eap_good else 4):
            self.eap_end(self.eap_good)
        else:
            raise Choked("EAP type %d where %d was asked for" % (kind, self.eap_type))

    def eap_end(self, good):
        self.control(EAP, 3 if good else 4, self.eap_id, b"")
        self.verdict(good)

    def recv_chap(self, code, number, body):
        if code == 1 and not self.server:
            self.answer_challenge(number, body[1:1 + body[0]])
        elif code == 2 and self.server:
            self.check_response(number, body[1:1 + body[0]], body[1 + body[0]:])
        elif code == 3 and not self.server:
            if self.lcp.peer.get(AUTH) == AUTH_MSCHAPV2:
                wanted = b"S=" + mschapv2_proof(self.p.password, *self.response).hex().upper().encode()
                if not body.startswith(wanted):
                    raise Choked("the server's MS-CHAPv2 proof is wrong: %r" % body)
                self.p.judge_success(body[len(wanted):])
            self.verdict(True)
        elif code == 4 and not self.server:
            self.failed(number, body)

    def failed(self, number, body):
        """RFC 2759, 6, 7 and 9.1: another password while R is 1, a new one for one that has expired."""
        if self.lcp.peer.get(AUTH) != AUTH_MSCHAPV2:
            self.verdict(False, body)
            return
        fields = dict(f.split(b"=", 1) for f in body.split(b" M=")[0].split(b" "))
        challenge = bytes.fromhex(fields[b"C"].decode())
        number = number + 1 & 0xFF
        if fields[b"E"] == b"648" and self.p.new_password:
            old, self.p.password = self.p.password, self.p.new_password
            self.change_password(number, challenge, old)
        elif fields[b"R"] == b"1" and self.p.other_passwords:
            self.p.password = self.p.other_passwords.pop(0)
            self.answer_challenge(number, challenge)
        else:
            self.verdict(False, body)

    def change_password(self, number, challenge, old):
        new, user, mine = self.p.password.encode("utf-16-le"), self.p.user.encode(), self.p.rng(16)
        hashes = md4(old.encode("utf-16-le")), md4(new)
        block = rc4(hashes[0], self.p.rng(512 - len(new)) + new + struct.pack("<I", len(new)))
        covered = des_block(hashes[1][:7], hashes[0][:8]) + des_block(hashes[1][7:14], hashes[0][8:])
        self.response = (challenge, mine, user, mschapv2(self.p.password, challenge, mine, user))
        self.control(CHAP, 7, number, block + covered + mine + bytes(8) + self.response[3] + bytes(2))

    def answer_challenge(self, number, challenge):
        user = self.p.user.encode()
        if self.lcp.peer.get(AUTH) == AUTH_MD5:
            value = hashlib.md5(bytes([number]) + self.p.password.encode() + challenge).digest()
        else:
            mine = self.response[1] if self.response and self.response[0] == challenge else self.p.rng(16)
            self.response = (challenge, mine, user, mschapv2(self.p.password, challenge, mine, user))
            value = mine + bytes(8) + self.response[3] + bytes([self.p.chap_flags])
        self.control(CHAP, 2, number, bytes([len(value)]) + value + user)

    def check_response(self, number, value, name):
        if dict(self.lcp.request)[AUTH] == AUTH_MD5:
            good = value == hashlib.md5(bytes([number]) + self.p.password.encode() + self.challenge).digest()
            message = b"Welcome"
        else:
            good, message = self.mschapv2_good(value, name)
        good = good and name == self.p.user.encode()
        self.judged = True
        self.control(CHAP, 3 if good else 4, number, message if good else b"E=691 R=0 C=" + b"0" * 32 + b" V=3 M=no")
        self.verdict(good)

    def mschapv2_good(self, value, name):
        """(whether the response is right, what proves us)"""
        wanted = mschapv2(self.p.password, self.challenge, value[:16], name)
        self.response = (self.challenge, value[:16], name, wanted)
        proof = mschapv2_proof(self.p.password, self.challenge, value[:16], name, wanted)
        return hmac.compare_digest(wanted, value[24:48]) and name == self.p.user.encode(), \
            b"S=" + proof.hex().upper().encode() + self.p.success_message

    def verdict(self, good, body=b""):
        if not good:
            self.p.auth_failed(body)
        elif not self.authenticated:
            self.network()


def _challenge_hash(challenge, mine, user):
    return hashlib.sha1(mine + challenge + user.split(b"\\")[-1]).digest()[:8]


def mschapv2(password, challenge, mine, user):
    """The NT-Response of RFC 2759, 8.1."""
    key = md4(password.encode("utf-16-le")) + bytes(5)
    block = _challenge_hash(challenge, mine, user)
    return b"".join(des_block(key[i:i + 7], block) for i in (0, 7, 14))


def mschapv2_proof(password, challenge, mine, user, response):
    """The authenticator response of RFC 2759, 8.7, as bytes."""
    twice = md4(md4(password.encode("utf-16-le")))
    digest = hashlib.sha1(twice + response + b"Magic server to client signing constant").digest()
    return hashlib.sha1(digest + _challenge_hash(challenge, mine, user) + b"Pad to make it do more than one iteration").digest()


def ipv4(text):
    return ipaddress.ip_address(text).packed
