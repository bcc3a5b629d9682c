# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The stock peer: strongSwan or libreswan, xl2tpd and pppd in a guest, as server or client."""
import itertools
import os
import re

from rig import ADDR, HERE, Failed

USER, PASSWORD, PSK = "alice", "wonderland", "testpsk"
SERVER_IP, POOL = "10.55.0.1", "10.55.0.10-10.55.0.99"
TOOL = os.path.join(HERE, "guest-peer")
PAPERS = os.path.join(os.path.dirname(HERE), "vectors", "x509")
PPP_METHODS = {"pap": "pap", "chap": "chap", "mschapv2": "mschap-v2", "eap-mschapv2": "eap", "eap-md5": "eap", "eap-tls": "eap"}

STRONGSWAN_CONF = """charon {
    load_modular = yes
    fragment_size = %d
    filelog {
        rig {
            path = /run/session/ike.log
            time_format = %H:%M:%S
            time_add_ms = yes
            flush_line = yes
            default = 1
            ike = 2
            cfg = 2
        }
    }
    plugins {
        include strongswan.d/charon/*.conf
        # These open raw sockets or ask for kernel parts that the guest has not.
        farp { load = no }
        dhcp { load = no }
        forecast { load = no }
        connmark { load = no }
        resolve { load = no }
    }
}
include strongswan.d/*.conf
"""
IP_UP = """#!/bin/sh
touch /run/session/up
echo "@ up $1 $4 $5" >/run/say
"""
IP_DOWN = """#!/bin/sh
rm -f /run/session/up
echo "@ down $1 $4 $5" >/run/say
"""


def conn(role, addr, server, o):
    """The IKE daemon's connection.  Both daemons read nearly the same words."""
    strongswan = o["daemon"] == "strongswan"
    proof = ["authby=" + ("pubkey" if strongswan else "rsasig"), "leftcert=" + ("peer.pem" if strongswan else "peer"),
             "leftsendcert=always"] if o["cert"] else ["authby=secret"]
    lines = ["type=transport", *proof, "left=" + addr, "leftprotoport=17/1701", "keyingtries=1"]
    lines += ["keyexchange=ikev1"] if strongswan else ["ikev2=no", "pfs=no"]
    strict = "!" if strongswan else ""
    if o["ike"]:
        lines.append("ike=" + o["ike"] + strict)
    if o["esp"]:
        esp = o["esp"] if strongswan else re.sub(r"^aes(\d+)gcm16$", r"aes_gcm\1-null", o["esp"])
        lines.append("esp=" + esp + strict)
    if o["ike_life"]:
        lines.append("ikelifetime=%ds" % o["ike_life"])
    if o["life"]:
        lines.append("%s=%ds" % ("lifetime" if strongswan else "salifetime", o["life"]))
    if o["margin"]:
        lines += ["rekeymargin=%ds" % o["margin"], "rekeyfuzz=0%"]
    if not o["rekey"]:
        lines.append("rekey=no")
    lines += ["dpdaction=clear", "dpddelay=30s", "dpdtimeout=120s"]
    if o["cert"] and strongswan:
        lines.append("rightid=" + o["rightid"])
    elif o["cert"]:
        lines += ["leftid=%fromcert", "rightid=%fromcert", "rightca=%same"]
    if o["fragments"]:
        lines.append("fragmentation=force")
    if role == "server":
        lines += ["right=%any", "rightprotoport=17/%any"]
    else:
        lines += ["right=" + server, "rightprotoport=17/1701"]
        if not strongswan:
            lines.append("leftnexthop=" + re.sub(r"\.\d+$", ".254", addr))
    lines.append("auto=add" if strongswan else "auto=ignore")
    return "".join("    %s\n" % line for line in lines)


