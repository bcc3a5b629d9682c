# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What every persona goes through: those of clients against our server, those of servers against our client."""
import functools
import ipaddress

import isakmp as ik
import l2tp as L
import ppp as P
from endpoint import DOWN, UP, icmp6
from ikev1 import FRAGMENTATION
from l2tp import Avp
from ppp import IPV6, IPV6CP
from proof import papers
from scene import DELAY, ClientScene, Flow, ServerScene
from server import Server
from world import Choked, Wrong

HOUR = 3600
OURS = 2 / 3                                # of a limit in kilobytes, in and out: there our end renews
SHORT, LONG = 1250, 250000                  # kilobytes of a limit in the normal run, with --long; ours takes none below 1024


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


def each_lost(scene, kind):
    """Each datagram of a connect once. Either end repeats what it has to, in its own time, and no connect fails for it."""
    world, number, count = scene.world, 0, 1
    world.delay = DELAY
    while number <= count:                      # at first none
        p, before, start, ups = scene.persona(kind), world.datagrams, world.now, len(scene.ours.seen(UP))
        world.lose = before + number if number else 0
        scene.bring_up(p)
        world.until(lambda: len(scene.ours.seen(UP)) > ups, 5, "the library says UP")
        if number == 0:
            count = world.datagrams - before
        if world.now - start > 6:
            raise Wrong("%.1f s to connect without datagram %d of %d" % (world.now - start, number, count))
        world.lose = 0
        world.run(3)
        scene.pings(p)
        p.hang_up()
        world.run(40)
        number += 1


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


def renewal(scene, p, times, life, begun):
    """Packets under way each second until the pair was renewed, each 5 ms while it is, and until the old one is gone."""
    flow = Flow(scene, p, 1)
    end = scene.world.now + (times + 0.2) * life
    while p.rekeys < times and scene.world.now < end:
        scene.world.run(1)
    scene.world.run(60)
    flow.end()
    if p.rekeys < times or p.begun != (p.rekeys if begun else 0):
        raise Wrong("%d rekeys in %d lifetimes; it began %d of them" % (p.rekeys, times, p.begun))
    scene.no_downs(p)


def rekeys(scene, kind, times=1):
    p = scene.far(kind)
    renewal(scene, p, times, p.sas.pairs[-1].life.get(1, HOUR), not isinstance(p, Server))


def rekeys_often(scene, kind):
    rekeys(scene, kind, 3)


def closes(scene, kind):
    p = scene.persona(kind, scene.nat())
    p.connect()
    link = scene.link_of(p)[0]
    scene.pings(p)
    p.hang_up()
    scene.ended(link, "closed-by-peer")


def day(scene, p, kind, each):
    """Pings each so many seconds for so long as it stays, and many around each renewal. Where it counts kilobytes two hours are
    loud, of 1300 bytes a ping, which use them up twice: pairs end now by the one limit, now by the other."""
    end, life, first = scene.world.now + kind.hours * HOUR, p.sas.pairs[-1].life.get(1, 8 * HOUR), p.sa.life
    for hour in range(int(kind.hours)):
        before = p.rekeys
        loud = counts_kilobytes(kind) and hour in (1, 9)
        flow = Flow(scene, p, 3 if loud else each, 0.1, (8, 0.5), (1300,) if loud else (56,))
        scene.world.run(HOUR)
        flow.end()
        if loud and p.rekeys - before < 2:
            raise Wrong("%d rekeys in an hour that used the kilobytes up twice" % (p.rekeys - before))
    scene.traffic([p], end - scene.world.now, each)
    scene.no_downs(p)
    if p.rekeys < kind.hours * HOUR // life - 1:
        raise Wrong("%d rekeys in %g hours, a pair living %d s" % (p.rekeys, kind.hours, life))
    if p.phase1_count < kind.hours * HOUR / first:
        raise Wrong("%d times phase 1 in %g hours, one living %d s" % (p.phase1_count, kind.hours, first))


def a_day(scene, kind, each=120):
    day(scene, scene.far(scaled(kind, SHORT)), kind, each)


def a_busy_day(scene, kind):
    a_day(scene, kind, 30)


def counts_kilobytes(kind):
    return bool(kind.phase2_kilobytes and kind.rekey_kilobytes)


def scaled(kind, kilobytes):
    """The same product, with so many kilobytes if it counts more."""
    if not counts_kilobytes(kind) or ik.number(kind.phase2_kilobytes) <= kilobytes:
        return kind
    return type(kind.__name__ + "Scaled", (kind,), {"phase2_kilobytes": ik.u32(kilobytes)})


