#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Writes ike/cavs_psk.txt, ike/stretch.txt, ike/certificates.txt, ike/sessions.txt, esp/captures.txt and ppp/captures.txt.
The results are kept in the tree; this shows where they are from.  captures.py IKEV1_PSK.FAX CAPTURES-FOLDER

The captures are of stock Debian 12 peers (strongSwan 5.9.8, libreswan 4.10, xl2tpd 1.3.18, pppd 2.4.9, kernel 6.1)
talking to each other; the keys are from charon.log at level "ike 4, chd 4" and from `ip xfrm state`, never computed
here. Every key is a throw-away."""
import base64
import gzip
import hashlib
import hmac
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).parent
NOTICE = "# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later\n# Made by captures.py in the folder above: see there.\n"
CLIENT = bytes([10, 97, 0, 2])
CASES = ["psk", "psk-nat", "psk-legacy", "psk-3des", "psk-gcm", "psk-modp2048", "psk-rekey", "lsw-client", "lsw-server"]
WORDS = {
    "3DES_CBC": "3des", "AES_CBC_128": "aes128", "AES_CBC_256": "aes256", "AES_GCM_16_128": "aes128gcm16",
    "HMAC_SHA1_96": "sha1", "HMAC_SHA2_256_128": "sha256", "HMAC_SHA2_384_192": "sha384", "MODP_1024": "modp1024",
    "MODP_2048": "modp2048", "MODP_3072": "modp3072", "CURVE_25519": "x25519",
}


def write(name, note, records):
    (HERE / name).parent.mkdir(exist_ok=True)
    text = "\n\n".join("\n".join(f"{k} = {v}" for k, v in r) for r in records)
    (HERE / name).write_text(f"{NOTICE}# {note}\n\n{text}\n")


# ---- what goes into the files ----

def cavs(path):
    names = ["CKY_I", "CKY_R", "Ni", "Nr", "g^xy", "pre-shared-key", "SKEYID", "SKEYID_d", "SKEYID_a", "SKEYID_e"]
    case = {}
    for line in path.read_text().splitlines():
        if m := re.match(r"\[SHA-(\d+)\]", line):
            case = {"hash": "sha" + m[1]}
        elif m := re.match(r"(\S+) = (\S+)", line):
            case[m[1]] = m[2]
            if m[1] == "SKEYID_e":
                yield [(n, case[n]) for n in ["hash"] + names]


def stretch():
    """RFC 2409, appendix B and 5.5, by Python's hmac."""
    for name in ["md5", "sha1", "sha256", "sha384", "sha512"]:
        def prf(key, data):
            return hmac.new(key, data, name).digest()
        size = hashlib.new(name).digest_size
        some = [hashlib.shake_128(f"{name} {i}".encode()).digest(n) for i, n in enumerate([size, size, 4, 32, 20, 128])]
        e, d, spi, ni, nr, secret = some
        for qm in [b"", secret]:
            ka = block = prf(e, b"\0")
            while len(ka) < 32:
                ka += (block := prf(e, block))
            seed = qm + b"\3" + spi + ni + nr
            keymat = block = prf(d, seed)
            while len(keymat) < 100:
                keymat += (block := prf(d, block + seed))
            yield ([("hash", name), ("SKEYID_e", e.hex()), ("Ka", ka[:32].hex()), ("SKEYID_d", d.hex()), ("spi", spi.hex()),
                    ("Ni", ni.hex()), ("Nr", nr.hex())] + ([("g(qm)^xy", qm.hex())] if qm else []) +
                   [("KEYMAT", keymat[:100].hex())])


def sessions(folder):
    for case in CASES:
        yield from of_case(folder / case, case, None)
    yield from of_case(folder / "wrong-psk", "wrong-psk client", "client")
    yield from of_case(folder / "wrong-psk", "wrong-psk server", "server")
    yield [("session", "no-proposal")] + messages(folder / "no-proposal")[0][1][1:]


