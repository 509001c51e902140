from collections.abc import Callable
from random import Random
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.es import dni
from stdnum.pl import pesel

from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.finding import redacted
from moderation.policy import Direction
from tests.moderation.planted import (
    card,
    email,
    german_iban,
    mobile,
    resident_id,
    seeded,
    shape,
    some,
    wide,
)

CHECK = Pii()
Make = Callable[[Random], str]


def seen(text: str) -> list[tuple[str, str]]:
    found = CHECK.inspect(Text(text), Direction.OUTPUT)
    return [(f.category.removeprefix("pii."), text[f.start : f.end]) for f in found]


def spaced(make: Make, every: int = 4, gap: str = " ") -> Make:
    def grouped(random: Random) -> str:
        value = make(random)
        return gap.join(value[at : at + every] for at in range(0, len(value), every))

    return grouped


def nino(random: Random) -> str:
    return f"AB{some(random, digits, 6)}{random.choice('ABCD')}"


def social_security(random: Random) -> str:
    return f"{random.randint(100, 665)}-{random.randint(10, 99)}-{random.randint(1000, 9999)}"


def spanish(random: Random) -> str:
    number = some(random, digits, 8)
    return number + dni.calc_check_digit(number)


def polish(random: Random) -> str:
    number = f"8{random.randint(0, 9)}0{random.randint(1, 9)}1{random.randint(0, 9)}" + some(
        random, digits, 4
    )
    return number + pesel.calc_check_digit(number)


def checked(number: str) -> str:
    return number + luhn.calc_check_digit(number)


def american(random: Random) -> str:
    return f"415-555-{random.randint(1000, 9999)}"


def v4(random: Random) -> str:
    return ".".join(str(random.randint(11, 250)) for _ in range(4))


def v6(random: Random) -> str:
    return ":".join(["2001", "db8", *(f"{random.randint(4096, 65535):x}" for _ in range(6))])


def mac(random: Random) -> str:
    return ":".join(f"{random.randint(0, 255):02x}" for _ in range(6))


def plate(random: Random) -> str:
    return f"京{random.choice('ABCEFGH')}{some(random, digits, 3)}{random.choice('ABC')}8"


MAKERS: dict[str, tuple[str, Make]] = {
    "e-mail": ("email", email),
    "Chinese mobile": ("phone", mobile),
    "Chinese mobile, spaced": ("phone", lambda random: "138 " + spaced(shape((digits, 8)))(random)),
    "Chinese mobile, +86": ("phone", lambda random: f"+86 138{some(random, digits, 8)}"),
    "Chinese landline": ("phone", shape("010-6", (digits, 7))),
    "American": ("phone", american),
    "American, brackets": ("phone", lambda r: f"(415) 555-{r.randint(1000, 9999)}"),
    "American, +1": ("phone", lambda r: f"+1 415 555 {r.randint(1000, 9999)}"),
    "British": ("phone", shape("020 7946 0", (digits, 3))),
    "British, +44": ("phone", shape("+44 20 7946 0", (digits, 3))),
    "French": ("phone", lambda r: "01 42 " + spaced(shape((digits, 6)), 2)(r)),
    "German, +49": ("phone", shape("+49 30 901820", (digits, 2))),
    "card": ("card", card),
    "card, spaced": ("card", spaced(card)),
    "card, dotted": ("card", spaced(card, gap=".")),
    "card of Maestro": ("card", lambda r: checked("5018" + some(r, digits, 7))),
    "card of JCB": ("card", lambda r: checked("2131" + some(r, digits, 10))),
    "card, dashed": ("card", spaced(card, gap="-")),
    "IBAN": ("iban", german_iban),
    "IBAN, spaced": ("iban", spaced(german_iban)),
    "Chinese resident": ("id", resident_id),
    "British insurance": ("id", nino),
    "American social security": ("id", social_security),
    "Spanish": ("id", spanish),
    "IPv4": ("ip", v4),
    "IPv6": ("ip", v6),
    "MAC": ("mac", mac),
    "MAC, dashes": ("mac", lambda random: mac(random).replace(":", "-").upper()),
    "plate": ("plate", plate),
    "plate, electric": ("plate", shape("粤BD", (digits, 5))),
}
SURROUNDINGS = (
    "{}",
    "it is {} now",
    "是{}，谢谢",
    "资料：{}。",
    "（{}）",
    "a\n{}\nb",
    "😀{}😀",
    "=> {}.",
)


@pytest.mark.parametrize("name", MAKERS)
def test_each_form_is_found_glued_to_chinese_and_to_nothing(name: str) -> None:
    kind, make = MAKERS[name]
    random = seeded(name)
    for surrounding in SURROUNDINGS:
        for _ in range(5):
            value = make(random)
            text = surrounding.format(value)
            assert seen(text) == [(kind, value)], text


