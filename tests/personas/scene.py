# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The scene of a case: a world with our end in it, personas on the other, traffic between them."""
from endpoint import DOWN, FAILED, SERVER_INSIDE, UP, Endpoint, ping
from world import IKE, NAT_T, Forward, Nat, World, Wrong

DELAY = 0.02                                # seconds from one end to the other, where packets are to be under way
USERS = {"alice": "secret", "bob": "secret"}


class Flow:
    """Pings both ways that wait for nobody: some seconds apart, and from each message of phase 1 or quick mode on a few
    milliseconds, then less often for a while. Each must be answered once. A loud one has the client send 1300
    bytes each 2 ms, and both few pings."""

    def __init__(self, scene, persona, each, dense=0.3, after=(6, 0.05), sizes=(56,), loud=False):
        self.scene, self.world, self.p = scene, scene.world, persona
        self.each, self.dense, self.after, self.sizes, self.loud = each, dense, after, sizes, loud
        self.link, self.here, self.there = scene.link_of(persona)
        self.exchange, self.number, self.sent = -1e9, 0, 0
        self.patience = 2.1 * self.world.delay + 0.05
        self.timer = None
        self.world.on_exchange = self.hurry
        del persona.pings[:], scene.ours.pings[:]
        self.tick()

    def hurry(self):
        self.exchange = self.world.now
        if not self.loud:
            self.timer.cancel()
            self.timer = self.world.after(0, self.tick)

    def pause(self):
        since = self.world.now - self.exchange
        return 0.002 if self.loud else 0.005 if since < self.dense else self.after[1] if since < self.after[0] else self.each

    def tick(self):
        self.timer = self.world.after(self.pause(), self.tick)  # first: what is sent here may begin an exchange
        self.number = self.number % 0xFFFF + 1
        number, ours = self.number, self.scene.ours
        heard = [(ours.pings, (self.link, number)), (self.p.pings, number)]
        if self.loud and number % 20:
            self.sent += self.scene.one_way(self.p, number)
            heard = heard[:1] if self.scene.serves else heard[1:]
        else:
            size = min(self.sizes[number % len(self.sizes)], self.p.largest_ping)
            self.p.ping(number, size)
            drop = ours.output(self.link, ping(self.here, self.there, number, size))
            if drop:
                raise Wrong("a ping was not sent at %.3f s: %s" % (self.world.now - 1000, drop))
        self.world.after(self.patience, lambda: self.due(number, heard))

    def due(self, number, heard):
        for where, what in heard:
            if where.count(what) != 1:
                raise Wrong("packet %d came to %s %d times, sent at %.3f s%s" % (
                    number, "it" if where is self.p.pings else "us", where.count(what),
                    self.world.now - self.patience - 1000, self.scene.why()))
            where.remove(what)
        del self.scene.ours.inbox[:], self.p.inbox[:]

    def end(self):
        """When the last has come."""
        self.world.on_exchange = None
        self.timer.cancel()
        self.world.run(self.patience + 0.001)


class Scene:
    def __init__(self, six):
        self.world, self.ours, self.count = World(six=six), None, 0

    def nat(self, **more):
        return Nat(self.world, **more)

    def far(self, kind, seconds=DELAY):
        """A persona which is up, behind a NAT, so many seconds away."""
        self.world.delay = seconds
        p, before = self.persona(kind, self.nat()), len(self.ours.seen(UP))
        self.bring_up(p)
        self.world.until(lambda: len(self.ours.seen(UP)) > before, 5, "the library says UP")
        return p

    def link_of(self, persona):
        """(our link of a persona which is up, our address inside, the persona's)"""
        raise NotImplementedError

    def pings(self, persona, sizes=(56,)):
        """One of each size from either side; each must be answered at once."""
        link, here, there = self.link_of(persona)
        for size in (min(s, persona.largest_ping) for s in sizes):
            self.count += 1
            number = self.count & 0xFFFF
            del persona.pings[:], self.ours.inbox[:], self.ours.pings[:]
            persona.ping(number, size)
            self.world.run(2.1 * self.world.delay)
            if persona.pings != [number]:
                raise Wrong("%d bytes from %s were not answered at %.1f s%s" % (
                    size, persona.name, self.world.now - 1000, self.why()))
            drop = self.ours.output(link, ping(here, there, number, size))
            self.world.run(2.1 * self.world.delay)
            if drop or self.ours.pings != [(link, number)]:
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

    serves = True

    def __init__(self, lib, settings=None, behind_nat=False, six=False):
        super().__init__(six)
        base = {"ike.psk": "personas", "server.address": SERVER_INSIDE, "server.pool": "10.77.0.0/24",
                "server.dns": SERVER_INSIDE}
        self.ours = Endpoint(lib, self.world, {**base, **(settings or {})}, USERS)
        if behind_nat:
            self.ours.way = Forward(self.world, self.ours.ip, (IKE, NAT_T))
            self.ours.public = self.ours.way.public
        self.ours.listen()

    def persona(self, kind, nat=None, **more):
        return kind(self.world, self.ours.public, nat, **more)

    def bring_up(self, persona):
        persona.connect()

    def link_of(self, persona):
        ups = [e for e in self.ours.seen(UP) if e.peer_address == persona.inside]
        if not ups:
            raise Wrong("%s is up and the library does not say so" % persona.name)
        return ups[-1].link, SERVER_INSIDE, persona.inside

    def one_way(self, persona, number):
        """From client to server; the bytes on their way."""
        return persona.one_way(number)


class ClientScene(Scene):
    """Our client, which dials a persona."""

    serves = False

    def __init__(self, lib, settings=None, behind_nat=False, six=False):
        super().__init__(six)
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

    bring_up = connect

    def link_of(self, persona):
        up = self.ours.seen(UP, self.link)[-1]
        return self.link, up.address, up.peer_address

    def one_way(self, persona, number):
        packet = ping(*self.link_of(persona)[1:], number, persona.largest_ping, kind=0)
        drop = self.ours.output(self.link, packet)
        if drop:
            raise Wrong("a packet was not sent: " + drop)
        return len(packet)
