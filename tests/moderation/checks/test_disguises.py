"""What a reader still sees is still found: no way of writing it lowers what is said of it."""

import gc
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from random import Random
from string import digits

import pytest

from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets
from moderation.finding import Check
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from tests.moderation.planted import (
    ALNUM,
    HEX,
    PASSWORD,
    TOKENS,
    card,
    email,
    german_iban,
    mobile,
    resident_id,
    seeded,
    shape,
    wide,
)

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
    *("010-12345678,", "电话是010-12345678,", "a,password,b\n", "1 Elm Cove ", "12 rue a, "),
    *("Unit 1 Box 1, DPO ", "live at 1 A ", "TX 12345 ", "E1234567 is my ", "我1990-01-01出生"),
    *('variable "token" {', "ENV TOKEN ", "K 8\npassword\nV 1\n", "AKIA", ': PSK "', "a * "),
    *('getenv("A", "', "new PDO('a', 'b', '", "<password><value>", 'session({secret: "', "sk-"),
    *("secret: (", "key, ", "token ", "data: {a: b", "sk.eyJ", "t1.", "tskey-", "eyJrIjoi"),
    *("5018", "123-45-6789 ", "12345678-Z ", "A123456(", "name,url,password\n,,x\n"),
    *("0 ", "X1", "Y1234567", "\u0430a", "\n ", "wallet ", "\\", "{{", "new relic key "),
)


@pytest.mark.thorough
@pytest.mark.parametrize("check", [Secrets(), Pii()], ids=lambda check: check.name)
@pytest.mark.parametrize("unit", UNITS)
def test_twice_as_much_takes_twice_as_long(check: Check, unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (30_000, 60_000))
    for _ in range(3):  # a machine may stall; what grows too fast does so each time
        took, half = cpu_ms(check, long), cpu_ms(check, short)
        if took < 3.5 * half + 30:
            return
    pytest.fail(f"{took:.0f} ms for 60,000 characters, {half:.0f} ms for 30,000")


def cpu_ms(check: Check, text: str) -> float:
    """Return the less of two times, without collecting what other tests have left behind."""
    gc.disable()
    try:
        return min(_cpu_ms(check, text) for _ in range(2))
    finally:
        gc.enable()


def _cpu_ms(check: Check, text: str) -> float:
    start = time.thread_time_ns()
    check.inspect(Text(text), Direction.OUTPUT)
    return (time.thread_time_ns() - start) / 1e6


FAMILIES: dict[str, tuple[str, Callable[[Random], str]]] = {
    "a token, English": ("here is the token: {}", TOKENS["github"]),
    "a token, Chinese": ("令牌给你：{}，别外传", TOKENS["gitlab"]),
    "a vendor's key": ("export DATADOG_API_KEY={}", shape((HEX, 32))),
    "a named key": ('signing_key = "{}"', shape((ALNUM, 32))),
    "a password, English": ("the password is {}", PASSWORD),
    "a password, Chinese": ("密码是{}", PASSWORD),
    "a login, Chinese": ("账号admin，密码{}", PASSWORD),
    "a place": ("machine api.shop.test login ana password {}", PASSWORD),
    "a connection": ("postgres://ana:{}@db.shop.test/shop", shape((ALNUM, 14))),
    "a header": ("Authorization: Bearer {}", shape((ALNUM, 32))),
    "a mailbox": ("请发到{}", email),
    "a phone, Chinese": ("手机{}", mobile),
    "a phone, English": ("call me at {} please", shape("415-555-", (digits, 4))),
    "a card": ("pay with {}", card),
    "an account": ("账户{}", german_iban),
    "an identity": ("身份证{}", resident_id),
    "a passport, English": ("passport no. {}", shape("E", (digits, 8))),
    "a passport, Chinese": ("护照{}", shape("E", (digits, 8))),
    "a birthday": ("date of birth 12/05/19{}", shape("8", (digits, 1))),
    "an address, Chinese": ("住在北京市海淀区中关村大街{}号1101室", shape("2", (digits, 1))),
    "an address, English": ("I live at {} Main Street, Springfield", shape("2", (digits, 2))),
    "a plate": ("车牌粤B{}", shape((digits, 5))),
    "a machine": ("server 10.20.30.{} is down", shape("4", (digits, 1))),
}
"""A sentence of each family of rules, English or Chinese, with a hole for what is drawn."""
WHOLE: dict[str, Callable[[str], str]] = {
    "full width": wide,
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "joiners": "\u2060".join,
    "struck out": "\u0336".join,
    "bidi": "\u202d{}\u202c".format,
    "tags": "\U000e0041".join,
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64, safe in URLs": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
}
GATE = Gate((Secrets(), Pii()), Policy())


@pytest.mark.parametrize("disguise", WHOLE)
@pytest.mark.parametrize("family", FAMILIES)
def test_no_spelling_lowers_the_verdict(family: str, disguise: str) -> None:
    sentence, make = FAMILIES[family]
    plain = sentence.format(make(seeded(family)))
    for direction in Direction:
        given = GATE.assess(Text(plain), direction).action
        assert given >= Action.REDACT, plain
        assert GATE.assess(Text(WHOLE[disguise](plain)), direction).action >= given, plain
