# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The personas' own stack against itself: what our end did not help to make right."""
from cryptography.hazmat.primitives.asymmetric import ec

import l2tp as L
from ikev1 import DRAFT_02N, FRAGMENTATION, RFC3947
from l2tp import Avp
from persona import Client, phase1
from server import Server
from world import Wrong


class Itself(Client):
    name = "itself"
    common = False
    vendor_ids = [RFC3947, FRAGMENTATION]
    phase1_offer = [phase1("aes", 256, "sha256", 14)]
    phase2_offer = [("aes", 128, "sha1")]
    sccrq = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"itself"),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel))]
    icrq = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session)), Avp(L.SERIAL, L.u32(1))]
    iccn = [Avp(L.TX_SPEED, L.u32(1000000)), Avp(L.FRAMING_TYPE, L.u32(1))]


class Other(Server):
    name = "the other"
    vendor_ids, phase1_offer, phase2_offer = Itself.vendor_ids, Itself.phase1_offer, Itself.phase2_offer
    sccrp = [Avp(L.VERSION, b"\1\0"), Avp(L.FRAMING, L.u32(3)), Avp(L.HOST, b"other"),
             Avp(L.TUNNEL_ID, lambda p: L.u16(p.l2tp.tunnel))]
    icrp = [Avp(L.SESSION_ID, lambda p: L.u16(p.l2tp.session))]


def against_itself(**facts):
    """A case: both with these facts, with and without NAT, pings, a rekey by either side, the end."""
    def case(scene, kind):
        for nat in (None, scene.nat()):
            server = type("S", (Other,), facts)(scene.world, "")
            client = type("C", (kind,), facts)(scene.world, server.address, nat)
            client.connect()
            for side in (client, server):
                client.ping(1), server.ping(2, 1300)
                scene.world.run(1)
                side.rekey()
                scene.world.run(10)
            client.ping(3), server.ping(4, 1300)
            scene.world.run(1)
            if client.pings != [1, 1, 3] or server.pings != [2, 2, 4] or client.rekeys != 2 or server.rekeys != 2:
                raise Wrong("pings %s and %s, %d and %d rekeys" % (client.pings, server.pings, client.rekeys, server.rekeys))
            if bool(nat) != client.sas.pairs[-1].udp:
                raise Wrong("NAT was not seen for what it is")
            client.hang_up()
            scene.world.run(10)
            if server.sas.pairs or not server.sa.dead:
                raise Wrong("the server was left with something")
    return case


Itself.own_cases = [
    ("pre-shared key", against_itself()),
    ("NAT traversal by a draft", against_itself(vendor_ids=[DRAFT_02N])),
    ("aggressive mode", against_itself(aggressive=True)),
    ("aggressive mode, its third message encrypted", against_itself(aggressive=True, aggressive_encrypts=True)),
    ("RSA certificates, messages in fragments", against_itself(papers_name="rsa.example", fragment_size=200)),
    ("ECDSA certificates", against_itself(papers_name="p256.example", papers_curve=ec.SECP256R1)),
    ("AES-GCM", against_itself(phase2_offer=[("gcm", 256, "")])),
    ("3DES and MD5, MODP-1024", against_itself(phase1_offer=[phase1("3des", 0, "md5", 2)], phase2_offer=[("3des", 0, "md5")])),
    ("a key longer than its hash, X25519, DES", against_itself(
        phase1_offer=[phase1("aes", 256, "md5", 31)], phase2_offer=[("des", 0, "sha1")])),
    ("SHA-256 cut to 96 bits", against_itself(phase2_offer=[("aes", 256, "sha256")], icv={"sha256": 12})),
    ("ECP and SHA-2", against_itself(phase1_offer=[phase1("aes", 256, "sha384", 20)], phase2_offer=[("aes", 256, "sha512")])),
]
PERSONAS = [Itself]