def use_up(scene, kind):
    """The kilobytes of a pair twice, nearly all from client to server. The first to believe them near their end renews: our end
    at two thirds of both ways, if the limit was agreed on."""
    p = scene.far(kind)
    agreed = p.sas.pairs[-1].life.get(ik.KILOBYTES)
    limit = (agreed or ik.number(p.phase2_kilobytes)) * 1024
    flow = Flow(scene, p, 1, loud=True)
    while flow.sent < 2.2 * limit:
        scene.world.run(0.1)
    flow.end()
    its = p.rekeys if p.rekey_kilobytes < OURS or not agreed else 0
    if p.rekeys < 2 or p.begun != its:
        raise Wrong("%d rekeys in %d bytes, the limit being %d; it began %d of them" % (p.rekeys, flow.sent, limit, p.begun))
    scene.no_downs(p)


def kilobytes(scene, kind):
    use_up(scene, scaled(kind, LONG))


def short_kilobytes(scene, kind):
    use_up(scene, scaled(kind, SHORT))


def early(kind):
    """The same product, but it renews at half its kilobytes, before our end does."""
    return type(kind.__name__ + "Early", (kind,), {"rekey_kilobytes": 0.5})


def early_kilobytes(scene, kind):
    kilobytes(scene, early(kind))


def early_short_kilobytes(scene, kind):
    short_kilobytes(scene, early(kind))


def renews_itself(scene, kind):
    """Our client leaves itself a minute, and this server comes before."""
    p = scene.far(kind)
    renewal(scene, p, 1, p.sas.pairs[-1].life[ik.SECONDS], True)


renews_itself.scene = {"settings": {"ike.rekey_margin": 60}}


def short_life(scene, kind):
    """Our client asked for more than this server grants, hears of it, and renews in time."""
    p = scene.far(kind)
    life = ik.number(kind.phase2_life)
    if p.sas.pairs[-1].life[ik.SECONDS] != life:
        raise Wrong("a pair of %d s" % p.sas.pairs[-1].life[ik.SECONDS])
    times = 3 if life <= HOUR else 1
    flow = Flow(scene, p, max(1, life / 200))
    scene.world.run((times + 0.05) * life)
    flow.end()
    if p.rekeys not in (times, times + 1) or p.begun:
        raise Wrong("%d rekeys in %d lifetimes; it began %d of them" % (p.rekeys, times, p.begun))
    scene.no_downs(p)


short_life.scene = lambda kind: {"settings": {"esp.lifetime": max(3600, 2 * ik.number(kind.phase2_life))}}

METHODS = {P.AUTH_PAP: ("PAP", "pap"), P.AUTH_MD5: ("CHAP", "chap"), P.AUTH_MSCHAPV2: ("MS-CHAPv2", "mschapv2"),
           P.AUTH_EAP: ("EAP-MSCHAPv2", "eap-mschapv2")}


@functools.lru_cache(None)
def authenticates(method):
    """A case: by this method, the only one that our end allows."""
    def act(scene, kind):
        p = scene.persona(kind, scene.nat())
        scene.bring_up(p)
        scene.pings(p)
        said = dict(p.ppp.lcp.request)[P.AUTH] if isinstance(p, Server) else p.ppp.lcp.peer[P.AUTH]
        if said != method:
            raise Wrong("authentication by %s" % said.hex())
    act.scene, act.method = {"settings": {"ppp.auth": METHODS[method][1]}}, method
    return act


HANG_UP = ["the peer terminates LCP", "the peer sends CDN", "the peer sends StopCCN", "the peer deletes pair",
           "the peer deletes phase 1"]


def hung_up_in_order(p):
    """PPP, the call, the tunnel, the Deletes: what of it is said is said in this order, the last three always. Nothing was lost, so
    no message of L2TP came twice, however late it was acknowledged (4.2)."""
    if p.l2tp.repeated:
        raise Wrong("%d messages of L2TP came twice" % p.l2tp.repeated)
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


def over_ipv6(scene, kind):
    """IPv6 outside, without NAT and behind one: inner UDP checksums are there and right, over the addresses that either end has
    of its own and of its peer (rule 13; 8); a renewal with packets under way."""
    p = scene.persona(kind)
    scene.bring_up(p)
    scene.pings(p, (56, 1300))
    q = scene.far(kind)
    scene.pings(q, (56, 1300))
    renewal(scene, q, 1, q.sas.pairs[-1].life.get(1, HOUR), not isinstance(q, Server))
    if not p.checked or not q.checked or not all(pair.udp for pair in q.sas.pairs):
        raise Wrong("%d and %d checksums were looked at" % (p.checked, q.checked))
    q.hang_up()
    scene.world.until(lambda: scene.ours.seen(DOWN), 30, "the library says DOWN")


over_ipv6.scene = {"six": True}


def ends_without_ppp(scene, p, hang_up, cause, *codes):
    """Nothing but this message says that it is over: the library reads its Result Code."""
    link = scene.link_of(p)[0]
    scene.pings(p)
    hang_up()
    scene.ended(link, cause)
    down = scene.ours.seen(DOWN, link)[0]
    if (down.peer_code, down.peer_code2) != codes:
        raise Wrong("Result Code %d, error %d: %s" % (down.peer_code, down.peer_code2, down.text))


