"""Certificates of the tests' own."""

from __future__ import annotations

import datetime
import os
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Pair:
    """A certificate and its key, as PEM text."""

    def __init__(self, name: str = "chat.test", begins: float = -1, ends: float = 90):
        """Good from and until so many days from now."""
        now = datetime.datetime.now(datetime.timezone.utc)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                       .serial_number(x509.random_serial_number()).not_valid_before(now + begins * DAY)
                       .not_valid_after(now + ends * DAY)
                       .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
                       .sign(key, hashes.SHA256()))
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.key = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()).decode()


class Files:
    """The pair that a daemon is set to use, renewed as an operator's tools do."""

    def __init__(self, folder: Path, pair: Pair):
        self.certificate, self.key = folder / "fullchain.pem", folder / "privkey.pem"
        self.write(pair)

    @property
    def flags(self) -> tuple[str, ...]:
        return "--tls-cert", str(self.certificate), "--tls-key", str(self.key)

    def write(self, pair: Pair) -> None:
        for path, text in ((self.certificate, pair.certificate), (self.key, pair.key)):
            draft = path.with_suffix(".new")
            draft.write_text(text)
            os.replace(draft, path)


def shown(daemon) -> str:
    """The certificate that a new connection is shown, as PEM text."""
    return ssl.get_server_certificate(daemon.tls)
