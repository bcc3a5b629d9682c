# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What every persona goes through: those of clients against our server, those of servers against our client."""
import ipaddress

import isakmp as ik
import l2tp as L
from endpoint import DOWN, REKEYED, UP, icmp6
from l2tp import Avp
from ppp import IPV6, IPV6CP
from proof import papers
from scene import ClientScene, ServerScene
from server import Server
from world import Choked, Wrong

HOUR = 3600


def connects(scene, kind):
    p = scene.persona(kind)
    p.connect()
    scene.pings(p, (56, 1300))
    if any(pair.udp for pair in p.sas.pairs):
        raise Wrong("ESP in UDP without NAT")


def connects_behind_nat(scene, kind):
    p = scene.persona(kind, scene.nat())
    p.connect()
    scene.pings(p, (56, 1300))
    if not all(pair.udp for pair in p.sas.pairs):
        raise Wrong("no ESP in UDP behind NAT")


def two_behind_one_nat(scene, kind):
    nat = scene.nat()
    first, second = scene.persona(kind, nat), scene.persona(kind, nat, user="bob")
    second.inner_port = first.inner_port
    first.connect()
    scene.pings(first)
    second.connect()
    if first.inside == second.inside:
        raise Wrong("both have %s inside" % first.inside)
    for _ in range(5):
        scene.pings(first, (56, 1300))
        scene.pings(second, (56, 1300))
        scene.world.run(1)


