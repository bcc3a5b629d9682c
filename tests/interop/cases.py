# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""The interop cases.  A case is a function of a Trial (the lab, and what this case makes in it)
and of its row's values; it raises Failed, or returns a few words about what it saw.

"client" cases: our client (near) dials a stock server (far1).  "server" cases: stock clients
dial our server.  With --self a stock guest takes our place, which proves the rig."""
import glob
import json
import os
import re
import shutil
import subprocess
import time

import ours
from peer import PAPERS, Stock
from rig import ADDR, HERE, Capture, Failed

SIZE = 20_000_000


class Trial:
    """What one case has to work with; everything it made ends with it."""

    def __init__(self, lab, name, long):
        self.lab, self.name, self.long, self.clock = lab, name, long, lab.clock
        self.parts, self.captures = [], []

    def keep(self, part):
        self.parts.append(part)
        return part

    def stock_server(self, **options):
        return self.keep(Stock(self.lab, "far1", "server", **options))

    def stock_client(self, side="far1", **options):
        return self.keep(Stock(self.lab, side, "client", server=ADDR["near"], **options))

    def our_client(self, args=(), server=ADDR["far1"], psk=None, password=None, **stock_options):
        """args are for l2tpsec-client, stock_options for the guest that stands in for it."""
        if self.lab.all_stock:
            if psk:
                stock_options["psk"] = psk
            if password:
                stock_options["password"] = password
            return self.keep(Stock(self.lab, "near", "client", server=server, **stock_options))
        return self.keep(ours.Client(self.lab, server, psk, password, args))

    def our_server(self, stock_options=None, **options):
        if self.lab.all_stock:
            return self.keep(Stock(self.lab, "near", "server", **(stock_options or {})))
        return self.keep(ours.Server(self.lab, **options))

    def capture(self, device, whole=False):
        path = "%s/%s-%d.pcap" % (self.lab.dir, device, len(self.captures))
        capture = Capture(self.lab, device, path, whole)
        self.captures.append(capture)
        return capture

    def end(self, logs=None):
        """Stop what is left; copy the logs to this directory."""
        for part in reversed(self.parts):
            try:
                if isinstance(part, Stock):
                    if logs and part.guest.popen.poll() is None:
                        with open(part.dir + "/state.txt", "w") as f:
                            f.write(part.state())
                    part.vanish()
                else:
                    part.kill()
            except (Failed, OSError):
                self.lab.drop(part.side)
            if logs:
                shutil.copytree(part.dir, os.path.join(logs, os.path.basename(os.path.dirname(part.dir)) + "-" +
                                                       os.path.basename(part.dir)), dirs_exist_ok=True)
            shutil.rmtree(part.dir, ignore_errors=True)
        for capture in self.captures:
            capture.kill()
            if logs and os.path.exists(capture.path):
                shutil.copy(capture.path, logs)
            for path in glob.glob(capture.path + "*"):
                os.remove(path)
        for process in list(self.lab.processes):
            process.kill()
        for path in glob.glob(self.lab.dir + "/near.*.out"):
            if logs:
                shutil.copy(path, logs)
            os.remove(path)
        if logs:
            for path in glob.glob(self.lab.dir + "/*/console.log"):
                shutil.copy(path, os.path.join(logs, os.path.basename(os.path.dirname(path)) + "-console.log"))


# ------------------------------------------------------------------ what all of them check --

def need(condition, text, *values):
    if not condition:
        raise Failed(text % values if values else text)


def dial_up(client, seconds=25):
    status, addresses = client.dial(seconds)
    said = isinstance(client, ours.Client) and client.event("failed", "down")
    need(status == 0, "dialling ended with %d%s", status, ": " + said.get("text", "") if said else "")
    need(all(addresses), "no addresses: %r", addresses)
    return addresses


def begin_pings(host, address, seconds, rate, size=56):
    """Ping in the background; what is returned waits for the end and says what became of them."""
    ticket = host.begin("python3", os.path.join(HERE, "pinger.py"), address, str(seconds), str(rate), str(size))
    return lambda: json.loads(host.finish(ticket, seconds * 1.5 + 30, check=False)[1].splitlines()[-1])


def pings(*pairs, count=5, interval=0.1, size=56):
    """Ping from each host to each address, all at once; none may be lost. One that was lost beside all the other suites could
    not be explained, nor brought about again: so a single one is told, and then none of as many may be."""
    for once in (True, False):
        both = [(address, begin_pings(host, address, count * interval, 1 / interval, size)) for host, address in pairs]
        results = [(address, finish()) for address, finish in both]
        if once and all(r["back"] >= r["sent"] - 1 for _, r in results) and any(r["lost"] for _, r in results):
            print("# a ping was lost, once more: %s" % results, flush=True)
            continue
        for address, result in results:
            need(not result["lost"], "ping %s, %d octets: %d of %d came back, lost at %s", address, size, result["back"],
                 result["sent"], ", ".join(result["lost"]))
        return


def transfer(listener, caller, address, size=SIZE):
    """So many octets each way with SHA-256; (Mbit/s up, Mbit/s down)."""
    tool = os.path.join(HERE, "bulk.py")
    ticket = listener.begin("python3", tool, "serve", "5001")
    status, out = caller.run("python3", tool, "call", address, "5001", str(size), seconds=90, check=False)
    need(status == 0, "moving data: %s", out[-300:])
    listener.finish(ticket, 30)
    result = json.loads(out.splitlines()[-1])
    return "%g and %g Mbit/s" % (result["up_mbit"], result["down_mbit"])


def check_wire(capture, nat):
    """Raw ESP without a NAT, ESP in UDP 4500 behind one, nothing else; and the NAT at work."""
    raw = wrapped = clear = 0
    ports = set()
    for source, _, protocol, sport, dport, start in capture.packets():
        raw += protocol == 50
        if protocol == 17 and 4500 in (sport, dport) and len(start) == 4 and start != b"\0\0\0\0":
            wrapped += 1
            ports.add(sport if dport == 4500 else dport)
        if protocol == 17 and 1701 in (sport, dport):
            clear += source == ADDR["near"]
    need(not clear, "%d L2TP packets of ours went in the clear", clear)
    if nat:
        need(wrapped > 1000 and not raw, "behind NAT: %d packets in UDP 4500, %d of protocol 50", wrapped, raw)
        need(ports and all(20000 <= p < 30000 for p in ports), "the NAT did not change the source port: %r", ports)
    else:
        need(raw > 1000 and not wrapped, "without NAT: %d packets of protocol 50, %d in UDP 4500", raw, wrapped)


CIPHERS = {"aes256-sha1": (r"auth-trunc hmac\(sha1\) 0x\w{40} 96", r"enc cbc\(aes\) 0x\w{64}\s"),
           "aes128-sha1": (r"auth-trunc hmac\(sha1\) 0x\w{40} 96", r"enc cbc\(aes\) 0x\w{32}\s"),
           "aes128-sha256": (r"auth-trunc hmac\(sha256\) 0x\w{64} 128", r"enc cbc\(aes\) 0x\w{32}\s"),
           "aes256gcm16": (r"aead rfc4106\(gcm\(aes\)\) 0x\w{72} 128",),
           "3des-sha1": (r"auth-trunc hmac\(sha1\) 0x\w{40} 96", r"enc cbc\(des3_ede\) 0x\w{48}\s")}
METHODS = {"pap": r"\[PAP AuthAck", "chap": r"auth chap MD5>", "mschapv2": r"auth chap MS-v2>"}


def check_agreed(stock, esp, auth, nat):
    """The kernel of the stock peer has the SAs, and pppd the authentication, that this row is about."""
    state = stock.state()
    for pattern in CIPHERS[esp]:
        need(len(re.findall(pattern, state)) >= 2, "no pair of %s SAs in the peer's kernel", esp)
    need("mode transport" in state, "no transport mode SA")
    need(("espinudp" in state) == nat, "encapsulation in UDP is %s", "on" if not nat else "off")
    need(re.search(METHODS[auth], stock.log("pppd")), "pppd's log does not show %s", auth)


DELETED = {"strongswan": (r"received DELETE for ESP CHILD_SA", r"received DELETE for IKE_SA"),
           "libreswan": (r"received Delete SA(\(0x\w+\))? payload: (deleting|replace) IPsec State",
                         r"deleting state \(STATE_MAIN_")}


def check_clean_close(t, stock):
    """The peer closed because we said so, in every layer, and was not left to find out."""
    stock.wait_down(8)
    wanted = [("xl2tpd", r"control_finish: Connection closed to .* \(.*\), Local")]
    wanted += [("ike", pattern) for pattern in DELETED[stock.options["daemon"]]]
    if not t.lab.all_stock:                # xl2tpd leaves PPP's own good-bye out
        wanted.append(("pppd", r"rcvd \[LCP TermReq"))
    for log, pattern in wanted:
        t.clock.wait(lambda l=log, p=pattern: re.search(p, stock.log(l)), 5, "/%s/ in the peer's %s.log" % (pattern, log))


# ---------------------------------------------------------------------------------- sessions --

def session(t, row):
    nat, role = row["nat"], row["role"]
    options = {key: row[key] for key in ("daemon", "ike", "esp", "auth")}
    t.lab.nat({"client": "near", "server": "far"}[role] if nat else None)
    stand_in = {key: row[key] for key in ("ike", "esp", "auth")}
    if role == "client":
        capture = t.capture("far1")
        server = stock = t.stock_server(**options)
        client = t.our_client(row["ours"].split() + ["--auth", row["auth"]], **stand_in)
    else:
        capture = t.capture("near")
        server = t.our_server(stand_in, preset=row["ours"] or "compatible")
        client = stock = t.stock_client(**options)
    own, peer = dial_up(client)
    need(peer == server.inner, "the server's address inside is %s, not %s", peer, server.inner)
    need(own.rsplit(".", 2)[0] == peer.rsplit(".", 2)[0] and own != peer, "the client's address is %s", own)
    stock.wait_up()
    for size in (56, 1300):
        pings((client.host, peer), (server.host, own), size=size)
    check_agreed(stock, row["esp"], row["auth"], nat)
    speed = transfer(server.host, client.host, peer)
    if role == "client" or row["close"] == "client":
        client.hang_up()
        if role == "client":
            check_clean_close(t, stock)
        elif not t.lab.all_stock:
            server.wait_event("down", seconds=8)
    else:
        server.shut_down()
        check_clean_close(t, stock)
    capture.stop()
    check_wire(capture, nat)
    return speed


# ----------------------------------------------------------------------------- what pppd can --

def pppd(t, row):
    """What stock pppd can do beside the plain sessions: EAP, MPPE that it insists on, IPv6."""
    t.lab.nat({"client": "near", "server": "far"}[row["role"]] if row["nat"] else None)
    options = dict(auth=row["auth"], ppp=row["pppd"])
    mine, keys = list(row["ours"]), list(row["keys"])
    if "certs" in row:                     # EAP-TLS: ours and theirs; pppd compares the user name with the CN, letter by letter
        files = {"ppp-" + key: path for key, path in papers(row["certs"][0]).items()}
        options.update(ppp_cert=row["certs"][1], ppp_user="Alice")
        if row["role"] == "client":
            mine += ["--user", "Alice", *(word for key, path in files.items() for word in ("--" + key, path))]
        else:
            keys += ['%s = "%s"' % item for item in files.items()]
    if row["role"] == "client":
        server = stock = t.stock_server(**options)
        client = t.our_client(["--auth", row["auth"], *mine], **dict(options, **row.get("stand_in", {})))
    else:
        server = t.our_server(dict(options, **row.get("stand_in", {})), auth=[row["auth"]], settings=row["ours"], keys=keys)
        client = stock = t.stock_client(**options)
    if row.get("refused"):
        return refused_inside(t, row, client, server)
    own, peer = dial_up(client)
    stock.wait_up()
    pings((client.host, peer), (server.host, own), size=1300)
    said = row["check"](t, stock, client, server) if row["check"] and not t.lab.all_stock else None
    log = stock.log("pppd")
    for pattern in row["shows"]:
        need(re.search(pattern, log), "pppd's log does not show /%s/", pattern)
    client.hang_up()
    return said or row["auth"]


def refused_inside(t, row, client, server):
    """EAP-TLS fails for the certificate of one side, and our event says why."""
    status, _ = client.dial(30 if row["role"] == "client" else 8)
    need(status != 0, "it came up")
    if t.lab.all_stock:
        return None
    event = (client if row["role"] == "client" else server).wait_event("failed", seconds=8)
    need(event["cause"] == "certificate" and row["refused"] in event["text"], "the event says: %r", event)
    need(row["role"] == "server" or status == ours.EXIT["authentication"], "ended with %d", status)
    return event["text"]


def knows_the_user(_t, _stock, _client, server):
    event = server.wait_event("up", seconds=5)
    need(event["user"] == "Alice", "the user is %r", event["user"])


def mppe_moves_data(t, _stock, client, server):
    address = server.inner
    return transfer(server.host, client.host, address, 2_000_000)


def link_local_pings(t, stock, client, _server):
    """Our client at a stock pppd: nobody gives prefixes there, but link-local addresses speak."""
    event = client.wait_event("ipv6", seconds=8)
    pings((client.host, event["peer_address6"] + "%vpn0"), (stock.host, event["address6"] + "%ppp0"))
    return "from %s to %s" % (event["address6"], event["peer_address6"])


def prefix_pings(t, stock, _client, server):
    """Our server gives a prefix, of which the stock kernel makes itself an address."""
    event = server.wait_event("ipv6", seconds=8)
    prefix = event["prefix6"].rstrip(":")

    def address():
        found = re.search(r"inet6 (%s:[0-9a-f:]+)/64 scope global" % prefix, stock.guest.run("ip", "-6", "addr", "show", "ppp0")[1])
        return found and found.group(1)
    own = t.clock.wait(address, 8, "an address in %s/64 on ppp0" % prefix)
    pings((stock.host, OUR_ADDRESS6), (server.host, own))
    return "%s pings %s" % (own, OUR_ADDRESS6)


OUR_ADDRESS6 = "2001:db8:77:ffff::1"


def pppd_cases():
    mppe = ["require-mppe-128"]
    eap = r"EAP (Request|Response) id=\w+ MSCHAPv2"
    table = (
        # name, authentication, NAT, pppd's options, ours as client, as server, keys of its file, check, pppd's log
        ("eap-mschapv2", "eap-mschapv2", True, (), (), (), (), None, (eap,)),
        ("eap-md5", "eap-md5", False, (), (), (), (), None, (r"EAP (Request|Response) id=\w+ MD5",)),
        ("mppe", "mschapv2", True, mppe, ("--set", "ppp.mppe=allow"), ("ppp.mppe=require",), (), mppe_moves_data,
         (r"MPPE 128-bit stateless compression enabled",)),
        ("eap-mppe", "eap-mschapv2", False, mppe, ("--set", "ppp.mppe=allow"), ("ppp.mppe=require",), (), mppe_moves_data,
         (eap, r"MPPE 128-bit stateless compression enabled")),
    )
    for role in ("client", "server"):
        for name, auth, nat, options, client, server, keys, check, shows in table:
            yield Case("%s-pppd-%s" % (role, name), pppd, 60, dict(
                role=role, auth=auth, nat=nat, pppd=options, ours=client if role == "client" else server, keys=keys,
                check=check, shows=shows))
    tls = dict(auth="eap-tls", keys=(), check=None, shows=(r"EAP (Request|Response) id=\w+ TLS",))
    for role, own, theirs in (("client", "client", "server"), ("server", "server", "client")):
        stand_in = dict(ppp_cert=own)
        tls.update(role=role, stand_in=stand_in, pppd=())
        mine = ["--ppp-peer-name", "vpn.example"] if role == "client" else []
        yield Case("%s-pppd-eap-tls" % role, pppd, 60, dict(
            tls, nat=True, ours=mine, certs=(own, theirs), check=knows_the_user if role == "server" else None))
        stand_in = dict(ppp_cert=own + "256")
        yield Case("%s-pppd-eap-tls-mppe" % role, pppd, 60, dict(
            tls, nat=False, pppd=mppe, certs=(own + "256", theirs + "256"), check=mppe_moves_data, stand_in=stand_in,
            ours=["--set", "ppp.mppe=allow"] if role == "client" else ["ppp.mppe=require"],
            shows=tls["shows"] + (r"MPPE 128-bit stateless compression enabled",)))
        bad = "expired" if role == "client" else "stranger"
        yield Case("%s-pppd-eap-tls-refused" % role, pppd, 90, dict(
            tls, nat=False, ours=mine, certs=(own, bad),
            refused="expired on 2026-01-02" if role == "client" else "leads to no trusted CA"))
    ipv6 = dict(auth="mschapv2", nat=True, pppd=["+ipv6", "noccp"], shows=(r"local +LL address fe80",))
    yield Case("client-pppd-ipv6", pppd, 60, dict(ipv6, role="client", ours=["--ipv6"], keys=(), check=link_local_pings))
    yield Case("server-pppd-ipv6", pppd, 60, dict(ipv6, role="server", ours=(), check=prefix_pings, keys=[
        'pool6 = "2001:db8:77::/48"', 'address6 = "%s"' % OUR_ADDRESS6]))


# ----------------------------------------------------------------------------- certificates --

def papers(name, ca="ca", crl=None):
    """What our programs are given: {flag or key: file}."""
    files = {"certificate": name + ".pem", "key": name + ".key", "ca": ca + ".pem"}
    if crl:
        files["crl"] = crl + ".pem"
    return {key: os.path.join(PAPERS, file) for key, file in files.items()}


def certificates(t, row):
    """RSA or ECDSA by certificate with a stock peer, or a certificate that one side refuses."""
    t.lab.nat({"client": "near", "server": "far"}[row["role"]] if row["nat"] else None)
    mine = papers(row["ours"], crl=row["crl"])
    options = dict(cert=row["theirs"], ike=row["ike"], daemon=row["daemon"], fragments=row["fragments"])
    small = ["ike.fragment=576"] if row["fragments"] else []
    capture = t.capture({"client": "far1", "server": "near"}[row["role"]], whole=True) if row["fragments"] else None
    stand_in = dict(cert=row["ours"], ike=row["ike"])
    if row["role"] == "client":
        server = stock = t.stock_server(**options)
        args = [word for key, path in mine.items() for word in ("--" + key, path)] + ["--set", *small] * len(small)
        client = t.our_client(args + row["args"].split(), **stand_in)
    else:
        server = t.our_server(stand_in, papers=mine, settings=small)
        client = stock = t.stock_client(**options)
    if row["refused"]:
        status, _ = client.dial(40)
        need(status == 4, "ended with %d instead of 4", status)
        if not t.lab.all_stock:
            event = (client if row["role"] == "client" else server).event("failed", "refused")
            need(event and event["cause"] == "certificate", "the event is %r", event)
            need(row["refused"] in event["text"], "the event says: %s", event["text"])
            return event["text"]
        return None
    own, peer = dial_up(client)
    stock.wait_up()
    pings((client.host, peer), (server.host, own), size=1300)
    kind = row["theirs"].lstrip("servrcilnt") or "RSA"
    need(re.search(PROVEN[row["daemon"]], stock.log("ike")), "the peer's log shows no authentication")
    client.hang_up()
    if not capture:
        return kind
    capture.stop()
    return "%s, %s" % (kind, check_fragments(t, capture, stock))


PROVEN = {"strongswan": r"authentication of .*successful", "libreswan": r"[Aa]uthenticated using RSA|Peer ID is"}


def check_fragments(t, capture, stock):
    """IKE went in pieces, by the wire: those of the peer and, unless all is stock, ours."""
    home = t.lab.dir + "/wireshark"
    os.makedirs(home, exist_ok=True)
    sources = tshark(capture.path, home, "-Y", "isakmp.nextpayload == 132", "-T", "fields", "-e", "ip.src")
    server = ADDR["near"] if stock.role == "client" else stock.guest.addr   # the client may be behind a NAT
    ours_ = sum((s == server) == (stock.role == "client") for s in sources)
    theirs = len(sources) - ours_
    need(theirs >= 2 and ours_ >= 2, "%d fragments of theirs and %d of ours on the wire", theirs, ours_)
    return "%d fragments of theirs, %d of ours" % (theirs, ours_)


def certificate_cases():
    sha1, plain = "aes256-sha1-modp2048", "aes128-sha256-ecp256"
    for role, our, their in (("client", "client", "server"), ("server", "server", "client")):
        for bits, nat in (("", False), ("", True), ("256", False), ("384", True), ("521", False)):
            name = "%s-cert-%s-%s" % (role, "ecdsa" + bits if bits else "rsa", "nat" if nat else "raw")
            yield Case(name, certificates, 60, dict(
                role=role, ours=our + bits, theirs=their + bits, ike=plain if bits == "256" else sha1, nat=nat, crl=None,
                refused=None, args="--peer-id vpn.example" if role == "client" else "", daemon="strongswan",
                fragments=nat))
        for nat in (False, True):              # its IKEv1 knows RSA only
            yield Case("%s-cert-rsa-%s-libreswan" % (role, "nat" if nat else "raw"), certificates, 60, dict(
                role=role, ours=our, theirs=their, ike=sha1, nat=nat, crl=None, refused=None, daemon="libreswan",
                args="--peer-id vpn.example" if role == "client" else "", fragments=True))
    for name, role, ours_, theirs, crl, args, text in (
            ("wrong-name", "client", "client", "server", None, "--peer-id vpn.other", "does not name @vpn.other"),
            ("expired", "client", "client256", "expired", None, "", "expired on 2026-01-02"),
            ("revoked", "client", "client256", "revoked", "crl", "", "is revoked"),
            ("expired", "server", "server256", "expired", None, "", "expired on 2026-01-02"),
            ("revoked", "server", "server256", "revoked", "crl", "", "is revoked")):
        yield Case("%s-cert-%s" % (role, name), certificates, 90, dict(
            role=role, ours=ours_, theirs=theirs, ike=sha1, nat=False, crl=crl, refused=text, args=args,
            daemon="strongswan", fragments=False))


def sessions():
    # esp, ike, authentication, daemon, NAT, our flags (client), our preset (server), who closes (server)
    sha1, sha2, weak = "aes256-sha1-modp2048", "aes128-sha256-modp2048", "3des-sha1-modp1024"
    table = (
        ("aes256-sha1", sha1, "mschapv2", "strongswan", False, "", "", "server"),
        ("aes256-sha1", sha1, "chap", "strongswan", True, "", "", "server"),
        ("aes128-sha256", sha2, "pap", "strongswan", False, "--ike %s --esp aes128-sha256" % sha2, "", "client"),
        ("aes128-sha256", "aes128-sha256-ecp256", "mschapv2", "strongswan", True, "--preset modern", "modern", "server"),
        ("aes256gcm16", "aes256-sha384-ecp384", "mschapv2", "strongswan", False, "--preset modern", "modern", "server"),
        ("aes256gcm16", sha1, "pap", "strongswan", True, "--preset compatible --esp aes256gcm16", "", "client"),
        ("3des-sha1", weak, "chap", "strongswan", False, "--preset legacy", "legacy", "client"),
        ("3des-sha1", weak, "mschapv2", "strongswan", True, "--preset legacy", "legacy", "server"),
        ("aes256-sha1", sha1, "mschapv2", "libreswan", False, "", "", "server"),
        ("aes256gcm16", "aes256-sha2_256-modp2048", "chap", "libreswan", True, "--preset modern", "modern", "client"),
    )
    for role in ("client", "server"):
        for esp, ike, auth, daemon, nat, flags, preset, close in table:
            name = "%s-%s-%s-%s%s" % (role, esp, auth, "nat" if nat else "raw", "-libreswan" * (daemon == "libreswan"))
            yield Case(name, session, 60, dict(
                role=role, esp=esp, ike=ike, auth=auth, daemon=daemon, nat=nat, close=close,
                ours=flags if role == "client" else preset))


# --------------------------------------------------------------------- several clients, time --

def two_clients(t, _row):
    """Two stock clients behind one NAT; one leaves, the other's ping is not disturbed."""
    # A stock server cannot tell two such clients apart: there they have addresses of their own.
    t.lab.nat(None if t.lab.all_stock else "far")
    server = t.our_server()
    one, two = t.stock_client("far1"), t.stock_client("far2")
    (a, peer), (b, _) = dial_up(one), dial_up(two)
    need(a != b, "both have the address %s", a)
    pings((one.host, peer), (two.host, peer), (server.host, a), (server.host, b), size=1300)
    background = [(to, begin_pings(host, to, 20, 20)) for host, to in ((two.host, peer), (server.host, b))]
    speed = transfer(server.host, one.host, peer, 5_000_000), transfer(server.host, two.host, peer, 5_000_000)
    one.hang_up()
    if not t.lab.all_stock:
        server.wait_event("down", seconds=8)
    t.clock.sleep(1)
    a, _ = dial_up(one)
    pings((one.host, peer), (server.host, a))
    for to, finish in background:
        result = finish()
        need(not result["lost"], "pings of %s lost at %s", to, ", ".join(result["lost"][:8]))
    need(two.is_up(), "the second client went down")
    return "; ".join(speed)


