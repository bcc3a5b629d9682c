# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The world of a case: virtual time, real UDP sockets on loopback, NATs.

Datagrams on loopback are there when sendto() returns, or nearly: the world counts those under way
and lets time pass only when none is. So 24 hours take seconds, and every run is the same. Where a
case wants packets to be under way while things happen, the world holds each back for a while.
A world of IPv6 has but one address of loopback: its hosts are told addresses of their own, which
stand for ports of ::1.
"""
import errno
import functools
import heapq
import ipaddress
import os
import random
import select
import socket

IKE, NAT_T, RAW_ESP = 20500, 24500, 20050      # for 500, 4500, and IP protocol 50
LAZY = 2.5                                     # messages of IKE take longer than packets: somebody computes


@functools.lru_cache(4096)
def packed(text):
    return ipaddress.ip_address(text).packed


@functools.lru_cache(4096)
def dotted(address):
    return str(ipaddress.ip_address(address))


class Choked(Exception):
    """The library sent what the real product does not survive; the sentence says what."""


class Wrong(Exception):
    """A case did not see what it should have seen."""


class Timer:
    def __init__(self, act):
        self.act = act

    def cancel(self):
        self.act = None


class Port:
    """A bound UDP socket; `got(data, (ip, port))` takes what comes."""

    def __init__(self, world, ip, port, got):
        self.world, self.got = world, got
        self.socket = socket.socket(socket.AF_INET6 if world.six else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setblocking(False)
        self.socket.bind(("::1", 0) if world.six else (ip, port))
        self.real = self.socket.getsockname()
        self.address = (ip, port or self.real[1]) if world.six else self.real
        world.ports[self.address] = world.real[self.real] = self
        world.poll.register(self.socket, select.EPOLLIN)
        world.by_fd[self.socket.fileno()] = self

    def send(self, to, data):
        if self.socket.fileno() < 0:            # closed while it was held back
            return
        self.world.datagrams += 1
        if self.world.datagrams == self.world.lose:
            return
        there = self.world.ports.get(to)
        if there or not self.world.six:
            self.socket.sendto(data, there.real if there else to)
            self.world.under_way += bool(there)

    def close(self):
        """What was under way to it is lost."""
        try:
            while True:
                self.socket.recv(1)
                self.world.under_way -= 1
        except BlockingIOError:
            pass
        self.world.poll.unregister(self.socket)
        del self.world.by_fd[self.socket.fileno()], self.world.ports[self.address], self.world.real[self.real]
        self.socket.close()


def own_net():
    """A /24 of loopback that no other world has now, with the socket that says so."""
    first = os.getpid()
    for n in range(first, first + 51200):
        net = "127.%d.%d." % (16 + (n >> 8) % 200, n % 256)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((net + "254", IKE))
            return net, claim
        except OSError as error:
            claim.close()
            if error.errno != errno.EADDRINUSE:
                raise
    raise Wrong("no /24 of loopback is free")


class World:
    def __init__(self, seed=1, six=False):
        self.six = six                          # IPv6 in place of IPv4
        self.now = 1000.0                       # seconds
        self.poll, self.ports, self.by_fd = select.epoll(), {}, {}
        self.real = {}                          # what a socket is bound to: its Port
        self.under_way = self.datagrams = self.still = 0
        self.timers, self.count = [], 0
        self.random = random.Random(seed)
        self.ends = []                          # with next_timeout() and tick()
        self.busy = False
        self.delay = 0                          # seconds from a host to its peer
        self.lose = 0                           # the datagram that does not arrive; 1: the first
        self.said = b""                         # the last message of phase 1 or quick mode
        self.on_exchange = None                 # called when a message of phase 1 or quick mode leaves
        self.net, self.claim = ("2001:db8:7::", None) if six else own_net()
        self.hosts = 0
        self.watch = []                         # called with each text worth keeping

    def address(self):
        """An address of its own for one more host."""
        self.hosts += 1
        return self.net + str(self.hosts)

    def bind(self, ip, port, got):
        return Port(self, ip, port, got)

    def rng(self, n):
        return self.random.randbytes(n)

    def after(self, seconds, act):
        timer = Timer(act)
        self.count += 1
        heapq.heappush(self.timers, (self.now + seconds, self.count, timer))
        return timer

    def hold(self, ike, act):
        """Do it when a datagram that leaves now would be there."""
        if self.delay:
            self.after(self.delay * (LAZY if ike else 1), act)
        else:
            act()

    def exchange(self, message):
        """Told of every IKE message that leaves a host; one that is said again is nothing new."""
        if self.on_exchange and message[18] in (2, 4, 32) and message != self.said:
            self.said = message
            self.on_exchange()

    def note(self, text):
        self.watch.append("%10.3f %s" % (self.now - 1000, text))
        if len(self.watch) > 4000:
            del self.watch[:2000]

    def drain(self):
        """Deliver what is under way, and what that leads to."""
        if self.busy:
            return
        self.busy = True
        try:
            while self.under_way:
                ready = self.poll.poll(5)
                if not ready:
                    raise Wrong("%d datagrams on loopback never came" % self.under_way)
                for fd, _ in sorted(ready):
                    port = self.by_fd.get(fd)
                    while port is not None:
                        try:
                            data, peer = port.socket.recvfrom(65536)
                        except BlockingIOError:
                            break
                        self.under_way -= 1
                        sender = self.real.get(peer)
                        port.got(data, sender.address if sender else peer)
        finally:
            self.busy = False

    def step(self, limit):
        """To the next moment at which something is due, at most `limit`."""
        self.drain()
        before = self.now
        self.now = max(self.now, min(limit, self.due()))
        self.still = self.still + 1 if self.now == before else 0
        if self.still > 10000:
            raise Wrong("time stands still: something is due again and again")
        while self.timers and self.timers[0][0] <= self.now:
            timer = heapq.heappop(self.timers)[2]
            if timer.act:
                timer.act()
                self.drain()
        for end in self.ends:
            if end.next_timeout() <= self.now:
                end.tick()
        self.drain()

    def run(self, seconds):
        end = self.now + seconds
        self.step(end)
        while self.now < end or self.due() <= end:
            self.step(end)

    def due(self):
        while self.timers and self.timers[0][2].act is None:
            heapq.heappop(self.timers)
        return min([t[0] for t in self.timers[:1]] + [e.next_timeout() for e in self.ends], default=float("inf"))

    def until(self, test, seconds, what):
        """Until test() is true; its value."""
        end = self.now + seconds
        self.drain()
        while True:
            got = test()
            if got:
                return got
            if self.now >= end:
                raise Wrong("not within %g s: %s" % (seconds, what))
            self.step(end)

    def close(self):
        for port in list(self.ports.values()):
            port.socket.close()
        if self.claim:
            self.claim.close()
        self.poll.close()


class Way:
    """How a host's datagrams get to its peers, in their own time."""

    def send(self, port, to, data):
        ike = port.address[1] == IKE or port.address[1] == NAT_T and data[:4] == bytes(4)
        port.world.hold(ike, lambda: self.carry(port, to, data))


