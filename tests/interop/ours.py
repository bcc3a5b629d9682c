# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Our own example programs, l2tpsec-client and l2tpsec-server, on the near side."""
import itertools
import json
import os
import signal

from peer import PASSWORD, PSK, USER
from rig import ADDR, Failed, Near, Process

EXIT = {"closed": 0, "no answer": 3, "phase 1": 4, "phase 2": 5, "l2tp": 6, "authentication": 7, "ppp": 8}


class Program:
    """What the two have in common."""

    numbers = itertools.count(1)

    def __init__(self, lab, name):
        self.lab, self.host, self.process = lab, Near(lab), None
        self.dir = "%s/near-%s-%d" % (lab.dir, name, next(self.numbers))
        self.keylog, self.events_file = self.dir + "/keys", self.dir + "/events.jsonl"
        self.tap = self.dir + "/control.pcap"
        os.makedirs(self.keylog)
        self.binary = os.path.join(lab.build, "examples", "l2tpsec-" + name)
        for path, text in (("psk", PSK), ("password", PASSWORD)):
            self.write(path, text + "\n")

    def write(self, name, text):
        with open(os.open("%s/%s" % (self.dir, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(text)

    def spawn(self, *args):
        self.process = Process(self.lab, [self.binary, *args], self.dir + "/output.log", self.lab.near)

    def ready(self):
        return any(line.strip() == "ready" for line in self.process.text().splitlines())

    def events(self, since=0):
        got = []
        if os.path.exists(self.events_file):
            with open(self.events_file, errors="replace") as f:
                for line in f.read().splitlines()[since:]:
                    try:
                        got.append(json.loads(line))
                    except ValueError:
                        got.append({"type": "broken line", "text": line})
        return got

    def event(self, *types, since=0):
        """The last event of these types."""
        for e in reversed(self.events(since)):
            if e.get("type") in types:
                return e
        return None

    def wait_event(self, *types, seconds=15, since=0):
        return self.lab.clock.wait(lambda: self.event(*types, since=since), seconds, "our event " + "/".join(types))

    def kill(self):
        if self.process:
            self.process.kill()


class Client(Program):
    """l2tpsec-client.  dial() and hang_up() are like the stock client's."""

    def __init__(self, lab, server=ADDR["far1"], psk=None, password=None, args=()):
        super().__init__(lab, "client")
        self.server, self.args = server, list(args)
        if psk:
            self.write("psk", psk + "\n")
        if password:
            self.write("password", password + "\n")

    def dial(self, seconds=20):
        proof = [] if "--certificate" in self.args else ["--psk-file", self.dir + "/psk"]
        self.spawn("--server", self.server, *proof, "--user", USER,
                   "--password-file", self.dir + "/password", "--tun", "vpn0", "--route", "10.55.0.0/24",
                   "--keylog", self.keylog, "--tap", self.tap, "--events", self.events_file, *self.args)
        self.lab.clock.wait(lambda: self.ready() or not self.process.running(), seconds, "ready from l2tpsec-client")
        if not self.process.running():
            return self.process.popen.returncode, None
        up = self.wait_event("up", seconds=2)
        return 0, (up.get("address"), up.get("peer_address"))

    def hang_up(self):
        self.process.signal(signal.SIGTERM)
        status = self.process.wait(15)
        if status != EXIT["closed"]:
            raise Failed("l2tpsec-client ended with %d after SIGTERM" % status)


class Server(Program):
    """l2tpsec-server."""

    inner = "10.77.0.1"

    def __init__(self, lab, preset="compatible", auth=("mschapv2", "chap", "pap"), settings=(), papers=None, keys=()):
        super().__init__(lab, "server")
        lines = ['listen = {"%s"}' % ADDR["near"], 'tun = "l2tp0"', 'address = "%s"' % self.inner,
                 'pool = "10.77.0.0/16"', 'dns = {"%s"}' % self.inner, 'preset = "%s"' % preset,
                 "auth = {%s}" % ", ".join('"%s"' % a for a in auth)]
        lines += keys
        if settings:
            lines.append("set = {%s}" % ", ".join('"%s"' % s for s in settings))
        lines += ['%s = "%s"' % paper for paper in (papers or {}).items()]
        lines += ['psk "%%any" { secret = "%s" }' % PSK, 'user "%s" { password = "%s" }' % (USER, PASSWORD),
                  'user "bob" { password = "builder" }',
                  'events = "%s"' % self.events_file, 'keylog = "%s"' % self.keylog, 'tap = "%s"' % self.tap]
        self.write("server.conf", "\n".join(lines) + "\n")
        self.start()

    def start(self):
        had = self.process.text().count("ready") if self.process else 0
        self.spawn("--config", self.dir + "/server.conf")

        def test():
            if not self.process.running():
                raise Failed("l2tpsec-server ended with %d: %s" % (self.process.popen.returncode,
                                                                   self.process.text()[-300:]))
            return self.process.text().count("ready") > had
        self.lab.clock.wait(test, 10, "ready from l2tpsec-server")

    def shut_down(self):
        self.process.signal(signal.SIGTERM)
        status = self.process.wait(15)
        if status != 0:
            raise Failed("l2tpsec-server ended with %d after SIGTERM" % status)

    def refusals(self):
        """How many peers it says it refused."""
        since = len(self.events())
        self.process.signal(signal.SIGUSR1)
        return self.wait_event("stats", seconds=3, since=since).get("refused")

    def kill_and_start(self):
        """Die without a word, and be there again."""
        self.process.kill()
        self.start()