def files(role, addr, server, o):
    """Everything that the daemons read, as {path below /etc: text}."""
    etc = {"strongswan.conf": STRONGSWAN_CONF.replace("%d", "576" if o["fragments"] else "1280"), "ppp/ip-up": IP_UP, "ppp/ip-down": IP_DOWN, "ppp/options": "",
           "xl2tpd/l2tp-secrets": ""}
    setup = "" if o["daemon"] == "strongswan" else "    nssdir=/var/lib/ipsec/nss\n    ikev1-policy=accept\n"
    etc["ipsec.conf"] = "config setup\n%s\nconn l2tp\n%s" % (setup, conn(role, addr, server, o))
    etc["ipsec.secrets"] = '%s: PSK "%s"\n' % ("" if o["daemon"] == "strongswan" else "%any %any ", o["psk"])
    if o["cert"]:
        kind = "RSA" if o["cert"] in ("client", "server") else "ECDSA"
        etc["ipsec.secrets"] = ": %s peer.pem\n" % kind if o["daemon"] == "strongswan" else ""
        for path, name in (("cacerts/ca", o["ca"] + ".pem"), ("certs/peer", o["cert"] + ".pem"),
                           ("private/peer", o["cert"] + ".key")):
            with open(os.path.join(PAPERS, name)) as f:
                etc["ipsec.d/%s.pem" % path] = f.read()
    if o["ppp_cert"]:                      # client, server, client's certificate, server's, CA, key, addresses
        for kind, name in (("cert", o["ppp_cert"] + ".pem"), ("key", o["ppp_cert"] + ".key"), ("ca", o["ppp_ca"] + ".pem")):
            with open(os.path.join(PAPERS, name)) as f:
                etc["ppp/eap-%s.pem" % kind] = f.read()
        own = "/etc/ppp/eap-cert.pem"
        etc["ppp/eaptls-" + role] = "* * %s %s /etc/ppp/eap-ca.pem /etc/ppp/eap-key.pem *\n" % (
            (own, "-") if role == "client" else ("-", own))
    etc["ppp/chap-secrets"] = etc["ppp/pap-secrets"] = '"%s" * "%s" *\n' % (USER, o["password"])

    wanted = PPP_METHODS[o["auth"]]
    ppp = ["debug", "logfile /run/session/pppd.log", "mtu 1400", "mru 1400", "nodefaultroute",
           "ipcp-accept-local", "ipcp-accept-remote", "lcp-echo-interval 10", "lcp-echo-failure 3",
           # The kernel drops what comes before pppd has attached: repeat sooner than in 3 s.
           "lcp-restart 1"]
    ppp += o["ppp"] or ["noccp"]
    ppp += ["refuse-" + m for m in ("pap", "chap", "mschap", "mschap-v2", "eap") if m != wanted]
    xl2tpd = "[global]\nport = 1701\ndebug tunnel = yes\ndebug state = yes\n"
    if role == "server":
        ppp += ["name linux-lns", "auth", "require-" + wanted, "ms-dns " + SERVER_IP]
        xl2tpd += "[lns default]\nip range = %s\nlocal ip = %s\nname = linux-lns\n" % (POOL, SERVER_IP)
    else:
        ppp += ["name " + (o["ppp_user"] or USER), "noauth", "usepeerdns"]
        xl2tpd += "[lac peer]\nlns = %s\nname = linux-lac\n" % server
    etc["ppp/options.l2tp"] = "".join(line + "\n" for line in ppp)
    etc["xl2tpd/xl2tpd.conf"] = xl2tpd + "pppoptfile = /etc/ppp/options.l2tp\nppp debug = yes\nlength bit = yes\n"
    return etc


class Stock:
    """A stock server or client in a guest, freshly configured and started."""

    DEFAULTS = {"daemon": "strongswan", "ike": "aes256-sha1-modp2048", "esp": "aes256-sha1", "auth": "mschapv2",
                "psk": PSK, "password": PASSWORD, "cert": None, "ca": "ca", "ppp": (), "ppp_cert": None, "ppp_ca": "ca", "ppp_user": None, "fragments": False,
                 "rightid": "%any", "life": 0, "ike_life": 0, "margin": 0, "rekey": True}
    numbers = itertools.count(1)

    def __init__(self, lab, side, role, server=None, **options):
        self.lab, self.side, self.role = lab, side, role
        self.options = dict(self.DEFAULTS, **options)
        self.server = server or ADDR["near"]
        self.guest = self.host = lab.guest(side)
        self.inner = SERVER_IP
        self.start()

    def start(self):
        name = "s%d" % next(self.numbers)
        self.dir = os.path.join(self.guest.dir, name)
        for path, text in files(self.role, self.guest.addr, self.server, self.options).items():
            full = os.path.join(self.dir, "etc", path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w") as f:
                f.write(text)
            os.chmod(full, 0o755 if path in ("ppp/ip-up", "ppp/ip-down") else 0o644)
        with open(self.dir + "/daemon", "w") as f:
            f.write(self.options["daemon"])
        self.since = len(self.guest.heard)
        self.guest.run(TOOL, "start", "/run/lab/" + name)

    def reboot(self):
        """Vanish without a word, and be there again a few seconds later."""
        self.guest.reboot()
        self.start()

    def log(self, name):
        try:
            with open("%s/%s.log" % (self.dir, name), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def state(self):
        return self.guest.run(TOOL, "state")[1]

    # As client.

    def dial(self, seconds=20):
        """0 and (own address, peer's address), or the exit status l2tpsec-client would have."""
        self.since = len(self.guest.heard)
        status, out = self.guest.run(TOOL, "ipsec", str(seconds), seconds=seconds + 10, check=False)
        with open(self.dir + "/dial.log", "a") as f:
            f.write(out)
        if status:
            return 4, None
        self.guest.run(TOOL, "l2tp")
        mark = len(self.log("pppd"))

        def test():
            if self.guest.heard_of("up", self.since):
                return "up"
            return "failed" if "authentication failed" in self.log("pppd")[mark:] else None
        try:
            if self.lab.clock.wait(test, seconds, "PPP") == "failed":
                return 7, None
        except Failed:
            return 8, None
        return 0, self.guest.heard_of("up", self.since)[2:4]

    def hang_up(self):
        self.guest.run(TOOL, "hangup", seconds=20)

    def is_up(self):
        last = [w[0] for w in self.guest.heard[self.since:] if w[0] in ("up", "down")]
        return last[-1:] == ["up"]

    def shut_down(self):
        self.guest.run(TOOL, "shutdown", seconds=20)

    def wait_up(self, seconds=20):
        self.lab.clock.wait(self.is_up, seconds, "PPP up on " + self.side)
        return self.guest.heard_of("up", self.since)[2:4]

    def wait_down(self, seconds=12):
        self.lab.clock.wait(lambda: not self.is_up(), seconds, "PPP down on " + self.side)

    def vanish(self):
        """Stop the daemons without a word; the guest stays."""
        self.guest.run(TOOL, "reset")
