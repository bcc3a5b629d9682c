# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The laboratory: a network of namespaces, a NAT that can be switched on and moved, packet
captures, and user-mode Linux guests with the stock peers in them.

    near 192.0.2.1 ──┬── mid (router, NAT) ──┬── far1 198.51.100.2
                     │                       └── far2 203.0.113.2
    namespace with our program               user-mode Linux guests
    (or, with --self, a guest too)

Everything lives in private mount, network and PID namespaces which `run` made, so all of it
is gone when the runner is, however it ended.  Nothing here waits without a limit.
"""
import os
import shlex
import socket
import struct
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NETS = {"near": "192.0.2", "far1": "198.51.100", "far2": "203.0.113"}
ADDR = {"near": "192.0.2.1", "far1": "198.51.100.2", "far2": "203.0.113.2"}
ROUTER = {side: net + ".254" for side, net in NETS.items()}


class Failed(Exception):
    """A case did not see what it should have seen."""


class Clock:
    """Time left for the case at hand; asked at every wait."""

    def __init__(self):
        self.stopped = threading.Event()
        self.end = 0.0

    def start(self, seconds):
        self.end = time.monotonic() + seconds

    def check(self):
        if self.stopped.is_set():
            raise Failed("stopped")
        if time.monotonic() > self.end:
            raise Failed("the case ran out of time")

    def wait(self, test, seconds, what, step=0.03):
        """Until test() is true; its value."""
        end = time.monotonic() + seconds
        while True:
            got = test()
            if got:
                return got
            self.check()
            if time.monotonic() > end:
                raise Failed("%s: not within %g s" % (what, seconds))
            time.sleep(step)

    def sleep(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            time.sleep(min(0.1, max(0.0, end - time.monotonic())))


class Process:
    """A program in a namespace, its output in a file."""

    def __init__(self, lab, argv, log, ns=None):
        self.lab, self.log, self.argv = lab, log, argv
        if ns:
            argv = lab.inside(ns) + argv
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT, start_new_session=True)
        lab.processes.append(self)

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def running(self):
        return self.popen.poll() is None

    def wait(self, seconds):
        """Its exit status."""
        self.lab.clock.wait(lambda: not self.running(), seconds, "end of " + os.path.basename(self.argv[0]))
        return self.popen.returncode

    def signal(self, number):
        if self.running():
            self.popen.send_signal(number)

    def kill(self):
        if self.running():
            self.popen.kill()
        self.popen.wait()
        if self in self.lab.processes:
            self.lab.processes.remove(self)


class Capture:
    """tcpdump on a router's device."""

    def __init__(self, lab, device, path, whole=False):
        self.lab, self.path = lab, path
        lab.segment_before_capture(True)
        self.process = Process(lab, ["tcpdump", "-i", device, "-Z", "root", "-U", "--immediate-mode", "-B", "8192",
                                     "-s", "0" if whole else "96", "-w", path, "ip"],
                               path + ".log", lab.mid)
        lab.clock.wait(lambda: os.path.exists(path) and os.path.getsize(path) >= 24, 5, "tcpdump")

    def stop(self):
        time.sleep(0.15)
        self.process.signal(2)
        self.process.wait(5)
        self.kill()

    def kill(self):
        self.process.kill()
        self.lab.segment_before_capture(False)

    def packets(self):
        """(source, destination, protocol, source port, destination port, UDP payload's start)"""
        with open(self.path, "rb") as f:
            data = f.read()
        at = 24
        while at + 16 <= len(data):
            size = struct.unpack_from("<I", data, at + 8)[0]
            p = data[at + 30:at + 16 + size]           # past the Ethernet header
            at += 16 + size
            if len(p) < 28 or p[0] >> 4 != 4 or struct.unpack_from(">H", p, 6)[0] & 0x1fff:
                continue
            head = (p[0] & 15) * 4
            ports = struct.unpack_from(">HH", p, head) if p[9] in (6, 17) else (0, 0)
            yield (socket.inet_ntoa(p[12:16]), socket.inet_ntoa(p[16:20]), p[9], *ports, p[head + 8:head + 12])


