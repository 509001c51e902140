"""What a reader still sees is still found: no way of writing it lowers what is said of it."""

import time
from collections.abc import Callable

import pytest

from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets
from moderation.finding import Check
from moderation.policy import Direction
from tests.moderation.planted import TOKENS, card, email, mobile, resident_id, seeded, wide

LOOKALIKES = str.maketrans(
    "aeopcxAKMHTX", "\u0430\u0435\u043e\u0440\u0441\u0445\u0410\u041a\u041c\u041d\u0422\u0425"
)
DISGUISES: dict[str, Callable[[str], str]] = {
    "full width": wide,
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "struck out": "\u0336".join,
    "bidi": "\u202d{}\u202c".format,
    "tags": "\U000e0041".join,
    "one lookalike": lambda text: next(
        text[:at] + letter.translate(LOOKALIKES) + text[at + 1 :]
        for at, letter in enumerate(text)
        if letter.translate(LOOKALIKES) != letter
    ),
}
MADE = {
    **{name: (Secrets(), TOKENS[name]) for name in ("github", "aws", "slack app", "openai old")},
    "email": (Pii(), email),
    "mobile": (Pii(), mobile),
    "card": (Pii(), card),
    "resident": (Pii(), resident_id),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("name", MADE)
def test_a_disguise_hides_nothing_and_the_span_is_exact(name: str, disguise: str) -> None:
    check, make = MADE[name]
    random = seeded(name)
    if disguise == "one lookalike" and name in {"mobile", "card", "resident"}:
        pytest.skip("digits have no such twin")
    for value in (make(random) for _ in range(3)):
        written = DISGUISES[disguise](f"aep{value}" if name == "email" else value)
        text = f"资料😀 {written} 完"
        seen = check.inspect(Text(text), Direction.OUTPUT)
        assert seen, text
        assert text[seen[0].start : seen[0].end].strip("\u202d\u202c") == written.strip(
            "\u202d\u202c"
        )


UNITS = (
    *("%", "%4", "a%41", "a b", "1 2 ", "0a", "路", "号路", "街1号", "住址", "12 Main ", "12 A "),
    *(
        "1 A B C D Street ",
        "Hauptstraße 1 ",
        "passport no ",
        "driver license 0A0A0A0A0A0A ",
        "dob 1/",
    ),
    *(
        "account no 1 2 3 4 5 6 ",
        "plate A1 ",
        "data:\n",
        "kind: Secret\ndata:\n a: bbbb\n",
        "<pass",
    ),
    *(
        "<password>",
        "name: password\nvalue: ",
        "token=",
        "token is ",
        "a.b.",
        "eyJa.",
        "AKIA",
        "\\x41",
    ),
    *(
        "login is a / ",
        "账号a密码",
        "seed phrase: word ",
        "word ",
        "define('PASS','",
        "YWJj",
        "$2y$",
    ),
    *("twitter ", "github token ", "machine a login b ", "{AQAAAB", "a:b:1:", "0x", "bc1q", "(1"),
    *("0 ", "X1", "Y1234567", "\u0430a", "\n ", "wallet ", "\\", "{{", "new relic key "),
)


@pytest.mark.thorough
@pytest.mark.parametrize("check", [Secrets(), Pii()], ids=lambda check: check.name)
@pytest.mark.parametrize("unit", UNITS)
def test_twice_as_much_takes_twice_as_long(check: Check, unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (30_000, 60_000))
    assert cpu_ms(check, long) < 3.5 * cpu_ms(check, short) + 30


def cpu_ms(check: Check, text: str) -> float:
    start = time.thread_time_ns()
    check.inspect(Text(text), Direction.OUTPUT)
    return (time.thread_time_ns() - start) / 1e6
