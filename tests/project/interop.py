#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""interop.py ROOT [--write]: the table of docs/interop.md is made of the personas' facts, as far as their cases show them, and of
the rows below; the products in tests/personas/README.md are the personas'; and every test named in either is one that the runners
list. --write makes the tables anew."""
import fnmatch
import importlib.machinery
import importlib.util
import itertools
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(sys.argv[1])
PERSONAS, STOCK = (os.path.join(ROOT, "tests", d, "run") for d in ("personas", "interop"))
HEAD = """| Peer | It is the | Authentication: IKE, PPP | NAT | Renewed: phase 1, phase 2, kilobytes | Set at our end | Result | Test |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
# Peers that are no personas but the real thing; what a persona's facts say of the others.
STRONGSWAN, LIBRESWAN = ("%s, xl2tpd, pppd of Debian 12" % n for n in ("strongSwan", "libreswan"))
CLEAR_AND_NAT, TWO = "without, the client behind one", "without, the client behind one, two behind one"
STOCK_ROWS = [(*row[:5], "", "pings both ways" if "certificates" in row[2] else "20 MB each way", row[5:]) for row in (
    (STRONGSWAN, "server", "shared secret, MS-CHAPv2", CLEAR_AND_NAT + ", IP protocol 50 blocked",
     "by it or by us; by it or by us; –",
     "client-*-mschapv2-*", "client-esp-blocked", "client-rekey-by-peer", "client-rekey-by-us"),
    (STRONGSWAN, "server", "shared secret, CHAP", CLEAR_AND_NAT, "–", "client-*-chap-*"),
    (STRONGSWAN, "server", "shared secret, PAP", CLEAR_AND_NAT, "–", "client-*-pap-*"),
    (STRONGSWAN, "server", "RSA certificates, MS-CHAPv2", CLEAR_AND_NAT, "–", "client-cert-rsa-raw", "client-cert-rsa-nat"),
    (STRONGSWAN, "server", "ECDSA certificates, MS-CHAPv2", CLEAR_AND_NAT, "–", "client-cert-ecdsa*"),
    (LIBRESWAN, "server", "shared secret, MS-CHAPv2 or CHAP", CLEAR_AND_NAT, "–", "client-aes*-libreswan"),
    (LIBRESWAN, "server", "RSA certificates, MS-CHAPv2", CLEAR_AND_NAT, "–", "client-cert-rsa-*-libreswan"),
    (STRONGSWAN, "client", "shared secret, MS-CHAPv2", TWO, "by it or by us; by it or by us; –",
     "server-*-mschapv2-*", "server-two-clients-one-nat", "server-rekey-by-peer", "server-rekey-by-us"),
    (STRONGSWAN, "client", "shared secret, CHAP", CLEAR_AND_NAT, "–", "server-*-chap-*"),
    (STRONGSWAN, "client", "shared secret, PAP", CLEAR_AND_NAT, "–", "server-*-pap-*"),
    (STRONGSWAN, "client", "RSA certificates, MS-CHAPv2", CLEAR_AND_NAT, "–", "server-cert-rsa-raw", "server-cert-rsa-nat"),
    (STRONGSWAN, "client", "ECDSA certificates, MS-CHAPv2", CLEAR_AND_NAT, "–", "server-cert-ecdsa*"),
    (LIBRESWAN, "client", "shared secret, MS-CHAPv2 or CHAP", CLEAR_AND_NAT, "–", "server-aes*-libreswan"),
    (LIBRESWAN, "client", "RSA certificates, MS-CHAPv2", CLEAR_AND_NAT, "–", "server-cert-rsa-*-libreswan"),
)]
MPPE, IPV6, BOTH_WAYS = STRONGSWAN + ", MPPE demanded", STRONGSWAN + ", IPv6", "pings both ways"
for it, we, mppe, ipv6, link in (("server", "client", "allow", "`ppp.ipv6 = 1`", "link-local addresses"),
                                 ("client", "server", "require", "`server.pool6`", "a prefix of ours")):
    STOCK_ROWS += [
        (STRONGSWAN, it, "shared secret, EAP-MSCHAPv2", "the client behind one", "–", "", BOTH_WAYS, [we + "-pppd-eap-mschapv2"]),
        (STRONGSWAN, it, "shared secret, EAP-MD5", "without", "–", "", BOTH_WAYS, [we + "-pppd-eap-md5"]),
        (STRONGSWAN, it, "shared secret, EAP-TLS (RSA)", "the client behind one", "–", "", BOTH_WAYS, [we + "-pppd-eap-tls"]),
        (MPPE, it, "shared secret, MS-CHAPv2 or EAP-MSCHAPv2", CLEAR_AND_NAT, "–", "`ppp.mppe = %s`" % mppe, "2 MB each way",
         [we + "-pppd-mppe", we + "-pppd-eap-mppe"]),
        (MPPE, it, "shared secret, EAP-TLS (ECDSA)", "without", "–", "`ppp.mppe = %s`" % mppe, "2 MB each way",
         [we + "-pppd-eap-tls-mppe"]),
        (IPV6, it, "shared secret, MS-CHAPv2", "the client behind one", "–", ipv6, BOTH_WAYS + " over " + link, [we + "-pppd-ipv6"])]


def load(path):
    """The personas' runner as a module."""
    loader = importlib.machinery.SourceFileLoader("personas_run", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("personas_run", loader))
    loader.exec_module(module)
    return module


def names(runner):
    return subprocess.run([sys.executable, runner, "--list"], check=True, stdout=subprocess.PIPE, text=True).stdout.split("\n")[:-1]


def span(seconds):
    return "%d s" % seconds if seconds < 600 else "%d min" % round(seconds / 60) if seconds < 7200 else "%.3g h" % (seconds / 3600)