def rekeys(scene, kind, times=1):
    """A ping each second until it has renewed the pair, and a minute more."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    life = min(p.sas.pairs[-1].life.get(1, HOUR), HOUR)
    end = scene.world.now + (times + 0.2) * life
    while p.rekeys < times and scene.world.now < end:
        scene.pings(p)
        scene.world.run(1)
    scene.traffic([p], 60, 1)
    if p.rekeys < times:
        raise Wrong("%d rekeys in %d lifetimes" % (p.rekeys, times))


def rekeys_often(scene, kind):
    rekeys(scene, kind, 3)


def closes(scene, kind):
    p = scene.persona(kind, scene.nat())
    p.connect()
    link = scene.link_of(p)[0]
    scene.pings(p)
    p.hang_up()
    scene.ended(link, "closed-by-peer")


def day(scene, p, kind, rekeys):
    """Pings each 10 s for so long as it stays. Where it counts kilobytes each second hour is a loud one, of 1300 bytes
    a ping, which uses them up twice: pairs end now by the one limit, now by the other."""
    start, life = scene.world.now, p.sas.pairs[-1].life.get(1, 8 * HOUR)
    for hour in range(int(kind.hours)):
        before = rekeys()
        loud = counts_kilobytes(kind) and hour % 2
        scene.traffic([p], HOUR, 10, (1300,) if loud else (56,))
        if loud and rekeys() - before < 2:
            raise Wrong("%d rekeys in an hour that used the kilobytes up twice" % (rekeys() - before))
    scene.traffic([p], start + kind.hours * HOUR - scene.world.now, 10)
    scene.no_downs(p)
    if rekeys() < kind.hours * HOUR // life - 1:
        raise Wrong("%d rekeys in %g hours, a pair living %d s" % (rekeys(), kind.hours, life))


def a_day(scene, kind):
    p = scene.persona(scaled(kind), scene.nat())
    p.connect()
    day(scene, p, kind, lambda: p.rekeys)


def counts_kilobytes(kind):
    return bool(kind.phase2_kilobytes and kind.rekey_kilobytes)


def use_up(scene, p, rekeys):
    """The kilobytes of a pair, twice: 250 MB where they are 250000, in bursts."""
    limit = ik.number(p.phase2_kilobytes) * 1024
    sent = 0
    while sent < 2.2 * limit:
        scene.pings(p, (1300,))
        sent += 2 * 1300                    # requests and answers
        scene.world.run(0.001)
    if rekeys() < 2:
        raise Wrong("%d rekeys in %d bytes of traffic each way, the limit being %d" % (rekeys(), sent, limit))


def kilobytes(scene, kind):
    p = scene.persona(kind, scene.nat())
    p.connect()
    use_up(scene, p, lambda: p.rekeys)


def scaled(kind):
    """The same product, with 500 kilobytes if it counts them."""
    if not counts_kilobytes(kind):
        return kind
    return type(kind.__name__ + "Scaled", (kind,), {"phase2_kilobytes": ik.u32(500)})


def short_kilobytes(scene, kind):
    kilobytes(scene, scaled(kind))


HANG_UP = ["the peer terminates LCP", "the peer sends CDN", "the peer sends StopCCN", "the peer deletes pair",
           "the peer deletes phase 1"]


def hung_up_in_order(p):
    """PPP, the call, the tunnel, the Deletes: what of it is said is said in this order, the last three always."""
    said = [text for _, text in p.events]
    at = [next((i for i, text in enumerate(said) if text.startswith(step)), None) for step in HANG_UP]
    found = [i for i in at if i is not None]
    if found != sorted(found) or None in at[2:]:
        raise Wrong("the hang-up was %s" % ", ".join(said[-6:]))


def server_hangs_up(scene, kind):
    p = scene.persona(kind, scene.nat())
    p.connect()
    link = scene.link_of(p)[0]
    scene.pings(p)
    scene.ours.close_link(link)
    scene.ended(link, "closed-by-host")
    hung_up_in_order(p)


def forgetful_nat(scene, kind):
    """Each minute the NAT gives it other ports; from its next packet on all goes on, both ways."""
    nat = scene.nat()
    p = scene.persona(kind, nat)
    p.connect()
    for _ in range(5):
        scene.traffic([p], 60, 10)
        nat.rebind()
    scene.traffic([p], 60, 10)
    scene.no_downs(p)


def dials_again(scene, kind):
    """It loses power and comes back with the same address, and counts its tunnels anew: the old link ends, the new one is
    alone."""
    nat = scene.nat()
    p = scene.persona(kind, nat)
    p.connect()
    link = scene.link_of(p)[0]
    scene.traffic([p], 60, 10)
    p.vanish()
    scene.world.run(20)
    q = scene.persona(kind, nat, address=p.address)
    q.tunnel_id = lambda: p.l2tp.tunnel
    q.connect()
    scene.traffic([q], 600, 10)
    if len(scene.ours.seen(DOWN, link)) != 1 or scene.ours.stats().links != 1:
        raise Wrong("%d links; the old one ended %d times" % (scene.ours.stats().links, len(scene.ours.seen(DOWN, link))))


def ipv6(scene, kind):
    """An interface identifier each, a prefix by Router Advertisement, packets from it and to it."""
    p = scene.persona(kind, scene.nat())
    p.connect()
    scene.world.run(10)
    if not p.ppp.protocols[IPV6CP].opened:
        raise Wrong("IPV6CP is not open")
    del p.inbox6[:]
    p.solicit()
    scene.world.run(10)
    adverts = [packet for packet in p.inbox6 if packet[40] == 134]
    prefixes = [a[i + 16:i + 24] for a in adverts[:1] for i in range(56, len(a), 8) if a[i:i + 2] == b"\3\4"]
    if not prefixes or not prefixes[0].startswith(bytes.fromhex("20010db80077")):
        raise Wrong("%d Router Advertisements, prefixes %s" % (len(adverts), prefixes))
    here, there = ipaddress.ip_address(prefixes[0] + p.interface), ipaddress.ip_address("2001:db8::1")
    p.ppp.network_frame(IPV6, icmp6(here, there, 128, bytes(60)))
    scene.world.run(0)
    link = scene.link_of(p)[0]
    if not any(packet[8:24] == here.packed for at, packet in scene.ours.inbox if at == link):
        raise Wrong("an IPv6 packet from the prefix was not delivered")
    p.ppp.network_frame(IPV6, icmp6(there, here, 128, bytes(60)))
    before = len(scene.ours.inbox)
    scene.ours.output(0, icmp6(there, here, 129, bytes(60)))
    scene.world.run(0)
    if len(scene.ours.inbox) != before or not p.inbox6[-1].startswith(b"\x60") or p.inbox6[-1][24:40] != here.packed:
        raise Wrong("an IPv6 packet to the prefix did not come, or a forged one was delivered")


ipv6.scene = {"settings": {"ppp.ipv6": 1, "server.pool6": "2001:db8:77::/48"}}


# ---- against our client ----

def client_connects(scene, kind):
    p = scene.persona(kind)
    scene.connect(p)
    scene.pings(p, (56, 1300))
    if any(pair.udp for pair in p.sas.pairs) and not kind.insists_on_udp:
        raise Wrong("ESP in UDP without NAT")


def client_behind_nat(scene, kind):
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    scene.pings(p, (56, 1300))


def client_to_server_behind_nat(scene, kind):
    p = scene.persona(kind)
    scene.connect(p)
    scene.pings(p, (56, 1300))
    if not all(pair.udp for pair in p.sas.pairs):
        raise Wrong("no ESP in UDP, the server being behind NAT")


client_to_server_behind_nat.scene = {"server_behind_nat": True}


def client_rekeys(scene, kind, times=1):
    """A ping each second until the pair was renewed, and a minute more."""
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    life = min(p.sas.pairs[-1].life.get(1, HOUR), HOUR)
    end = scene.world.now + (times + 0.2) * life
    while len(scene.ours.seen(REKEYED)) < times and scene.world.now < end:
        scene.pings(p)
        scene.world.run(1)
    scene.traffic([p], 60, 1)
    if len(scene.ours.seen(REKEYED)) < times:
        raise Wrong("%d rekeys in %d lifetimes" % (len(scene.ours.seen(REKEYED)), times))
    scene.no_downs(p)


def client_rekeys_often(scene, kind):
    client_rekeys(scene, kind, 3)


def server_closes(scene, kind):
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    scene.pings(p)
    p.hang_up()
    scene.ended(scene.link, "closed-by-peer")


def client_closes(scene, kind):
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    scene.pings(p)
    scene.ours.close_link(scene.link)
    scene.ended(scene.link, "closed-by-host")
    hung_up_in_order(p)


def client_a_day(scene, kind):
    p = scene.persona(scaled(kind), scene.nat())
    scene.connect(p)
    day(scene, p, kind, lambda: len(scene.ours.seen(REKEYED)))


def client_kilobytes(scene, kind):
    p = scene.persona(kind, scene.nat())
    scene.connect(p)
    use_up(scene, p, lambda: len(scene.ours.seen(REKEYED)))


def client_short_kilobytes(scene, kind):
    client_kilobytes(scene, scaled(kind))


# ---- numbered data ----

def in_disorder(scene, p):
    """Three pings in the wrong order are answered in the right one; behind one that is lost, the others are."""
    for order, answered in (((2, 1, 0), [1, 2, 3]), ((1, 2), [2, 3])):
        del p.pings[:]
        p.l2tp.shelved = True
        for number in (1, 2, 3):
            p.ping(number)
        p.l2tp.shelved, shelf, p.l2tp.shelf = False, p.l2tp.shelf, []
        for at in order:
            p.l2tp_send(shelf[at])
            scene.world.run(0)
        scene.world.run(0.1)
        if p.pings != answered:
            raise Wrong("pings %s were answered, not %s" % (p.pings, answered))


def numbered(scene, kind):
    """A LAC that says Sequencing Required (RFC 2661, 4.4.5)."""
    p = scene.persona(type("Numbered", (kind,), {"data_numbers": True, "iccn": kind.iccn + [Avp(L.SEQUENCING, b"")]}))
    p.connect()
    scene.pings(p, (56, 1300))
    in_disorder(scene, p)
    scene.pings(p)
    p.hang_up()
    scene.ended(scene.link_of(p)[0], "closed-by-peer")


def client_numbered(scene, kind):
    """An LNS that numbers its data has our client number its own, and stop when it stops (5.4)."""
    p = scene.persona(type("Numbered", (kind,), {"data_numbers": True}))
    scene.connect(p)
    scene.pings(p, (56, 1300))
    in_disorder(scene, p)
    p.data_numbers = False
    p.ping(1)
    scene.world.run(0)
    scene.pings(p)
    ups = scene.ours.seen(UP, scene.link)
    if len(ups) != 1:
        raise Wrong("UP came %d times" % len(ups))


CLIENTS = [
    ("connects without NAT, pings pass both ways", connects),
    ("connects behind NAT, pings pass both ways", connects_behind_nat),
    ("two behind one NAT with the same inner port at once", two_behind_one_nat),
    ("rekeys as it does, none of a packet a second lost", rekeys),
    ("closes as it does, the server keeps no link", closes),
    ("our server hangs up in order", server_hangs_up),
    ("the NAT changes its ports, nothing lost", forgetful_nat),
    ("loses power and dials again, the old link goes", dials_again),
    ("a day of traffic, nothing lost to a rekey", a_day),
]
BASIC_CLIENTS = [c for c in CLIENTS if c[1] in (connects, connects_behind_nat, two_behind_one_nat, closes)]
SERVERS = [
    ("our client connects without NAT, pings pass both ways", client_connects),
    ("our client connects from behind NAT, pings pass both ways", client_behind_nat),
    ("our client connects to it behind NAT, pings pass both ways", client_to_server_behind_nat),
    ("rekeys, none of a packet a second lost", client_rekeys),
    ("hangs up as it does", server_closes),
    ("our client hangs up in order", client_closes),
    ("a day of traffic, nothing lost to a rekey", client_a_day),
]


def cases_of(kind, long):
    """(sentence, function) for one persona."""
    cases = list(SERVERS if issubclass(kind, Server) else CLIENTS) if kind.common else []
    if not issubclass(kind, Server) and not kind.rekey_fraction:
        cases = [c for c in cases if c[1] is not rekeys]
    if long:
        often = {rekeys: rekeys_often, client_rekeys: client_rekeys_often}
        cases = [(name, often.get(act, act)) for name, act in cases]
    if kind.common and not issubclass(kind, Server) and IPV6CP in kind.network_protocols:
        cases.append(("speaks IPv6 inside, too", ipv6))
    if kind.common and counts_kilobytes(kind):
        forms = (client_short_kilobytes, client_kilobytes) if issubclass(kind, Server) else (short_kilobytes, kilobytes)
        cases.append(("its kilobyte limit used up twice, nothing lost", forms[long]))
    return cases + list(kind.own_cases)


def run_case(lib, kind, act):
    """None, or (what went wrong, the notes)."""
    asked = getattr(act, "scene", {})
    settings = {**kind.settings, **asked.get("settings", {})}
    if kind.our_papers:
        cert, key, authority = papers(kind.our_papers).pem()
        settings.update({"ike.auth": "cert", "ike.certificate": cert, "ike.key": key, "ike.ca": authority})
    scene_of = ClientScene if issubclass(kind, Server) else ServerScene
    scene = scene_of(lib, settings, asked.get("server_behind_nat", False))
    try:
        act(scene, kind)
        return None
    except (Choked, Wrong) as failed:
        return "%s%s" % ("the product would choke: " if isinstance(failed, Choked) else "", failed), scene.world.watch
    finally:
        scene.free()
