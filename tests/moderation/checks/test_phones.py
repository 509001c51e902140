from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from moderation.checks.phones import announced, phones
from moderation.normalise import normalise
from tests.moderation.planted import seeded

REGIONS = [
    "US",
    "GB",
    "DE",
    "FR",
    "IT",
    "ES",
    "NL",
    "BE",
    "CH",
    "AT",
    "SE",
    "DK",
    "NO",
    "FI",
    "PT",
    "PL",
    "IE",
    "AU",
    "CA",
    "IN",
    "CN",
    "HK",
    "SG",
    "JP",
    "BR",
    "NZ",
]
ANNOUNCED = (
    "My phone number is {}",
    "call me on {} tomorrow",
    "{} is my phone",
    "Tel. {}",
    "fax {}, ask for Bo",
    "Contact me: {}",
    "my new number: {}",
    "电话：{}",
    "手机号是{}，谢谢",
)
FORMATS = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)


def found(text: str) -> list[tuple[int, int]]:
    return [*phones(text), *announced(text)]


def drawn(region: str) -> Iterator[PhoneNumber]:
    random = seeded(region)
    for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            number = int(f"{str(example.national_number)[:-4]}{random.randint(0, 9999):04}")
            yield PhoneNumber(
                country_code=example.country_code,
                national_number=number,
                italian_leading_zero=example.italian_leading_zero,
            )


@pytest.mark.parametrize("region", REGIONS)
def test_numbers_of_a_country_are_found_after_and_before_the_words_for_one(region: str) -> None:
    for number in drawn(region):
        for form in FORMATS:
            written = phonenumbers.format_number(number, form)
            for words in ANNOUNCED:
                text = normalise(words.format(written)).text
                covered = max((end - start for start, end in found(text)), default=0)
                assert covered >= 0.8 * len(written), text


@pytest.mark.parametrize("region", REGIONS)
def test_an_international_number_needs_no_words(region: str) -> None:
    for number in drawn(region):
        written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        assert any(text == written for text in (written[a:b] for a, b in phones(written)))


@pytest.mark.parametrize(
    "text",
    [
        "order number is 12345678901, ticket number 1234567",
        "Meeting ID: 812 3456 7890, ISBN 978-3-16-148410-0",
        "tickets 123456, 234567, 345678; total 123 456 789",
        "会议号：812 3456 7890，订单号 20240501123456789012",
        "x = (12) 345, part (123) 456, range 1-200",
        "2024-05-01 12:30:45, 10.2.3.4, 52.520008, 13.404954",
        "tracking number 1Z999AA10123456784",
    ],
)
def test_other_numbers_are_no_phones(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("call Ana Lee on {}", "6891871337"),
        ("Contact: Bo Müller, {}", "977 038 7635"),
        ("{} is my new number", "3715347025"),
        ("my number's {}.", "7325762826"),
        ("I can be seen at {}", "668/408-3285"),
        ("{} ist besetzt", "030/3384720"),
        ("see you, {}", "415 555 2671"),
    ],
)
def test_more_ways_of_giving_a_number_are_read(words: str, number: str) -> None:
    text = words.format(number)
    assert number in [text[start:end] for start, end in found(text)]


@pytest.mark.parametrize(
    "text",
    ["on 01/02/2003 and 03/04", "order number: 1234567", "Call Ticket, then 3 times", "1/2 of 030"],
)
def test_what_only_looks_like_them_is_none(text: str) -> None:
    assert not found(text)