def renewed(kind, server, acts, cases, number):
    """When phase 1, phase 2 and kilobytes are renewed, and by whom; of each only what a case of this persona shows."""
    first = second = "not shown"
    if cases.a_day in acts:
        first = span(number(kind.phase1_life) * kind.phase1_renews) if kind.phase1_renews else \
            "by us" if server else "with phase 2" if kind.rekey_fraction else "never"
        second = "never" if not server and not kind.rekey_fraction else second
    if cases.rekeys in acts:
        second = "by us" if server else span(number(kind.phase2_life) * kind.rekey_fraction)
    if cases.renews_itself in acts:
        second += " or by it at " + span(number(kind.phase2_life) * kind.rekey_fraction)
    if cases.short_life in acts:
        second += ", before its " + span(number(kind.phase2_life))
    ways = [who for act, who in ((cases.short_kilobytes, "by us at %.0f MB" % (number(kind.phase2_kilobytes or 0) * cases.OURS / 1000)),
                                 (cases.early_short_kilobytes, "by it")) if act in acts]
    return "%s; %s; %s" % (first, second, " or ".join(ways) or "–")


def proofs(kind, acts, cases):
    """The methods of PPP by which a case of it has authenticated: the one that is asked for first, and those asked for by name."""
    named = [act.method for act in acts if hasattr(act, "method")]
    first = [kind.auth_methods[0]] if not named and kind.auth_methods[0] in cases.METHODS else []
    return " or ".join(cases.METHODS[m][0] for m in first + named)


def persona_rows(run):
    import isakmp as ik                     # pylint: disable=import-outside-toplevel
    import cases                            # pylint: disable=import-outside-toplevel
    paths = [(cases.connects, "without"), (cases.client_connects, "without"), (cases.connects_behind_nat, "it behind one"),
             (cases.two_behind_one_nat, "two behind one"), (cases.client_behind_nat, "we behind one"),
             (cases.client_to_server_behind_nat, "it behind one")]
    kinds = dict.fromkeys(kind for _, kind, _ in run.all_cases(False) if kind.product)
    for kind in sorted(kinds, key=lambda k: (k.section, k.product.lower())):
        acts = [act for _, of, act in run.all_cases(False) if of is kind]
        server = issubclass(kind, cases.Server)
        auth = "%s, %s" % ("certificate" if kind.papers_name else "group name" if kind.aggressive else "shared secret",
                           proofs(kind, acts, cases))
        settings = ["`%s = %s`" % s for s in kind.settings.items() if s != ("preset", "compatible")]
        yield (kind.product, "server" if server else "client", auth, ", ".join(text for act, text in paths if act in acts),
               renewed(kind, server, acts, cases, ik.number), ", ".join(settings),
               "%g h, nothing lost" % kind.hours if cases.a_day in acts else "connects", [kind.name + ":"])


def same(path, head, table):
    """Whether the table that begins so is this one; with --write it is made so."""
    with open(path, encoding="utf-8") as f:
        page = f.read()
    start = page.index(head)
    end = page.index("\n\n", start) + 1
    if "--write" in sys.argv:
        with open(path, "w", encoding="utf-8") as f:
            f.write(page[:start] + table + page[end:])
        return True
    return page[start:end] == table


def matches(pattern, case):
    return case.startswith(pattern) if pattern.endswith(":") else fnmatch.fnmatchcase(case, pattern)


def main():
    run = load(PERSONAS)
    listed = {"personas": names(PERSONAS), "interop": names(STOCK)}
    wrong = []
    rows = list(persona_rows(run)) + STOCK_ROWS
    table = HEAD + "".join("| %s | %s |\n" % (" | ".join(r[:7]), ", ".join("`%s`" % t for t in r[7])) for r in rows)
    shown = {case.split(":")[0] for case in listed["personas"]} - {"itself"}
    wrong += ["no row for the persona " + n for n in shown - {t[:-1] for r in rows for t in r[7] if t.endswith(":")}]

    wrong += ["%s: no case shows all that this row is to say" % r[0] for r in rows
              if r[6] == "connects" or not r[2] or not r[3] or "not shown" in r[4]]
    it_is = {side: [r[0] for r in rows[:-len(STOCK_ROWS)] if r[1] == side] for side in ("client", "server")}
    products = "| Clients | Servers |\n| --- | --- |\n" + "".join(
        "| %s | %s |\n" % both for both in itertools.zip_longest(it_is["client"], it_is["server"], fillvalue=""))
    for name, head, made in (("docs/interop.md", "| Peer | ", table), ("tests/personas/README.md", "| Clients | ", products)):
        if not same(os.path.join(ROOT, name), head, made):
            wrong.append("a table of %s is another than the personas make: run this with --write" % name)

    # Tests are named in the last column of tables that head it so.
    count = 0
    for path in ("docs/interop.md", "tests/personas/README.md"):
        inside = False
        for line in open(os.path.join(ROOT, path), encoding="utf-8").read().split("\n"):
            inside = line.endswith("| Test |") or inside and line.startswith("|")
            if not inside or line.endswith(("| Test |", "--- |")):
                continue
            for name in re.findall("`([^`]*)`", line.split(" | ")[-1]):
                count += 1
                if not any(matches(name, case) for of in listed.values() for case in of):
                    wrong.append("%s: no test is called %s" % (path, name))
            if "`" not in line.split(" | ")[-1]:
                wrong.append("%s: a row without a test: %s" % (path, line))
    print("\n".join(wrong + ["%d rows of peers, %d names of tests" % (len(rows), count)]))
    return 0 if not wrong and len(rows) > 30 and count > 30 else 1


sys.exit(main())
