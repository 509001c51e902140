"""Content Credentials: a C2PA manifest in the picture, signed with the company's or an own key.

Specification: https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html.
Needs the extra `provenance`. A certificate that was made here is on nobody's trust list: a reader
says that the picture is whole and whose key signed it, and that it does not know the signer.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SOURCE_TYPE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for what a trained model made."""
_CERTIFICATES, _KEY = "certificates.pem", "key.pem"
_VALID: Final = timedelta(days=3650)
_PLAIN: Final = {"verify": {"verify_trust": False}, "builder": {"thumbnail": {"enabled": False}}}
"""No thumbnail: it would be larger than most pictures, and nobody judged it."""


class CredentialsUnusableError(Exception):
    """The certificate or the key cannot be used; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate chain, its own end first, and the private key; both PEM."""

    certificates: bytes
    key: bytes

    def signed(
        self, png: bytes, *, title: str, producer: str, source_type: str = SOURCE_TYPE
    ) -> bytes:
        """Return the picture with a signed manifest that says what made it."""
        made = {"action": "c2pa.created", "digitalSourceType": source_type}
        manifest = {
            "claim_generator_info": [{"name": producer}],
            "title": title,
            "format": "image/png",
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [made]}}],
        }
        info = c2pa.C2paSignerInfo(
            alg=b"es256", sign_cert=self.certificates, private_key=self.key, ta_url=None
        )
        settings = c2pa.Settings.from_dict(_PLAIN)
        out = BytesIO()
        with c2pa.Context(settings) as context, c2pa.Signer.from_info(info) as signer:
            c2pa.Builder(json.dumps(manifest), context).sign(signer, "image/png", BytesIO(png), out)
        return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a file's manifest says: who signed, of what kind the source is, and whether it holds."""

    intact: bool
    trusted: bool
    issuer: str
    generator: str
    source_type: str


def read(data: bytes, kind: str = "image/png") -> Credentials | None:
    """Return what the manifest in a file says; None where it has none."""
    try:
        with c2pa.Reader(kind, BytesIO(data)) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError:
        return None
    active = told.get("manifests", {}).get(told.get("active_manifest"), {})
    codes = [str(each.get("code", "")) for each in told.get("validation_status") or ()]
    untrusted = "signingCredential.untrusted"
    generator = (active.get("claim_generator_info") or [{}])[0].get("name", "")
    return Credentials(
        intact=all(code == untrusted for code in codes),
        trusted=not codes,
        issuer=str(active.get("signature_info", {}).get("issuer", "")),
        generator=str(generator),
        source_type=_source_type(active.get("assertions") or ()),
    )


def signer(certificates: Path, key: Path) -> Signer:
    """Return the signer of two PEM files. Raises CredentialsUnusableError."""
    try:
        found = Signer(certificates.read_bytes(), key.read_bytes())
        found.signed(_PIXEL, title="probe", producer="probe")
    except OSError as error:
        raise CredentialsUnusableError(
            f"The certificate or its key cannot be read: {error}."
        ) from error
    except c2pa.C2paError as error:
        raise CredentialsUnusableError(
            f"{certificates} and {key} cannot sign Content Credentials ({error}); give an ES256 "
            "key in PKCS #8 and a chain whose first certificate may sign documents."
        ) from error
    return found


def own_signer(folder: Path, organisation: str) -> Signer:
    """Return the signer kept in a folder, made now if there is none."""
    certificates, key = folder / _CERTIFICATES, folder / _KEY
    if not (certificates.exists() and key.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        made = _made(organisation, datetime.now(UTC))
        _kept(key, made.key)
        _kept(certificates, made.certificates)
    return signer(certificates, key)


def _kept(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def _made(organisation: str, now: datetime) -> Signer:
    """Make a root and, below it, the key that signs: C2PA takes none that vouches for itself."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, name = (_name(organisation, role) for role in ("root", "signer"))
    root = _certificate((root_name, root_name), root_key.public_key(), root_key, now, path=True)
    own = _certificate((name, root_name), key.public_key(), root_key, now, path=False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signer(own.public_bytes(pem) + root.public_bytes(pem), private)


def _name(organisation: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organisation} content credentials {role}"),
        ]
    )


def _certificate(
    names: tuple[x509.Name, x509.Name],
    key: ec.EllipticCurvePublicKey,
    by: ec.EllipticCurvePrivateKey,
    now: datetime,
    *,
    path: bool,
) -> x509.Certificate:
    """Return a certificate for (subject, issuer); `path`: it may sign certificates, and no more."""
    usage = dict.fromkeys(_USAGES, False) | {"key_cert_sign": path, "digital_signature": not path}
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=path, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if not path:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(by, hashes.SHA256())


def _source_type(assertions: Sequence[dict[str, object]]) -> str:
    for assertion in assertions:
        data = assertion.get("data")
        actions = data.get("actions") if isinstance(data, dict) else None
        for action in actions or ():
            if isinstance(action, dict) and action.get("digitalSourceType"):
                return str(action["digitalSourceType"])
    return ""


_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001737501180000000049454e44ae426082"
)
"""A PNG of one pixel, to see whether a key can sign."""
