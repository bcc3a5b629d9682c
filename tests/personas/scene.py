# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The scene of a case: a world with our end in it, personas on the other, traffic between them."""
from endpoint import DOWN, FAILED, SERVER_INSIDE, UP, Endpoint, ping, ping_number
from world import IKE, NAT_T, Forward, Nat, World, Wrong

USERS = {"alice": "secret", "bob": "secret"}


class Scene:
    def __init__(self):
        self.world, self.ours, self.count = World(), None, 0

    def nat(self, **more):
        return Nat(self.world, **more)

    def link_of(self, persona):
        """(our link of a persona which is up, our address inside, the persona's)"""
        raise NotImplementedError

    def pings(self, persona, sizes=(56,)):
        """One of each size from either side; each must be answered at once."""
        link, here, there = self.link_of(persona)
        for size in (min(s, persona.largest_ping) for s in sizes):
            self.count += 1
            number = self.count & 0xFFFF
            del persona.pings[:], self.ours.inbox[:]
            persona.ping(number, size)
            self.world.run(0)
            if persona.pings != [number]:
                raise Wrong("%d bytes from %s were not answered at %.1f s%s" % (
                    size, persona.name, self.world.now - 1000, self.why()))
            drop = self.ours.output(link, ping(here, there, number, size))
            self.world.run(0)
            answers = [p for at, p in self.ours.inbox if at == link and p[20] == 0 and ping_number(p) == number]
            if drop or len(answers) != 1:
                raise Wrong("%d bytes to %s were not answered at %.1f s%s" % (
                    size, persona.name, self.world.now - 1000, " (%s)" % drop if drop else self.why()))

    def why(self):
        drops = self.ours.drops()
        return "; the library dropped %s" % drops if drops else ""

    def traffic(self, personas, seconds, each, sizes=(56,)):
        """Pings both ways, evenly, for so long, and none lost."""
        end = self.world.now + seconds
        while self.world.now < end:
            for p in personas:
                self.pings(p, sizes)
            self.world.run(min(each, end - self.world.now))

    def no_downs(self, persona):
        downs = self.ours.seen(DOWN)
        if downs or persona.failures:
            raise Wrong("; ".join(persona.failures + [d.text for d in downs]))

    def ended(self, link, cause, within=30):
        """The library ends the link with one DOWN of this cause, and keeps nothing."""
        self.world.until(lambda: self.ours.seen(DOWN, link), within, "the library says DOWN")
        down = self.ours.seen(DOWN, link)
        if len(down) != 1 or down[0].why != cause:
            raise Wrong("DOWN was %s, not %s" % (", ".join("%s: %s" % (d.why, d.text) for d in down), cause))
        self.world.run(within)
        self.world.until(lambda: self.ours.stats().links == 0, 5, "no link left")

    def free(self):
        self.ours.free()
        self.world.close()


class ServerScene(Scene):
    """Our server; personas dial."""

    def __init__(self, lib, settings=None, behind_nat=False):
        super().__init__()
        base = {"ike.psk": "personas", "server.address": SERVER_INSIDE, "server.pool": "10.77.0.0/24",
                "server.dns": SERVER_INSIDE}
        self.ours = Endpoint(lib, self.world, {**base, **(settings or {})}, USERS)
        if behind_nat:
            self.ours.way = Forward(self.world, self.ours.ip, (IKE, NAT_T))
            self.ours.public = self.ours.way.public
        self.ours.listen()

    def persona(self, kind, nat=None, **more):
        return kind(self.world, self.ours.public, nat, **more)

    def link_of(self, persona):
        ups = [e for e in self.ours.seen(UP) if e.peer_address == persona.inside]
        if not ups:
            raise Wrong("%s is up and the library does not say so" % persona.name)
        return ups[-1].link, SERVER_INSIDE, persona.inside


class ClientScene(Scene):
    """Our client, which dials a persona."""

    def __init__(self, lib, settings=None, behind_nat=False):
        super().__init__()
        base = {"ike.psk": "personas", "ppp.user": "alice", "ppp.password": "secret", "link.reconnect": 0}
        self.ours = Endpoint(lib, self.world, {**base, **(settings or {})}, USERS)
        self.behind_nat = behind_nat
        self.link = 0

    def persona(self, kind, nat=None, **more):
        p = kind(self.world, "", None, **more)
        if self.behind_nat:
            p.put_behind(Forward(self.world, p.address, (IKE, NAT_T)))
        if nat:
            self.ours.way = nat
        return p

    def connect(self, persona, seconds=60):
        """Dial, and wait until both say that IP may pass."""
        self.link = self.ours.connect(persona.public)
        self.world.until(lambda: self.ours.seen(UP, self.link) or self.ours.seen(FAILED, self.link), seconds,
                         "the client comes up")
        if not self.ours.seen(UP, self.link):
            raise Wrong(self.ours.seen(FAILED, self.link)[-1].text)
        self.world.until(lambda: persona.up, 5, persona.name + " comes up")

    def link_of(self, persona):
        up = self.ours.seen(UP, self.link)[-1]
        return self.link, up.address, up.peer_address