def certificates(folder):
    """The first session, up to message 6; what came in fragments is put together again."""
    log = charon_log(folder, None)
    pem = (folder / "certs/ca.pem").read_text().split("-----")[2]
    out = [("session", "cert"), ("ike", words(log, "IKE")), ("ca", base64.b64decode(pem).hex()),
           ("secret", dumps(log, "shared Diffie Hellman secret")[0].hex())]
    out += [(k, dumps(log, k)[0].hex()) for k in ["SKEYID", "SKEYID_d", "SKEYID_a", "SKEYID_e"]]
    pieces = b""
    for who, line in messages(folder)[0][1][1:]:
        data = bytes.fromhex(line)
        if data[16] == 132:                            # header, generic header, id, number, last
            pieces += data[36:]
            data = pieces if data[35] else b""
        if data and data[18] == 2:                     # main mode
            out.append((who, data.hex()))
            pieces = b""
    yield out


def of_case(folder, name, side):
    log = charon_log(folder, side)
    said = messages(folder)
    esp = esp_keys(folder)
    secrets = dumps(log, "shared Diffie Hellman secret")
    derived = {k: dumps(log, k) for k in ["SKEYID", "SKEYID_d", "SKEYID_a", "SKEYID_e"]}
    ike = words(log, "IKE")
    table = dict(line.split(",") for line in (folder / "ikev1_decryption_table").read_text().split())
    for n, (cookie, lines) in enumerate(said):
        out = [("session", f"{name} {n + 1}" if len(said) > 1 else name), ("ike", ike)]
        if esp:
            out.append(("esp", words(log, "ESP")))
        psk = "other-psk" if side == "server" else "interop-psk"
        out += [("psk", psk.encode().hex()), ("secret", secrets[n].hex())]
        out += [(k, v[n].hex()) for k, v in derived.items()]
        if side != "server":
            out.append(("Ka", table[cookie.hex()]))
        if pfs := dumps(log, "DH secret"):
            out.append(("pfs", pfs[0].hex()))
        out += [("sa", f"{spi:08x} {enc}{auth}") for _, spi, _, enc, _, auth in esp]
        yield out + lines


def esp_packets(folder):
    for case in CASES:
        sas = esp_keys(folder / case)
        log = charon_log(folder / case, None)
        out = [("session", case), ("esp", words(log, "ESP").split("-modp")[0])]
        out += [("sa " + who, f"{spi:08x} {enc} {auth}".rstrip()) for who, spi, _, enc, _, auth in sas]
        seen = {spi: 0 for _, spi, *_ in sas}
        long = set()
        for who, proto, sport, dport, data in packets(folder / case / "wire.pcap"):
            if not (proto == 50 or 4500 in (sport, dport)) or len(data) < 8:
                continue
            spi = struct.unpack(">I", data[:4])[0]
            if spi not in seen:
                continue
            if len(data) > 250:
                if spi in long or len(data) < 1000:
                    continue
                long.add(spi)
            elif seen[spi] >= (14 if len(sas) == 2 else 4):
                continue
            else:
                seen[spi] += 1
            out.append((("raw " if proto == 50 else "udp ") + who, data.hex()))
        yield out


def ppp_frames(folder):
    for case in ["psk", "psk-legacy", "psk-3des", "psk-modp2048", "psk-userspace", "lsw-client", "wrong-password"]:
        out = [("session", case)]
        for who, proto, sport, dport, data in packets(folder / case / "l2tp-clear.pcap"):
            if proto != 17 or 1701 not in (sport, dport) or data[0] & 0x80:
                continue
            flags = struct.unpack(">H", data[:2])[0]
            at = 2 + (2 if flags & 0x4000 else 0) + 4 + (4 if flags & 0x0800 else 0)
            if flags & 0x0200:
                at += 2 + struct.unpack(">H", data[at:at + 2])[0]
            frame = data[at:]
            control = frame[2] & 0x80 if frame[:2] == b"\xff\x03" else frame[0] & 0x80
            if control:
                out.append((who, frame.hex()))
        yield out


# ---- where it is from ----

