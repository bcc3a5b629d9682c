#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""workers.py PROGRAMS - l2tpsec-server --workers 2 with real sockets: clients of ours in namespaces of their own land on both workers,
traffic goes both ways, what arrives at the wrong worker is handed on, all is closed in order. Exit status 77 where that cannot be."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SERVER, INSIDE, CLIENTS, FLOWS = "192.0.2.1", "10.77.0.1", 6, 12
PINNED = {3: "10.77.5.3", 4: "10.77.5.4"}  # addresses of the other worker's part
ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 7000))
while True:
    data, who = s.recvfrom(2048)
    s.sendto(data, who)
"""
CALL = """
import socket, sys, time
for to in sys.argv[2:]:
    for i in range(int(sys.argv[1])): # each flow has a queue of the device that the kernel picks
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.5)
        s.connect((to, 7000))
        for again in range(6):
            try:
                s.send(b"x" * 1200)
                if len(s.recv(2048)) == 1200:
                    break
            except (TimeoutError, ConnectionError):
                time.sleep(0.1)
        else:
            sys.exit("no echo from " + to)
"""


def run(*args):
    subprocess.run(args, check=True)


def wait(what, seconds, test):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        got = test()
        if got:
            return got
        time.sleep(0.05)
    sys.exit("waited in vain for " + what)


def shard(address):
    """l2tpsec_shard_of_address() for two."""
    return (int(address.rsplit(".", 1)[1]) * 157 % 256) * 2 >> 8


class Program:
    def __init__(self, where, name, *args):
        self.log, self.events_file = name + ".log", name + ".events"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(["ip", "netns", "exec", where, *args], stdout=log, stderr=log)

    def ready(self):
        if self.process.poll() is not None:
            sys.exit(self.log + ": " + open(self.log).read())
        return "ready\n" in open(self.log).read()

    def events(self, kind):
        with open(self.events_file) as f:
            return [e for e in map(json.loads, f) if e["type"] == kind]


def network():
    run("ip", "link", "add", "br0", "type", "bridge")
    run("ip", "link", "set", "br0", "up")
    for name, address in [("server", SERVER)] + [("c%d" % i, "192.0.2.%d" % (10 + i)) for i in range(CLIENTS)]:
        run("ip", "netns", "add", name)
        run("ip", "link", "add", "to-" + name, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "link", "set", "to-" + name, "master", "br0", "up")
        run("ip", "-n", name, "addr", "add", address + "/24", "dev", "eth0")
        run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", name, "link", "set", "eth0", "up")


def inside(programs):
    network()
    os.umask(0o077)
    users = "".join('user "u%d" { password = "wonderland"%s }\n' %
                    (i, ' address = "%s"' % PINNED[i] if i in PINNED else "") for i in range(CLIENTS))
    with open("server.conf", "w") as f:
        f.write('listen = {"%s"}\ntun = "l2tp0"\naddress = "%s"\npool = "10.77.0.0/16"\npreset = "modern"\nworkers = 2\n'
                'psk "%%any" { secret = "testpsk" }\nevents = "server.events"\n%s' % (SERVER, INSIDE, users))
    for name, text in (("psk", "testpsk"), ("password", "wonderland")):
        with open(name, "w") as f:
            f.write(text + "\n")
    server = Program("server", "server", programs + "/l2tpsec-server", "--config", "server.conf")
    wait("the server", 10, server.ready)
    clients = [Program("c%d" % i, "c%d" % i, programs + "/l2tpsec-client", "--server", SERVER, "--psk-file", "psk",
                       "--user", "u%d" % i, "--password-file", "password", "--tun", "vpn0", "--preset", "modern", "--events",
                       "c%d.events" % i, "--encap", "always" if i % 2 else "auto") for i in range(CLIENTS)]
    for c in clients:
        wait("a client", 30, c.ready)
    addresses = [c.events("up")[0]["address"] for c in clients]
    landed = {shard(a) for i, a in enumerate(addresses) if i not in PINNED}
    print("clients inside:", *addresses)
    if landed != {0, 1}:
        sys.exit("not on both workers")

    echoes = [subprocess.Popen(["ip", "netns", "exec", "c%d" % i, sys.executable, "-c", ECHO]) for i in range(CLIENTS)]
    pings = [subprocess.Popen(["ip", "netns", "exec", "c%d" % i, "ping", "-n", "-q", "-c", "20", "-i", "0.05", "-w", "5", "-s", "1000",
                               INSIDE], stdout=subprocess.PIPE, text=True) for i in range(CLIENTS)]
    for p in pings:
        said = p.communicate()[0]
        if " 0% packet loss" not in said:
            sys.exit("pings were lost: " + said)
    run("ip", "netns", "exec", "server", sys.executable, "-c", CALL, str(FLOWS), *addresses)
    for e in echoes:
        e.kill()

    server.process.send_signal(signal.SIGUSR1)
    stats = wait("statistics", 5, lambda: server.events("stats"))[0]
    print("handed on: %d of %d packets" % (stats["handed_on"], stats["packets_in"] + stats["packets_out"]))
    if stats["links_up"] != CLIENTS or stats.get("handed_on", 0) == 0 or "overflow" in stats["host_drops"]:
        sys.exit("statistics: %s" % stats)
    strangers = {"unknown-spi", "unknown-cookie", "unknown-tunnel", "no-route"} & set(stats["drops"])
    if strangers:
        sys.exit("packets went astray: %s" % stats["drops"])
    server.process.send_signal(signal.SIGTERM)
    if server.process.wait(10) != 0:
        sys.exit("the server ended with %s" % server.process.returncode)
    if len(server.events("up")) != CLIENTS or len(server.events("down")) != CLIENTS:
        sys.exit("events are missing")
    for c in clients:
        down = wait("a client's end", 5, lambda c=c: c.events("down"))
        if down[0]["cause"] != "closed-by-peer":
            sys.exit("a client was not told: %s" % down)
    print("ok")


def main():
    programs = os.path.abspath(sys.argv[1])
    if sys.argv[2:] == ["--inside"]:
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        inside(programs)
        return 0
    tools = all(map(shutil.which, ("ip", "ping", "unshare", "mount")))
    lab = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if not tools or os.geteuid() != 0 or not os.path.exists("/dev/net/tun") or \
            subprocess.run(lab + ["sh", "-c", "ip link add br0 type bridge && ip tuntap add t0 mode tun"],
                           stderr=subprocess.DEVNULL).returncode:
        print("needs root, iproute2, ping, network namespaces and TUN devices")
        return 77
    with tempfile.TemporaryDirectory() as place:
        # Processes and namespaces end with the first one of their own PID namespace.
        return subprocess.run(lab + [sys.executable, os.path.abspath(__file__), programs, "--inside"], cwd=place).returncode


sys.exit(main())