class Direct(Way):
    """The way of a host without NAT."""

    def carry(self, port, to, data):
        port.send(to, data)

    def origin(self, _port, peer):
        return peer


class Nat(Way):
    """A NAT with one public address. A host behind it sends to the NAT's inner side in place of the
    real destination, and is told that what comes from there came from the destination."""

    def __init__(self, world, life=0):
        self.world, self.life = world, life
        self.inside, self.outside = world.address(), world.address()
        self.doors = {}                         # destination: our inner socket that stands for it
        self.behind = {}                        # inner socket's address: destination
        self.mapped = {}                        # (inner address, destination): outer socket
        self.used = {}

    def door(self, to):
        if to not in self.doors:
            port = self.world.bind(self.inside, 0, lambda data, peer: self.out(to, data, peer))
            self.doors[to], self.behind[port.address] = port, to
        return self.doors[to]

    def carry(self, port, to, data):
        port.send(self.door(to).address, data)

    def origin(self, _port, peer):
        return self.behind.get(peer, peer)

    def out(self, to, data, inner):
        key = (inner, to)
        if key in self.mapped and self.life and self.world.now - self.used[key] > self.life:
            self.forget(key)
        if key not in self.mapped:
            self.mapped[key] = self.world.bind(self.outside, 0, lambda data, peer: self.back(key, data, peer))
        self.used[key] = self.world.now
        self.mapped[key].send(to, data)

    def back(self, key, data, peer):
        inner, to = key
        if peer != to or self.life and self.world.now - self.used[key] > self.life:
            return
        self.used[key] = self.world.now
        self.door(to).send(inner, data)

    def forget(self, key):
        self.mapped.pop(key).close()

    def rebind(self):
        """Every mapping gets another outer port, as after a restart."""
        for key in list(self.mapped):
            self.forget(key)


class Forward(Way):
    """A server behind NAT: what comes to the public address goes to the private one, same port."""

    def __init__(self, world, private, ports):
        self.world, self.private, self.public = world, private, world.address()
        self.outer = {n: world.bind(self.public, n, lambda d, peer, n=n: self.enter(n, d, peer)) for n in ports}
        self.clients = {}                       # (client, port): our socket that stands for it
        self.behind = {}

    def enter(self, n, data, peer):
        key = (peer, n)
        if key not in self.clients:
            port = self.world.bind(self.public, 0, lambda d, p: None)
            port.got = lambda d, _p: self.outer[n].send(peer, d)
            self.clients[key], self.behind[port.address] = port, key
        self.clients[key].send((self.private, n), data)

    def carry(self, port, to, data):
        """As the server's way: to the client by the public port of the same number."""
        stand_in = self.clients.get((to, port.address[1]))
        port.send(stand_in.address if stand_in else to, data)

    def origin(self, _port, peer):
        return self.behind[peer][0] if peer in self.behind else peer