def packets(path):
    """(i or r, protocol, source port, destination port, what is behind UDP or IP), fragments left out."""
    data = path.read_bytes()
    link = struct.unpack("<I", data[20:24])[0]
    at = 24
    while at < len(data):
        n = struct.unpack("<I", data[at + 8:at + 12])[0]
        ip = data[at + 16:at + 16 + n]
        at += 16 + n
        if link == 1:
            if ip[12:14] != b"\x08\x00":
                continue
            ip = ip[14:]
        total, offset = struct.unpack(">H", ip[2:4])[0], struct.unpack(">H", ip[6:8])[0] & 0x3fff
        if offset:
            continue
        who = "i" if ip[12:16] == CLIENT else "r"
        body = ip[4 * (ip[0] & 15):total]
        if ip[9] == 17:
            sport, dport = struct.unpack(">HH", body[:4])
            yield who, 17, sport, dport, body[8:]
        else:
            yield who, ip[9], 0, 0, body


def messages(folder):
    """By initiator cookie: the IKE messages, repeats left out."""
    out = {}
    for who, proto, sport, dport, data in packets(folder / "wire.pcap"):
        if proto != 17:
            continue
        if 4500 in (sport, dport):
            if data[:4] != bytes(4):
                continue
            data = data[4:]
        elif 500 not in (sport, dport):
            continue
        lines = out.setdefault(data[:8], [("client", f"{CLIENT.hex()} {sport:04x}")])  # message 1 is first
        if (who, data.hex()) not in lines:
            lines.append((who, data.hex()))
    return list(out.items())


def charon_log(folder, side):
    for who in [side] if side else ["client", "server"]:
        for name, opener in [("charon.log", open), ("charon.log.gz", gzip.open)]:
            path = folder / who / name
            if path.exists():
                text = opener(path, "rt", errors="replace").read()
                if "Starting IKE charon daemon" in text:
                    return text
    raise SystemExit(f"no log in {folder}")


def dumps(log, what):
    out = []
    lines = iter(log.splitlines())
    for line in lines:
        m = re.match(r"\S+ (\d\d\[\w+\]) " + re.escape(what) + r" => (\d+) bytes", line)
        if not m:
            continue
        data = b""
        while len(data) < int(m[2]):
            row = re.match(r"\S+ (\d\d\[\w+\])\s+\d+: ((?:[0-9A-F]{2} )+)", next(lines))
            if row and row[1] == m[1]:
                data += bytes.fromhex(row[2])
        out.append(data)
    return out


def words(log, what):
    m = re.search(rf"selected proposal: {what}:(\S+)", log)
    return "-".join(WORDS[w] for w in m[1].split("/") if w in WORDS)


def esp_keys(folder):
    """(the side that sends on it, SPI, cipher, key, MAC, key) from Wireshark's table, with the sender from xfrm."""
    senders = {}
    for text in [(folder / f"keys-{side}.txt").read_text() for side in ("client", "server")]:
        for src, spi in re.findall(r"^src (\S+) dst \S+\n\s+proto esp spi (0x[0-9a-f]+)", text, re.M):
            senders[int(spi, 16)] = "i" if src == "10.97.0.2" or src.startswith("192.168") else "r"
    out = []
    for line in (folder / "esp_sa").read_text().splitlines():
        f = [x.strip('"') for x in line.split('","')]
        spi = int(f[3], 16)
        out.append((senders[spi], spi, f[4], f[5][2:], f[6], f[7][2:]))
    return out


def main():
    fax, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    write("ike/cavs_psk.txt", "NIST CAVS 17.3, ikev1_psk.fax: values as published.", cavs(fax))
    write("ike/stretch.txt", "Long keys and KEYMAT, computed by Python's hmac.", stretch())
    write("ike/certificates.txt", "Main mode with RSA certificates, i and r as in sessions.txt.", certificates(folder / "cert"))
    write("ike/sessions.txt", "IKE messages (i: initiator's, r: responder's) with the peers' logged keys.", sessions(folder))
    write("esp/captures.txt", "ESP packets (i: the client's, r: the server's) with the kernel's keys.", esp_packets(folder))
    write("ppp/captures.txt", "PPP control frames (i: the client's, r: the server's).", ppp_frames(folder))


if __name__ == "__main__":
    main()