def by_cdn(result, *codes):
    """A case: a CDN, and no word of PPP before."""
    def act(scene, kind):
        p = scene.persona(kind, scene.nat())
        scene.bring_up(p)
        ends_without_ppp(scene, p, lambda: p.l2tp.hang_up_call(result), "closed-by-peer", *codes)
    return act


def by_stopccn(result, *codes):
    def act(scene, kind):
        p = scene.persona(kind, scene.nat())
        scene.bring_up(p)
        ends_without_ppp(scene, p, lambda: p.l2tp.hang_up_tunnel(result), "closed-by-peer", *codes)
    return act


def in_pieces(scene, kind):
    """Our message with the certificate comes in fragments to a peer that says it takes them, and no other message does; in one
    piece to one that does not say so."""
    for vendors, whole in ((kind.vendor_ids, False), ([v for v in kind.vendor_ids if not v.startswith(FRAGMENTATION)], True)):
        p = scene.persona(type("Piecemeal", (kind,), {"vendor_ids": vendors}))
        scene.bring_up(p)
        scene.pings(p)
        if whole != (p.ike.pieces_in == 0) or p.ike.in_pieces not in ([], [ik.MAIN]):
            raise Wrong("%d fragments, of exchanges %s" % (p.ike.pieces_in, p.ike.in_pieces))
        if isinstance(p, Server):
            scene.ours.close_link(scene.link)
        else:
            p.hang_up()
        scene.world.run(30)


in_pieces.scene = {"settings": {"ike.fragment": 576}}   # the certificates here would fit into more

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
    ("rekeys as it does, packets under way, none lost", rekeys),
    ("closes as it does, the server keeps no link", closes),
    ("our server hangs up in order", server_hangs_up),
    ("the NAT changes its ports, nothing lost", forgetful_nat),
    ("loses power and dials again, the old link goes", dials_again),
    ("a day of traffic, nothing lost to a rekey", a_day),
]
SERVERS = [
    ("our client connects without NAT, pings pass both ways", client_connects),
    ("our client connects from behind NAT, pings pass both ways", client_behind_nat),
    ("our client connects to it behind NAT, pings pass both ways", client_to_server_behind_nat),
    ("rekeys, packets under way, none lost", rekeys),
    ("hangs up as it does", server_closes),
    ("our client hangs up in order", client_closes),
    ("a day of traffic, nothing lost to a rekey", a_day),
]


def cases_of(kind, long):
    """(sentence, function) for one persona."""
    cases = list(SERVERS if issubclass(kind, Server) else CLIENTS) if kind.common else []
    if not issubclass(kind, Server) and not kind.rekey_fraction:
        cases = [c for c in cases if c[1] is not rekeys]
    if long:
        cases = [(name, {rekeys: rekeys_often, a_day: a_busy_day}.get(act, act)) for name, act in cases]
    if kind.common and not issubclass(kind, Server) and IPV6CP in kind.network_protocols:
        cases.append(("speaks IPv6 inside, too", ipv6))
    if kind.common and counts_kilobytes(kind):
        if not issubclass(kind, Server) or not kind.renews_kilobytes:   # the limit is agreed on
            cases.append(("its kilobytes used up twice, renewed by us, nothing lost", kilobytes if long else short_kilobytes))
        if kind.renews_kilobytes:
            cases.append(("its kilobytes used up twice, renewed by it, nothing lost",
                          early_kilobytes if long else early_short_kilobytes))
    if kind.common and issubclass(kind, Server) and kind.rekey_fraction:
        cases.append(("renews by itself where our client leaves it time", renews_itself))
    if kind.common and issubclass(kind, Server) and kind.says_life:
        cases.append(("grants less time than was asked for, our client renews in it", short_life))
    if kind.__dict__.get("loses_each"):
        cases.append(("any datagram of a connect is lost, and it connects", each_lost))
    if kind.common and len(kind.auth_methods) > 1:
        cases += [("authenticates by " + METHODS[m][0], authenticates(m)) for m in kind.auth_methods]
    return cases + list(kind.own_cases)


def run_case(lib, kind, act):
    """None, or (what went wrong, the notes)."""
    asked = getattr(act, "scene", {})
    asked = asked(kind) if callable(asked) else asked
    settings = {**kind.settings, **asked.get("settings", {})}
    if kind.our_papers:
        cert, key, authority = papers(kind.our_papers).pem()
        settings.update({"ike.auth": "cert", "ike.certificate": cert, "ike.key": key, "ike.ca": authority})
    scene_of = ClientScene if issubclass(kind, Server) else ServerScene
    scene = scene_of(lib, settings, asked.get("server_behind_nat", False), asked.get("six", False))
    try:
        act(scene, kind)
        return None
    except (Choked, Wrong) as failed:
        return "%s%s" % ("the product would choke: " if isinstance(failed, Choked) else "", failed), scene.world.watch
    finally:
        scene.free()
