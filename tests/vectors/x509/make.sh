#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# How the files of this folder were made, once (OpenSSL 3.0): make.sh FOLDER. Keys are drawn anew each time, so a second run
# gives other files. Nothing here protects anything.
set -e
cd "$1"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

cat >"$work/conf" <<'CONF'
[ca]
default_ca = here
[here]
dir = .
new_certs_dir = $dir
database = $dir/index
serial = $dir/serial
crlnumber = $dir/crlnumber
policy = any
default_md = sha256
unique_subject = no
copy_extensions = none
[any]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
[dn]
[ca_cert]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
[server]
subjectAltName = DNS:vpn.example,DNS:VPN2.Example,IP:192.0.2.1,IP:2001:db8::1
extendedKeyUsage = serverAuth
[client]
subjectAltName = email:alice@example.org
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
[names]
subjectAltName = otherName:1.3.6.1.4.1.311.20.2.3;UTF8:bob@corp.example,email:bob@mail.example,DNS:*.wild.example,DNS:pc7.example
[plain]
[encrypt]
keyUsage = critical,keyEncipherment
[code]
extendedKeyUsage = codeSigning
CONF

authority() { # NAME SUBJECT KEY-KIND
    mkdir -p "$work/$1"
    : >"$work/$1/index"
    echo 1000 >"$work/$1/serial"
    echo 01 >"$work/$1/crlnumber"
    openssl genpkey $3 -out "$work/$1/key" 2>/dev/null
}

root() { # NAME SUBJECT KEY-KIND
    authority "$@"
    (cd "$work/$1" && openssl req -new -key key -subj "$2" -config ../conf -out req &&
        openssl ca -batch -selfsign -notext -config ../conf -keyfile key -in req -extensions ca_cert -out cert \
            -startdate 20200101000000Z -enddate 20991231235959Z 2>/dev/null)
    cp "$work/$1/cert" "$1.pem"
}

leaf() { # CA NAME SUBJECT SECTION KEY-KIND [END] [MD]
    [ -e "$2.key" ] || openssl genpkey $5 -out "$2.key" 2>/dev/null
    openssl req -new -key "$2.key" -subj "$3" -config "$work/conf" -out "$work/req"
    (cd "$work/$1" && openssl ca -batch -notext -config ../conf -keyfile key -cert cert -in ../req -extensions "$4" \
        -out ../out -startdate 20200101000000Z -enddate "${6:-20991231235959Z}" -md "${7:-sha256}" 2>/dev/null)
    cp "$work/out" "$2.pem"
}

crl() { # CA FILE LAST NEXT
    (cd "$work/$1" && openssl ca -gencrl -config ../conf -keyfile key -cert cert -crl_lastupdate "$3" -crl_nextupdate "$4" \
        -out ../crl)
    cp "$work/crl" "$2"
}

rsa='-algorithm RSA -pkeyopt rsa_keygen_bits:2048'
short='-algorithm RSA -pkeyopt rsa_keygen_bits:1024'
p256='-algorithm EC -pkeyopt ec_paramgen_curve:P-256'
p384='-algorithm EC -pkeyopt ec_paramgen_curve:P-384'
p521='-algorithm EC -pkeyopt ec_paramgen_curve:P-521'

root ca '/C=XX/O=Test/CN=Test CA' "$rsa"
root other-ca '/C=XX/O=Test/CN=Another CA' "$p256"
leaf ca server '/C=XX/O=Test/CN=vpn.example' server "$rsa"
leaf ca client '/C=XX/O=Test/CN=Alice' client "$rsa"
for curve in 256 384 521; do
    eval "kind=\$p$curve"
    leaf ca server$curve '/C=XX/O=Test/CN=vpn.example' server "$kind"
    leaf ca client$curve '/C=XX/O=Test/CN=Alice' client "$kind"
done
leaf ca expired '/C=XX/O=Test/CN=vpn.example' server "$p256" 20260102030405Z
leaf ca revoked '/C=XX/O=Test/CN=vpn.example' server "$p256"
leaf ca encrypt '/C=XX/O=Test/CN=vpn.example' encrypt "$p256"
leaf ca code '/C=XX/O=Test/CN=vpn.example' code "$p256"
leaf ca plain '/C=XX/O=Test/CN=plain.example' plain "$p256"
leaf ca short '/C=XX/O=Test/CN=vpn.example' server "$short"
leaf ca sha1 '/C=XX/O=Test/CN=vpn.example' server "$p256" 20991231235959Z sha1
leaf other-ca stranger '/C=XX/O=Test/CN=vpn.example' server "$p256"

# an authority below the first
authority sub '/C=XX/O=Test/CN=Test Sub CA' "$p256"
cp "$work/sub/key" sub.key
leaf ca sub '/C=XX/O=Test/CN=Test Sub CA' ca_cert
mv sub.key "$work/sub/key"
cp sub.pem "$work/sub/cert"
leaf sub deep '/C=XX/O=Test/CN=deep.example' server "$p256"
cat sub.pem >>deep.pem

cp revoked.pem "$work/ca/revoked"
(cd "$work/ca" && openssl ca -config ../conf -keyfile key -cert cert -revoke revoked 2>/dev/null)
crl ca crl.pem 20260101000000Z 20991231235959Z
crl ca crl-old.pem 20250101000000Z 20260101000000Z
crl other-ca crl-other.pem 20260101000000Z 20991231235959Z

# whom nobody vouches for: an exponent of 65 bits, and a user's names
self() { # NAME SUBJECT SECTION KEY-KIND
    openssl genpkey $4 -out "$1.key" 2>/dev/null
    openssl req -x509 -new -key "$1.key" -subj "$2" -config "$work/conf" -extensions "$3" -days 20000 -out "$1.pem"
}
self dear '/C=XX/O=Test/CN=Dear CA' plain "$rsa -pkeyopt rsa_keygen_pubexp:36893488147419103233"
self names '/C=XX/O=Test/CN=Bob B. Builder' names "$p256"

# a chain as Windows XP sends it
openssl crl2pkcs7 -nocrl -certfile deep.pem -outform DER -out deep.p7b
openssl x509 -in server.pem -outform DER -out server.der
openssl pkey -in server.key -outform DER -out server.key.der

# RSA as IKEv1 has it: no DigestInfo around what is signed
{ printf '\001\002\003'; head -c 17 /dev/zero; } >"$work/hash"
openssl pkeyutl -sign -inkey server.key -in "$work/hash" -out server.rsa-of-010203 -pkeyopt rsa_padding_mode:pkcs1
