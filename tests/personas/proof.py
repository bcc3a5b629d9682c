# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""How phase 1 is proven: by a pre-shared key, or by certificates (RFC 2409, 5.1 and 5.4; RFC 4754)."""
import datetime
import functools
import hmac

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import pkcs7

import isakmp as ik
from world import Choked

PKCS7_WRAPPED, X509_SIGNATURE = 1, 4        # certificate encoding (RFC 2408, 3.9)
NOW = datetime.datetime(2026, 7, 1)         # what our end is told; certificates are valid around it


class Psk:
    """HASH payloads under a key both know."""

    method = ik.PSK

    def __init__(self, key):
        self.key = key

    def skeyid(self, sa, nonce_i, nonce_r, _shared):
        return sa.hash.prf(self.key, nonce_i, nonce_r)

    def requests(self):
        """What is asked of the other side along with the key exchange."""
        return []

    def payloads(self, digest, _asked):
        return [(ik.HASH, digest)]

    def check(self, message, digest, _identity):
        if not hmac.compare_digest(message.one(ik.HASH), digest):
            raise Choked("HASH of phase 1 is wrong")


class Certificate:
    """SIG and CERT payloads."""

    def __init__(self, papers, wrapped=False, trusts=0):
        self.papers, self.wrapped, self.trusts = papers, wrapped, trusts
        self.method = {256: ik.ECDSA_256, 384: ik.ECDSA_384}.get(papers.key.key_size, ik.RSA_SIG)

    def skeyid(self, sa, nonce_i, nonce_r, shared):
        return sa.hash.prf(nonce_i + nonce_r, shared)

    def requests(self):
        authorities = [x509.Name.from_rfc4514_string("CN=Trusted Root Certification Authority %d,O=Example %d Ltd.,C=US" % (n, n))
                       for n in range(self.trusts)]
        return [(ik.CERTREQ, bytes([X509_SIGNATURE]) + name.public_bytes())
                for name in [*authorities, self.papers.authority.subject]]

    def payloads(self, digest, _asked):
        if self.wrapped:
            both = pkcs7.serialize_certificates([self.papers.cert, self.papers.authority], serialization.Encoding.DER)
            cert = bytes([PKCS7_WRAPPED]) + both
        else:
            cert = bytes([X509_SIGNATURE]) + self.papers.der
        return [(ik.CERT, cert), (ik.SIG, self.sign(digest))]

    def sign(self, digest):
        key = self.papers.key
        if self.method == ik.RSA_SIG:       # RFC 2409, 5.1: the hash alone is padded, there is no DigestInfo
            n = key.private_numbers()
            size = key.key_size // 8
            block = b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest
            return pow(int.from_bytes(block, "big"), n.d, n.public_numbers.n).to_bytes(size, "big")
        r, s = utils.decode_dss_signature(key.sign(digest, ec.ECDSA(utils.Prehashed(self.prehashed(digest)))))
        return b"".join(v.to_bytes(key.key_size // 8, "big") for v in (r, s))

    @staticmethod
    def prehashed(digest):
        return {20: hashes.SHA1, 32: hashes.SHA256, 48: hashes.SHA384}[len(digest)]()

    def check(self, message, digest, identity):
        certs = [body[1:] for body in message.all(ik.CERT) if body[0] == X509_SIGNATURE]
        if not certs:
            raise Choked("no certificate, though one was asked for")
        cert, signature = x509.load_der_x509_certificate(certs[0]), message.one(ik.SIG)
        self.papers.vouch(cert)
        if identity[0] == ik.DER_DN and identity[4:] != cert.subject.public_bytes():
            raise Choked("the identity is not the subject of the certificate")
        public = cert.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            n = public.public_numbers()
            size = public.key_size // 8
            block = pow(int.from_bytes(signature, "big"), n.e, n.n).to_bytes(size, "big")
            good = block == b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest
        else:
            half = len(signature) // 2
            dss = utils.encode_dss_signature(*(int.from_bytes(p, "big") for p in (signature[:half], signature[half:])))
            public.verify(dss, digest, ec.ECDSA(utils.Prehashed(self.prehashed(digest))))
            good = True
        if not good:
            raise Choked("the signature of phase 1 is wrong")


class Papers:
    """A key, its certificate, and the authority behind it."""

    def __init__(self, key, cert, authority):
        self.key, self.cert, self.authority = key, cert, authority
        self.der = cert.public_bytes(serialization.Encoding.DER)

    def vouch(self, cert):
        self.authority.public_key().verify(cert.signature, cert.tbs_certificate_bytes, PKCS1v15(), cert.signature_hash_algorithm)

    def pem(self):
        """(certificate, key, authority) for our end."""
        pem = serialization.Encoding.PEM
        return (self.cert.public_bytes(pem), self.key.private_bytes(
            pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()),
            self.authority.public_bytes(pem))


@functools.lru_cache(None)
def _authority():
    key = rsa.generate_private_key(65537, 2048)
    return key, _certify("Personas CA", key.public_key(), "Personas CA", key, x509.BasicConstraints(True, None))


def _certify(name, public, issuer, signer, *extensions):
    def dn(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example"),
                          x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
    builder = x509.CertificateBuilder().subject_name(dn(name)).issuer_name(dn(issuer)).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(NOW - datetime.timedelta(100)).not_valid_after(NOW + datetime.timedelta(100))
    for e in extensions:
        builder = builder.add_extension(e, isinstance(e, x509.BasicConstraints))
    return builder.sign(signer, hashes.SHA256())


@functools.lru_cache(None)
def papers(name, curve=None):
    """A fresh key with a certificate for a DNS name; the authority is one for all."""
    signer, authority = _authority()
    key = ec.generate_private_key(curve()) if curve else rsa.generate_private_key(65537, 2048)
    cert = _certify(name, key.public_key(), "Personas CA", signer, x509.SubjectAlternativeName([x509.DNSName(name)]))
    return Papers(key, cert, authority)
