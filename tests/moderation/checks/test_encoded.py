from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import Text
from moderation.checks.encoded import base64_text, decoded
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets
from moderation.checks.spaced import spelled
from moderation.finding import Check, redacted
from moderation.policy import Direction
from tests.moderation.planted import TOKENS, card, email, mobile, resident_id, seeded

CODES: dict[str, Callable[[str], str]] = {
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64, url-safe": lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "escaped": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
}


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=12), st.sampled_from([*CODES]))
def test_printable_text_is_read_from_its_code_and_its_place_is_exact(text: str, code: str) -> None:
    if code == "percent" and len(text.encode()) < 2:
        return
    written = CODES[code](text)
    around = f"看 {written}，完"
    assert (text, 2, 2 + len(written)) in list(decoded(around))


@given(st.binary(min_size=16).filter(lambda data: not data.decode("latin-1").isprintable()))
def test_base64_of_other_bytes_is_no_text(data: bytes) -> None:
    plain = base64_text(b64encode(data).decode())
    assert plain == "" or plain.encode() == data


def hidden(check: Check, plain: str, written: str) -> None:
    text = f"令牌😀 {written} 完"
    assert check.inspect(Text(plain), Direction.OUTPUT)
    seen = redacted(text, check.inspect(Text(text), Direction.OUTPUT))
    assert written not in seen
    assert seen.startswith("令牌😀 ")
    assert seen.endswith(" 完")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", ["github", "aws", "slack bot", "openai old", "stripe"])
def test_a_token_in_code_is_found_with_its_whole_code(code: str, name: str) -> None:
    token = TOKENS[name](seeded(name))
    hidden(Secrets(), token, CODES[code](token))
    hidden(Secrets(), token, CODES[code](f"password: {token}"))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("make", [email, mobile, card, resident_id])
def test_personal_data_in_code_is_found(code: str, make: Callable[..., str]) -> None:
    value = f"contact: {make(seeded(code))}"
    hidden(Pii(), value, CODES[code](value))


@pytest.mark.parametrize(
    "text",
    [
        "commit 0123456789abcdef0123456789abcdef01234567",
        "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0ZURlY29kZT4",
        "internationalisation/localisation-of-the-documentation",
        "100%41 and 5%25",
    ],
)
def test_what_only_looks_like_code_is_none(text: str) -> None:
    assert not Secrets().inspect(Text(text), Direction.OUTPUT)
    assert not Pii().inspect(Text(text), Direction.OUTPUT)


def test_a_percent_encoded_address_is_readable() -> None:
    assert [plain for plain, *_ in decoded(quote("ana@shop.test 中文", safe=""))]


@pytest.mark.parametrize("name", ["github", "aws", "openai old"])
def test_a_token_spelled_out_is_found(name: str) -> None:
    token = TOKENS[name](seeded(name))
    hidden(Secrets(), token, " ".join(token))
    assert [plain for plain, *_ in spelled(" ".join(token))] == [token]


@pytest.mark.parametrize("gap", [" ", "-", ".", "_", "  "])
def test_numbers_spelled_out_are_found(gap: str) -> None:
    for make in (mobile, card):
        number = make(seeded(gap))
        hidden(Pii(), number, gap.join(number))
