# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""What every persona goes through, and the scene it happens in."""
from endpoint import DOWN, SERVER_INSIDE, UP, Endpoint, ping, ping_number
from world import Choked, Forward, IKE, NAT_T, Nat, World, Wrong

HOUR = 3600


class Scene:
    """A world with our server in it; personas are added."""

    def __init__(self, lib, settings=None, server_behind_nat=False):
        self.lib, self.world = lib, World()
        base = {"ike.psk": "personas", "server.address": SERVER_INSIDE, "server.pool": "10.77.0.0/24",
                "server.dns": SERVER_INSIDE}
        self.server = Endpoint(lib, self.world, {**base, **(settings or {})}, {"alice": "secret", "bob": "secret"})
        if server_behind_nat:
            self.server.way = Forward(self.world, self.server.ip, (IKE, NAT_T))
            self.server.public = self.server.way.public
        self.server.listen()
        self.count = 0

    def persona(self, kind, nat=None, **more):
        return kind(self.world, self.server.public, nat, **more)

    def link_of(self, persona):
        """The server's link of a persona which is up."""
        ups = [e for e in self.server.seen(UP) if e.peer_address == persona.inside]
        if not ups:
            raise Wrong("%s is up and the server does not say so" % persona.name)
        return ups[-1].link

    def pings(self, persona, sizes=(56,), what="pings"):
        """One of each size from either side; each must be answered at once."""
        link = self.link_of(persona)
        for size in sizes:
            self.count += 1
            number = self.count & 0xFFFF
            del persona.pings[:], self.server.inbox[:]
            persona.ping(number, size)
            self.world.run(0)
            if persona.pings != [number]:
                raise Wrong("%s: %d bytes from %s were not answered at %.1f s%s" % (
                    what, size, persona.name, self.world.now - 1000, self.why()))
            drop = self.server.output(link, ping(SERVER_INSIDE, persona.inside, number, size))
            self.world.run(0)
            answers = [p for at, p in self.server.inbox if at == link and p[20] == 0 and ping_number(p) == number]
            if drop or len(answers) != 1:
                raise Wrong("%s: %d bytes to %s were not answered at %.1f s%s" % (
                    what, size, persona.name, self.world.now - 1000, " (%s)" % drop if drop else self.why()))

    def why(self):
        drops = self.server.drops()
        return "; the server dropped %s" % drops if drops else ""

    def traffic(self, personas, seconds, each, sizes=(56,)):
        """Pings both ways, evenly, for so long, and none lost."""
        end = self.world.now + seconds
        while self.world.now < end:
            for p in personas:
                self.pings(p, sizes)
            self.world.run(min(each, end - self.world.now))

    def gone(self, persona, link, cause="closed-by-peer", within=30):
        """The server ends the link with one DOWN of this cause, and keeps nothing."""
        self.world.until(lambda: self.server.seen(DOWN, link), within, "the server says DOWN")
        down = self.server.seen(DOWN, link)
        if len(down) != 1 or down[0].why != cause:
            raise Wrong("DOWN was %s, not %s" % (", ".join("%s: %s" % (d.why, d.text) for d in down), cause))
        self.world.run(within)
        self.world.until(lambda: self.server.stats().links == 0, 5, "no link left at the server")
        persona.vanish()

    def free(self):
        self.server.free()
        self.world.close()


def with_nat(scene):
    return Nat(scene.world)


def connects(scene, kind):
    p = scene.persona(kind)
    p.connect()
    scene.pings(p, (56, 1300))
    if any(pair.udp for pair in p.sas.pairs):
        raise Wrong("ESP in UDP without NAT")


def connects_behind_nat(scene, kind):
    p = scene.persona(kind, with_nat(scene))
    p.connect()
    scene.pings(p, (56, 1300))
    if not all(pair.udp for pair in p.sas.pairs):
        raise Wrong("no ESP in UDP behind NAT")


def two_behind_one_nat(scene, kind):
    nat = with_nat(scene)
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


def rekeys(scene, kind):
    """A ping each second over three lifetimes of the pair, at most so long as it takes."""
    p = scene.persona(kind, with_nat(scene))
    p.connect()
    life = min(p.sas.pairs[-1].life.get(1, HOUR), HOUR)
    end = scene.world.now + 3.2 * life
    while p.rekeys < 3 and scene.world.now < end:
        scene.pings(p)
        scene.world.run(1)
    for _ in range(60):
        scene.pings(p)
        scene.world.run(1)
    if p.rekeys < 3:
        raise Wrong("%d rekeys in three lifetimes" % p.rekeys)


def closes(scene, kind):
    p = scene.persona(kind, with_nat(scene))
    p.connect()
    link = scene.link_of(p)
    scene.pings(p)
    p.hang_up()
    scene.gone(p, link)


def a_day(scene, kind):
    """24 hours, pings each 10 s."""
    p = scene.persona(kind, with_nat(scene))
    p.connect()
    scene.traffic([p], 24 * HOUR, 10)
    downs = scene.server.seen(DOWN)
    if downs or p.failures:
        raise Wrong("; ".join(p.failures + [d.text for d in downs]))


def kilobytes(scene, kind):
    """The kilobytes of a pair used up: by 250 MB where they are 250000, in bursts."""
    p = scene.persona(kind, with_nat(scene))
    p.connect()
    limit = p.sas.pairs[-1].life[2] * 1024
    sent = 0
    while sent < 2.2 * limit:
        scene.pings(p, (1300,))
        sent += 1300
        scene.world.run(0.001)
    if p.rekeys < 2:
        raise Wrong("%d rekeys in %d bytes of traffic each way, the limit being %d" % (p.rekeys, sent, limit))


def scaled(kind):
    """The same product with a kilobyte limit a thousandth as large, for the short form."""
    small = int.from_bytes(kind.phase2_kilobytes, "big") // 500
    return type(kind.__name__ + "Scaled", (kind,), {"phase2_kilobytes": small.to_bytes(4, "big")})


def short_kilobytes(scene, kind):
    kilobytes(scene, scaled(kind))


COMMON = [
    ("connects without NAT, pings pass both ways", connects),
    ("connects behind NAT, pings pass both ways", connects_behind_nat),
    ("two behind one NAT with the same inner port at once", two_behind_one_nat),
    ("rekeys as it does, none of a packet a second lost", rekeys),
    ("closes as it does, the server keeps no link", closes),
    ("24 hours of traffic, nothing lost to a rekey", a_day),
]


def cases_of(kind, long):
    """(sentence, function) for one persona."""
    cases = list(COMMON)
    if kind.phase2_kilobytes:
        cases.append(("its kilobyte limit used up twice, nothing lost", kilobytes if long else short_kilobytes))
    return cases + list(kind.own_cases)


def run_case(lib, kind, act):
    """None, or (what went wrong, the notes)."""
    asked = getattr(act, "scene", {})
    scene = Scene(lib, {**kind.settings, **asked.get("settings", {})}, asked.get("server_behind_nat", False))
    try:
        act(scene, kind)
        return None
    except (Choked, Wrong) as failed:
        return "%s%s" % ("the product would choke: " if isinstance(failed, Choked) else "", failed), scene.world.watch
    finally:
        scene.free()