ANNOUNCED: list[tuple[str, str, Make]] = [
    ("手机{}", "phone", mobile),
    ("邮箱{}", "email", email),
    ("电话 {}", "phone", shape("8", (digits, 7))),
    ("联系方式：{}", "phone", shape("6", (digits, 7))),
    ("tel:{}", "phone", shape("030 90182", (digits, 3))),
    ("call me at {} please", "phone", shape("415 555 ", (digits, 4))),
    ("my number is {}", "phone", shape("0171 555", (digits, 4))),
    ("passport no. {}", "passport", shape((ascii_uppercase, 1), (digits, 8))),
    ("my passport is {}", "passport", shape((digits, 9))),
    ("护照号码：{}", "passport", shape("E", (digits, 8))),
    ("护照{}", "passport", shape("G", (digits, 8))),
    ("SSN {}", "id", lambda random: social_security(random).replace("-", " ")),
    ("social security number: {}", "id", lambda r: social_security(r).replace("-", "")),
    ("PESEL {}", "id", polish),
    ("身份证号{}", "id", resident_id),
    ("卡号{}", "card", card),
    ("车牌{}", "plate", plate),
    ("IP地址：{}", "ip", v6),
    ("MAC地址：{}", "mac", mac),
]


@pytest.mark.parametrize(("words", "kind", "make"), ANNOUNCED)
def test_words_before_a_number_say_what_it_is(words: str, kind: str, make: Make) -> None:
    random = seeded(words)
    for _ in range(10):
        value = make(random)
        assert seen(words.format(value)) == [(kind, value)], words.format(value)


HARMLESS = (
    "",
    "我们在2024年5月1日12:30:45开会，预算1,234,567元，占比12.5%",
    "order 1234567890, ticket #4521, build 20240501123456",
    "Slack ts 1712345678.123456 and epoch 1712345678901",
    "pi is 3.14159265358979, version 1.2.3.4, Chrome/120.0.0.0, v10.2.3.4",
    "版本1.2.3.4和版本号：2.0.0.1",
    "lodash@4.17.21, @scope/package@latest, git@github.com:org/repo.git",
    "std::vector<int>, a::b, dead::beef, 12:30:45",
    "127.0.0.1 and 0.0.0.0 and ::1 and 999.999.999.999",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "hotel 12345678, recall 12345678, the iphone 12 13 14 15",
    "call us on 2024-05-01",
    "云SERVER、新ABCDEF、京东JD618",
    "4111 1111 1111 1112 is no card, nor is 0000000000000000",
    "DE00 0000 0000 0000 0000 00 is no account",
    "the passport office, passport renewal 2024",
    "between 100 and 2000, 3-4 days, 10 000 000 people",
    "résumé, naïve, 第１２章",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_are_nobodys(text: str) -> None:
    assert seen(text) == []


@given(st.integers(0, 10**6))
def test_a_full_width_or_spaced_out_form_is_found_with_its_exact_span(seed: int) -> None:
    random = seeded(seed)
    address, phone = email(random), mobile(random)
    for value, replacement in ((address, "[email]"), (phone, "[phone]")):
        for disguised in (wide(value), "\u200b".join(value)):
            text = f"😀联系{disguised}\u200b完"
            found = CHECK.inspect(Text(text), Direction.INPUT)
            assert redacted(text, found) == f"😀联系{replacement}\u200b完"


def test_an_address_written_to_hide_from_robots_is_found() -> None:
    assert seen("write to ana [at] shop [dot] test") == [("email", "ana [at] shop [dot] test")]
    assert seen("write to ana(at)shop.test") == [("email", "ana(at)shop.test")]


def test_several_in_one_text_come_in_its_order_and_do_not_overlap() -> None:
    random = seeded(5)
    values = [mobile(random), email(random), german_iban(random), v4(random), card(random)]
    text = "、".join(values)
    assert [value for _, value in seen(text)] == values


def test_what_follows_a_number_is_not_part_of_it() -> None:
    random = seeded(6)
    account, number = spaced(german_iban)(random), spaced(card)(random)
    assert seen(f"{account} AND MORE 12 34") == [("iban", account)]
    assert seen(f"{account} it is {account}") == [("iban", account)] * 2
    assert seen(f"{number} 12/28 {number[:4]}") == [("card", number)]
    assert seen(f"2024 {number} 123") == [("card", number)]
    assert seen("+1 415 555 2671 12 people") == [("phone", "+1 415 555 2671")]


def test_two_numbers_after_one_word_are_both_found() -> None:
    text = "电话 61025309 或 61025667"
    once = redacted(text, CHECK.inspect(Text(text), Direction.OUTPUT))
    twice = redacted(once, CHECK.inspect(Text(once), Direction.OUTPUT))
    assert twice == "电话 [phone] 或 [phone]"
