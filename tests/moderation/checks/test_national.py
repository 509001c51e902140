import pytest

from generators.draft import Text
from moderation.checks.national import national_ids
from moderation.checks.pii import Pii
from moderation.policy import Direction

CHECK = Pii()
# Each is the example of the authority or of python-stdnum's documentation: nobody's.
ISSUED = [
    ("BE {}", "85.07.30-033.28"),
    ("rijksregister {}", "85073003328"),
    ("BSN {}", "1112.22.333"),
    ("mijn BSN: {}", "111222333"),
    ("Steuer-ID {}", "36 574 261 809"),
    ("SVNR {}", "1237 010180"),
    ("Rentenversicherung: {}", "15 070649 C 103"),
    ("my {} ok", "880320-0016"),
    ("personnummer {}", "8803200016"),
    ("CPR {}", "211062-5629"),
    ("{}", "131052-308T"),
    ("fødselsnummer {}", "151086 95088"),
    ("contribuinte {}", "501 964 843"),
    ("PPSN {}", "6433435F"),
    ("rodné číslo {}", "710319/2745"),
    ("CNP {}", "1630615123457"),
    ("AHV {}", "756.9217.0769.85"),
    ("{}", "971013-9019902"),
    ("CPF {}", "390.533.447-05"),
    ("aadhaar {}", "2341 2341 2346"),
    ("PAN: {}", "ACUPA7085R"),
    ("TFN {}", "123 456 782"),
    ("social insurance {}", "123-456-782"),
    ("NHS number {}", "943 476 5870"),
    ("ITIN {}", "912-90-3456"),
    ("香港身份证{}", "A123456(3)"),
    ("HKID {}", "A1234563"),
    ("身分證字號{}", "A123456789"),
    ("NRIC {}", "S1234567D"),
    ("统一社会信用代码：{}", "91110000600037341L"),
    ("codice fiscale {}", "RCCMNL83S18D969H"),
    ("NIR {}", "2 95 10 99 126 111 93"),
    ("DNI {}", "54362315K"),
    ("NIE {}", "X-2482300W"),
]

WITHOUT = ("Rentenversicherung", "CPR", "PAN", "ITIN")


def seen(text: str) -> list[tuple[str, str]]:
    found = CHECK.inspect(Text(text), Direction.INPUT)
    return [(f.category, text[f.start : f.end]) for f in found]


@pytest.mark.parametrize(("words", "number"), ISSUED)
def test_numbers_of_many_states_are_found(words: str, number: str) -> None:
    assert seen(words.format(number)) == [("pii.id", number)]


@pytest.mark.parametrize(("words", "number"), ISSUED)
def test_a_wrong_check_digit_makes_it_none(words: str, number: str) -> None:
    if words.startswith(WITHOUT):
        pytest.skip("it has no check digit, or none that is verified")
    digits = [at for at, sign in enumerate(number) if sign.isdigit()]
    for at in (digits[-2], digits[-3]):
        changed = f"{number[:at]}{(int(number[at]) + 1) % 10}{number[at + 1 :]}"
        if changed not in [value for _, value in seen(words.format(changed))]:
            return
    pytest.fail(f"no check digit is verified in {words}")


@pytest.mark.parametrize(
    "text",
    [
        "order 111222333 and 123456782",
        "ticket AB-123456-C and room S1234567",
        "build 8803200016, pid 15108695088",
        "2024/05/01-123456, 710319-274",
        "A123456(7) and B12345678",
        "version 85.07.30-033.29",
        "ratio 1630615123457 ms",
        "SSN is a kind of number, NHS too; a tax of 15 percent",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert not list(national_ids(text))