class Guest:
    """A stock Linux machine: user-mode Linux on a TAP."""

    def __init__(self, lab, side):
        self.lab, self.side, self.addr = lab, side, ADDR[side]
        self.dir = os.path.join(lab.dir, side)
        self.popen = None
        self.heard, self.done, self.count = [], {}, 0
        self.boot()

    def boot(self):
        os.makedirs(self.dir + "/cmd", exist_ok=True)
        self.heard, self.done = [], {}
        ours, theirs = socket.socketpair()
        cpus = sorted(os.sched_getaffinity(0))
        # Pinned to one CPU user-mode Linux runs about twice as fast.
        cpu = cpus[-1 - self.lab.cpu_of(self.side) % len(cpus)]
        mac = "02:6c:32:%s" % ":".join("%02x" % b for b in os.urandom(3))
        argv = ["taskset", "-c", str(cpu)] + self.lab.inside(self.lab.mid) + [
            "linux.uml", "mem=160M", "rootfstype=hostfs", "rootflags=/", "ro", "panic=1",
            "init=" + HERE + "/guest-init", "tools=" + HERE, "shared=" + self.dir, "peer=" + self.lab.peer_root,
            "addr=%s/24" % self.addr, "gw=" + ROUTER[self.side],
            "uml_dir=%s/uml/" % self.lab.dir, "umid=" + self.side,
            "con=null", "con0=null,fd:2", "ssl=null", "ssl0=fd:0,fd:1", "quiet", "rcupdate.rcu_expedited=1",
            "vec0:transport=tap,ifname=%s,depth=128,mac=%s" % (self.side, mac)]
        with open(self.dir + "/console.log", "ab") as log:
            self.popen = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=log, start_new_session=True,
                                          env=dict(os.environ, TMPDIR=self.lab.dir))
        theirs.close()
        self.line = ours
        threading.Thread(target=self.listen, args=(ours,), daemon=True).start()
        self.wait_for("ready", 40)

    def listen(self, line):
        try:
            for text in line.makefile("r", errors="replace"):
                words = text.split()
                if words[:2] == ["@", "done"]:
                    self.done[words[2]] = int(words[3])
                elif words[:1] == ["@"]:
                    self.heard.append(words[1:])
        except OSError:                            # the guest was killed
            pass

    def heard_of(self, word, since=0):
        """The last line that began with word."""
        for words in reversed(self.heard[since:]):
            if words[0] == word:
                return words
        return None

    def wait_for(self, word, seconds, since=0):
        def test():
            if self.popen.poll() is not None:
                raise Failed("the guest %s died" % self.side)
            return self.heard_of(word, since)
        return self.lab.clock.wait(test, seconds, "'%s' from %s" % (word, self.side))

    def begin(self, *argv):
        """Start a command in the guest; the ticket for finish()."""
        self.count += 1
        ticket = "%d" % self.count
        with open("%s/cmd/%s" % (self.dir, ticket), "w") as f:
            f.write("exec " + shlex.join(argv) + "\n")
        self.line.sendall(ticket.encode() + b"\n")
        return ticket

    def finish(self, ticket, seconds=30, check=True):
        """(exit status, output); another status than 0 is a failure unless told otherwise."""
        path = "%s/cmd/%s" % (self.dir, ticket)

        def test():
            if self.popen.poll() is not None:
                raise Failed("the guest %s died" % self.side)
            return ticket in self.done
        with open(path) as f:
            what = f.read()[5:60].strip()
        self.lab.clock.wait(test, seconds, "'%s' on %s" % (what, self.side), 0.01)
        with open(path + ".out", errors="replace") as f:
            out = f.read()
        if check and self.done[ticket] != 0:
            raise Failed("'%s' on %s: exit status %d: %s" % (what, self.side, self.done[ticket], out[-300:]))
        return self.done[ticket], out

    def run(self, *argv, seconds=30, check=True):
        return self.finish(self.begin(*argv), seconds, check)

    def kill(self):
        """The machine vanishes without a word."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, 9)
        self.popen.wait()
        self.line.close()

    def reboot(self):
        self.kill()
        self.boot()


class Near:
    """Our program's namespace, with the same manners as a guest."""

    def __init__(self, lab):
        self.lab, self.addr, self.tickets = lab, ADDR["near"], 0

    def begin(self, *argv):
        self.tickets += 1
        return Process(self.lab, list(argv), "%s/near.%d.out" % (self.lab.dir, self.tickets), self.lab.near)

    def finish(self, process, seconds=30, check=True):
        status = process.wait(seconds)
        process.kill()
        if check and status != 0:
            raise Failed("'%s': exit status %d: %s" % (shlex.join(process.argv)[:55], status, process.text()[-300:]))
        return status, process.text()

    def run(self, *argv, seconds=30, check=True):
        return self.finish(self.begin(*argv), seconds, check)


