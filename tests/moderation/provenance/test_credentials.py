"""Content Credentials, with the extra `provenance`: without it these tests skip and say so."""

from pathlib import Path

import pytest

from tests.moderation.provenance.pictures import file, opened, picture

pytest.importorskip("c2pa", reason="the extra provenance is not installed")

from moderation.provenance.credentials import (
    SOURCE_TYPE,
    CredentialsUnusableError,
    own_signer,
    read,
    signer,
)
from moderation.provenance.marks import Origin, mark
from moderation.provenance.marks import read as read_marks

ORIGIN = Origin(producer="Firm", model="painter", number=1)
PNG = file(picture("clouds", 64))


def test_a_signed_picture_says_that_a_model_made_it(tmp_path: Path) -> None:
    made = mark(PNG, ORIGIN, own_signer(tmp_path, "Firm"))
    said = read(made.png)
    assert said is not None
    assert (said.intact, said.trusted, said.issuer) == (True, False, "Firm")
    assert (said.generator, said.source_type) == ("Firm", SOURCE_TYPE)
    assert read_marks(made.png).watermark == "req_00000001"
    assert opened(made.png).shape == (64, 64, 3)


def test_a_changed_picture_is_not_intact(tmp_path: Path) -> None:
    made = bytearray(mark(PNG, ORIGIN, own_signer(tmp_path, "Firm")).png)
    made[made.index(b"IDAT") + 40] ^= 1
    said = read(bytes(made))
    assert said is not None
    assert not said.intact


def test_an_unsigned_picture_has_no_credentials() -> None:
    assert read(PNG) is None


def test_the_key_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    first, again = own_signer(tmp_path / "keys", "Firm"), own_signer(tmp_path / "keys", "Firm")
    assert first == again
    assert (tmp_path / "keys" / "key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("key", ["", "not a key"])
def test_a_key_that_cannot_sign_is_refused_at_once(tmp_path: Path, key: str) -> None:
    own_signer(tmp_path, "Firm")
    wrong = tmp_path / "wrong.pem"
    wrong.write_text(key)
    with pytest.raises(CredentialsUnusableError, match="ES256"):
        signer(tmp_path / "certificates.pem", wrong)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialsUnusableError, match="nowhere"):
        signer(tmp_path / "nowhere.pem", tmp_path / "key.pem")