def rekey(t, row):
    """Pings 100 times a second both ways while both phases are rekeyed; none may be lost."""
    if t.long:
        seconds, life, ike_life, margin = 300, 36, 66, 6            # each 30 s and each 60 s
    else:
        seconds, life, ike_life, margin = 45, 13, 21, 5             # each 8 s and each 16 s
    t.lab.nat(None if not row["nat"] else "near" if row["role"] == "client" else "far")
    options = dict(life=life, ike_life=ike_life, margin=margin)
    # Only one side renews: charon closes everything when both renew phase 1 in the same instant.
    stand_in = {} if row["by"] == "peer" else options
    settings = [] if row["by"] == "peer" else ["esp.lifetime=%d" % life, "ike.lifetime=%d" % ike_life,
                                               "ike.rekey_margin=%d" % margin]
    if row["role"] == "client":
        server = stock = t.stock_server(rekey=row["by"] == "peer", **options)
        client = t.our_client([word for s in settings for word in ("--set", s)], **stand_in)
    else:
        server = t.our_server(stand_in, settings=settings)
        client = stock = t.stock_client(rekey=row["by"] == "peer", **options)
    own, peer = dial_up(client)
    both = [(to, begin_pings(host, to, seconds, 100)) for host, to in ((client.host, peer), (server.host, own))]
    results = [(to, finish()) for to, finish in both]
    log = stock.log("ike")
    second = len(set(re.findall(r"CHILD_SA l2tp\{(\d+)\} established", log)))
    first = len(set(re.findall(r"IKE_SA l2tp\[(\d+)\] established", log)))
    for to, result in results:
        # A stock responder opens its inbound SA only after the third message of quick mode.
        need(not result["lost"] or t.lab.all_stock and len(result["lost"]) <= second, "%d of %d pings of %s lost, at %s",
             result["sent"] - result["back"], result["sent"], to, ", ".join(result["lost"][:8]))
    need(second >= seconds // (life - margin) - 1, "only %d phase 2 SAs in %d s", second, seconds)
    need(first >= seconds // (ike_life - margin) - 1, "only %d phase 1 SAs in %d s", first, seconds)
    need(stock.is_up(), "PPP went down")
    client.hang_up()
    return "%d pings, %s; %d phase 1 and %d phase 2 SAs" % (
        sum(r["sent"] for _, r in results), "none lost" if not any(r["lost"] for _, r in results) else "lost %s" %
        [r["lost"] for _, r in results], first, second)


def rebind(t, row):
    """The NAT forgets its mappings and uses other ports from then on."""
    inner = "near" if row["role"] == "client" else "far"
    t.lab.nat(inner, "20000-24999")
    capture = t.capture("far1" if inner == "near" else "near")
    if row["role"] == "client":
        server = t.stock_server()
        client = t.our_client()
    else:
        server = t.our_server()
        client = t.stock_client()
    own, peer = dial_up(client)
    pings((client.host, peer), (server.host, own))
    t.lab.nat(inner, "25000-29999")
    start = time.monotonic()
    took = []
    for host, to in ((client.host, peer), (server.host, own)):
        t.clock.wait(lambda h=host, a=to: h.run("ping", "-q", "-n", "-c", "1", "-W", "1", a, check=False)[0] == 0,
                     10, "a reply from %s after the NAT changed" % to)
        took.append(time.monotonic() - start)
    pings((client.host, peer), (server.host, own), count=10)
    capture.stop()
    ports = {sport if dport == 4500 else dport for _, _, protocol, sport, dport, _ in capture.packets()
             if protocol == 17 and 4500 in (sport, dport)}
    need(any(p < 25000 for p in ports) and any(p >= 25000 for p in ports), "the source port did not change: %r", ports)
    client.hang_up()
    return "traffic after %.1f s and %.1f s" % tuple(took)


def restart_stock_server(t, _row):
    """The stock server loses power and boots again; our client comes back by itself."""
    t.lab.nat(None)
    server = t.stock_server()
    client = t.our_client()
    own, peer = dial_up(client)
    pings((client.host, peer), (server.host, own))
    server.reboot()
    start = time.monotonic()
    if t.lab.all_stock:                             # it does not come back by itself
        client.vanish()
        client.start()
        dial_up(client)
    t.clock.wait(lambda: client.host.run("ping", "-q", "-n", "-c", "1", "-W", "1", peer, check=False)[0] == 0,
                 60, "a reply after the server's restart")
    took = time.monotonic() - start
    own = server.wait_up()[1]
    pings((client.host, peer), (server.host, own))
    client.hang_up()
    return "traffic %.0f s after the server was there again" % took


def restart_our_server(t, _row):
    """Our server is killed and started again; the stock client dials anew."""
    t.lab.nat(None)
    server = t.our_server()
    client = t.stock_client()
    own, peer = dial_up(client)
    pings((client.host, peer), (server.host, own))
    if t.lab.all_stock:
        server.reboot()
    else:
        server.kill_and_start()
    client.vanish()                                 # xl2tpd would insist on its old tunnel
    client.start()
    start = time.monotonic()
    own, peer = dial_up(client)
    pings((client.host, peer), (server.host, own))
    client.hang_up()
    return "traffic %.1f s after dialling" % (time.monotonic() - start)


def esp_blocked(t, _row):
    """The router lets no IP protocol 50 pass: our client finds out, and has ESP carried in UDP; strongSwan's does not."""
    t.lab.nat(None, esp=False)
    server = t.stock_server()
    client = t.our_client()
    start = time.monotonic()
    if t.lab.all_stock:
        status, _ = client.dial(8)
        need(status != 0, "the router lets ESP pass")
        return ""
    own, peer = dial_up(client)
    took = time.monotonic() - start
    need(took > 7, "it was up after %.1f s: the router lets ESP pass", took)
    pings((client.host, peer), (server.host, own))
    client.hang_up()
    return "up after %.1f s" % took


# ---------------------------------------------------------------------------------- refusals --

def client_refused(t, row):
    """Our client cannot get in: its exit status and its event say why."""
    t.lab.nat(None)
    if "server" in row:
        t.stock_server(**row["server"])
    ours_args = row.get("ours", {})
    client = t.our_client(server=row.get("address", ADDR["far1"]), **ours_args)
    start = time.monotonic()
    status, _ = client.dial(8 if t.lab.all_stock else row["seconds"])
    took = time.monotonic() - start
    if t.lab.all_stock:
        need(status == row.get("stock", row["status"]), "the stand-in got %d", status)
    else:
        need(status == row["status"], "l2tpsec-client ended with %d, not %d", status, row["status"])
        said = client.event("failed", "down")
        need(said, "no event says that the connect failed")
        need(said.get("cause") == row["cause"] and said.get("text"), "the event should say %s: %s", row["cause"], said)
        return "%.1f s: %s" % (took, said["text"])
    return "%.1f s" % took


def server_refuses(t, row):
    """A stock client cannot get in; our server says why, stays up, and lets the next one in."""
    t.lab.nat(None)
    server = t.our_server()
    client = t.stock_client(**row["client"])
    status, _ = client.dial(8)
    need(status == row["status"], "dialling ended with %d, not %d", status, row["status"])
    if not t.lab.all_stock:
        said = t.clock.wait(lambda: next((e for e in server.events() if e.get("type") in ("refused", "failed", "down") and
                                          e.get("cause") == row["cause"] and e.get("text")), None),
                            30, "an event of the server with the cause " + row["cause"])
        need(server.process.running(), "the server is gone")
        need(server.refusals() >= 1, "the server did not count the refusal")
    client.vanish()
    if t.lab.all_stock:                             # xl2tpd mixes up an old and a new tunnel of one client
        server.start()
    good = t.stock_client()
    own, peer = dial_up(good)
    pings((good.host, peer), (server.host, own))
    return "" if t.lab.all_stock else said.get("text", "")


# ------------------------------------------------------------------------------------ key log --

def tshark(capture, profile, *args):
    env = dict(os.environ, WIRESHARK_CONFIG_DIR=profile, HOME=profile)
    done = subprocess.run(["tshark", "-n", "-r", capture, "-o", "esp.enable_encryption_decode:TRUE",
                           "-o", "esp.enable_authentication_check:TRUE", *args],
                          env=env, capture_output=True, text=True, timeout=60, check=False)
    need(done.returncode == 0, "tshark: %s", done.stderr[-300:])
    return done.stdout.splitlines()


def kernel_keys(stock, profile):
    """The stand-in's key log: the SAs of its kernel, as Wireshark's table."""
    names = {"cbc(aes)": "AES-CBC [RFC3602]", "hmac(sha1)": "HMAC-SHA-1-96 [RFC2404]"}
    with open(profile + "/esp_sa", "w") as f:
        for spi, auth, akey, enc, ekey in re.findall(
                r"proto esp spi (\w+) .*?auth-trunc (\S+) (\w+) .*?enc (\S+) (\w+)", stock.state(), re.S):
            f.write('"IPv4","*","*","%s","%s","%s","%s","%s"\n' % (spi, names[enc], ekey, names[auth], akey))


def keylog(t, row):
    """tshark reads a session of ours with nothing but our key log: IKE, L2TP, PPP, ICMP; and without it, what our tap wrote."""
    t.lab.nat("near" if row["nat"] else None)
    capture = t.capture("near", whole=True)
    if row["role"] == "client":
        server = t.stock_server()
        client = end = t.our_client()
    else:
        server = end = t.our_server()
        client = t.stock_client()
    own, peer = dial_up(client)
    pings((client.host, peer), (server.host, own))
    profile = t.lab.dir + "/wireshark"
    shutil.rmtree(profile, ignore_errors=True)
    os.makedirs(profile)
    if t.lab.all_stock:
        kernel_keys(end, profile)
    client.hang_up()
    if not t.lab.all_stock:
        t.clock.sleep(0.3)
        for name in ("esp_sa", "ikev1_decryption_table"):
            need(os.path.exists(os.path.join(end.keylog, name)), "the key log has no %s", name)
            shutil.copy(os.path.join(end.keylog, name), profile)
    capture.stop()
    count = {name: len(tshark(capture.path, profile, "-Y", show)) for name, show in (
        ("echo requests", "icmp.type == 8"), ("echo replies", "icmp.type == 0"),
        ("bad checks", "esp.icv_bad == 1"), ("in UDP", "udp.port == 4500 && esp && icmp"),
        ("L2TP control", "l2tp.type == 1"), ("PPP", "ppp"),
        ("IKE read", "isakmp.exchangetype == 32 && isakmp.hash"))}
    need(count["echo requests"] >= 10 and count["echo replies"] >= 10, "tshark read only %r", count)
    need(not count["bad checks"], "tshark: %d packets fail the check", count["bad checks"])
    need(count["L2TP control"] >= 4 and count["PPP"] >= 10, "tshark read only %r", count)
    need((count["in UDP"] >= 20) == row["nat"], "tshark: %r", count)
    need(t.lab.all_stock or count["IKE read"] >= 3, "tshark did not read quick mode: %r", count)
    if not t.lab.all_stock:
        shown = {name: len(tshark(end.tap, profile, "-Y", show)) for name, show in (
            ("quick mode in the tap", "isakmp.exchangetype == 32 && isakmp.hash"),
            ("L2TP control in the tap", "l2tp.type == 1"), ("PPP in the tap", "ppp"),
            ("other packets in the tap", "!isakmp && !l2tp"), ("malformed in the tap", "_ws.malformed"))}
        need(shown["quick mode in the tap"] == 3 and shown["L2TP control in the tap"] >= 8 and
             shown["PPP in the tap"] >= 10, "tshark read only %r", shown)
        need(not shown["other packets in the tap"] and not shown["malformed in the tap"], "tshark: %r", shown)
        count.update(shown)
    return ", ".join("%d %s" % (n, name) for name, n in count.items())


# -------------------------------------------------------------------------------------- table --

class Case:
    def __init__(self, name, function, limit, row=None, long_limit=None):
        self.name, self.function, self.limit, self.row = name, function, limit, row or {}
        self.long_limit = long_limit or limit


def table():
    yield from sessions()
    yield from certificate_cases()
    yield from pppd_cases()
    yield Case("server-two-clients-one-nat", two_clients, 90)
    yield Case("client-rekey-by-peer", rekey, 130, dict(role="client", by="peer", nat=False), 480)
    yield Case("client-rekey-by-us", rekey, 130, dict(role="client", by="us", nat=True), 480)
    yield Case("server-rekey-by-peer", rekey, 130, dict(role="server", by="peer", nat=True), 480)
    yield Case("server-rekey-by-us", rekey, 130, dict(role="server", by="us", nat=False), 480)
    yield Case("client-nat-rebinding", rebind, 60, dict(role="client"))
    yield Case("server-nat-rebinding", rebind, 60, dict(role="server"))
    yield Case("client-esp-blocked", esp_blocked, 60)
    yield Case("client-server-restart", restart_stock_server, 150)
    yield Case("server-server-restart", restart_our_server, 60)
    for nat in (False, True):
        yield Case("client-keylog-" + ("nat" if nat else "raw"), keylog, 60, dict(role="client", nat=nat))
    yield Case("server-keylog-raw", keylog, 60, dict(role="server", nat=False))

    code = ours.EXIT
    yield Case("client-wrong-psk", client_refused, 90, dict(
        server={}, ours=dict(psk="other"), seconds=60, status=code["phase 1"], cause="psk"))
    yield Case("client-wrong-password", client_refused, 60, dict(
        server={}, ours=dict(password="other"), seconds=30, status=code["authentication"], cause="auth-refused"))
    yield Case("client-wrong-method", client_refused, 60, dict(
        server=dict(auth="pap"), seconds=30, status=code["authentication"], stock=0, cause="auth-method"))
    yield Case("client-no-ike-proposal", client_refused, 60, dict(
        server=dict(ike="3des-sha1-modp1024"), seconds=30, status=code["phase 1"], cause="phase1-proposal"))
    yield Case("client-no-esp-proposal", client_refused, 60, dict(
        server=dict(esp="3des-sha1"), seconds=30, status=code["phase 2"], stock=4, cause="phase2-proposal"))
    yield Case("client-no-server", client_refused, 120, dict(
        address="198.51.100.77", seconds=90, status=code["no answer"], stock=4, cause="no-answer"))
    yield Case("server-wrong-psk", server_refuses, 90, dict(client=dict(psk="other"), status=4, cause="psk"))
    yield Case("server-wrong-password", server_refuses, 90, dict(
        client=dict(password="other"), status=7, cause="auth-refused"))
    yield Case("server-no-ike-proposal", server_refuses, 90, dict(
        client=dict(ike="3des-sha1-modp1024"), status=4, cause="phase1-proposal"))
    yield Case("server-no-esp-proposal", server_refuses, 90, dict(
        client=dict(esp="3des-sha1"), status=4, cause="phase2-proposal"))