class Lab:
    """The network and what runs in it."""

    def __init__(self, name, directory, peer_root, build, all_stock):
        self.name, self.dir, self.peer_root, self.build, self.all_stock = name, directory, peer_root, build, all_stock
        self.clock = Clock()
        self.processes, self.guests = [], {}
        self.near, self.mid = name + "-near", name + "-mid"
        os.makedirs(directory + "/uml")
        do = self.command
        do("ip", "netns", "add", self.mid)
        for key in ("net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.default.disable_ipv6", "net.ipv4.ip_forward"):
            do(*self.inside(self.mid), "sysctl", "-qw", key + "=1")
        taps = ["far1", "far2"]
        if all_stock:
            taps.append("near")
        else:
            do("ip", "netns", "add", self.near)
            do("ip", "link", "add", "near", "netns", self.mid, "type", "veth", "peer", "name", "eth0",
               "netns", self.near)
            do(*self.inside(self.near), "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1")
            do("ip", "-n", self.near, "link", "set", "lo", "up")
            do("ip", "-n", self.near, "addr", "add", ADDR["near"] + "/24", "dev", "eth0")
            do("ip", "-n", self.near, "link", "set", "eth0", "up")
            do("ip", "-n", self.near, "route", "add", "default", "via", ROUTER["near"])
        for tap in taps:
            do("ip", "-n", self.mid, "tuntap", "add", tap, "mode", "tap")
        for side in NETS:
            do("ip", "-n", self.mid, "addr", "add", ROUTER[side] + "/24", "dev", side)
            do("ip", "-n", self.mid, "link", "set", side, "up")

    def segment_before_capture(self, on):
        """A capture sees what our program sends in one call (UDP GSO) as one packet, unless its device takes no such bursts."""
        if not self.all_stock:
            self.command("ip", "-n", self.near, "link", "set", "eth0", "gso_max_segs", "1" if on else "65535")

    @staticmethod
    def command(*argv, text=None):
        done = subprocess.run(argv, input=text, stdin=None if text else subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30, check=False)
        if done.returncode:
            raise Failed("%s: %s" % (shlex.join(argv), done.stderr.strip()))
        return done.stdout

    @staticmethod
    def inside(ns):
        return ["nsenter", "--net=/run/netns/" + ns, "--"]

    def cpu_of(self, side):
        return int(self.name[1:]) + (side != "far1")

    def guest(self, side):
        """The guest on this side, booted if it is not running."""
        if side in self.guests and self.guests[side].popen.poll() is not None:
            self.drop(side)
        if side not in self.guests:
            self.guests[side] = Guest(self, side)
        return self.guests[side]

    def drop(self, side):
        if side in self.guests:
            self.guests.pop(side).kill()

    def nat(self, inner, ports="20000-29999", esp=True):
        """Hide the inner side ("near", "far") behind the router; None: no NAT.  All mappings are lost.  Without esp it lets no
        IP protocol 50 pass."""
        rules = "table ip nat\ndelete table ip nat\ntable ip wall\ndelete table ip wall\n"
        if not esp:
            rules += "table ip wall { chain pass { type filter hook forward priority filter; meta l4proto esp drop\n}\n}\n"
        if inner:
            which = 'oifname "near"' if inner == "far" else "ip saddr %s.0/24" % NETS["near"]
            rules += """table ip nat {
                chain post {
                    type nat hook postrouting priority srcnat;
                    %s meta l4proto udp masquerade to :%s
                    %s masquerade
                }
            }\n""" % (which, ports, which)
        self.command(*self.inside(self.mid), "nft", "-f", "-", text=rules)
        self.command(*self.inside(self.mid), "python3", os.path.join(HERE, "forget-mappings"))

    def close(self):
        for process in list(self.processes):
            process.kill()
        for side in list(self.guests):
            self.drop(side)
        for ns in (self.near, self.mid):
            subprocess.run(["ip", "netns", "del", ns], capture_output=True, check=False)
