from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.support.grounding import citations
from generators.support.index import Hit
from generators.support.letter import (
    LOW,
    Notes,
    Style,
    Tone,
    confidence,
    letter,
)
from generators.support.sending import RULE, above_the_rule, as_sent
from generators.tools import Passage

HIT = Hit(
    doc="refunds",
    title="Refunds",
    text="Within 14 days.",
    score=0.9,
    public=True,
    confidence=0.9,
    floor=0.5,
    position=0,
)
WEAK = replace(HIT, confidence=LOW - 0.1)


def made(tone: Tone = "plain", notes: Notes | None = None, **lines: str) -> str:
    cited = (("Within 14 days.", (1,)), ("14天内。", (1,)))
    return letter(cited, Style(tone=tone, **lines), notes or Notes(passages=[HIT]), "en")


@pytest.mark.parametrize(
    ("tone", "greeting", "closing"),
    [
        ("plain", "Hello,", "Kind regards,"),
        ("warm", "thank you so much", "Warm regards,"),
        ("formal", "Dear Sir or Madam,", "Yours faithfully,"),
    ],
)
def test_the_tone_is_that_of_the_settings(tone: Tone, greeting: str, closing: str) -> None:
    said = as_sent(made(tone))
    assert greeting in said
    assert closing in said


def test_what_the_customer_gets_has_no_citation_and_nothing_of_the_notes() -> None:
    notes = Notes(passages=[HIT], uncovered=["Can I bring a dog?"], dropped=2, internal=True)
    body = made(notes=notes, greeting="Moin!", signature="The shop")
    assert as_sent(body) == "Moin!\n\nWithin 14 days.\n14天内。\n\nThe shop"
    assert above_the_rule(body).startswith("Moin!\n\nWithin 14 days. [1]\n")
    below = body.partition(RULE)[2]
    for noted in ("[1] Refunds (refunds)", "Confidence: 0.90", "Internal", "2 sentences", "> Can"):
        assert noted in below


def test_a_low_confidence_is_said_to_be_low() -> None:
    assert "(low" in made(notes=Notes(passages=[WEAK]))
    assert "(low" not in made()
    assert confidence([WEAK, HIT]) == HIT.confidence
    assert confidence([Passage(doc="d", title="t", text="x", score=0.9, public=True)]) == 0.0


def test_what_is_no_letter_has_none() -> None:
    assert above_the_rule("There is no draft.") == ""


@given(st.text())
def test_nothing_below_the_rule_and_no_citation_is_ever_sent(text: str) -> None:
    assert citations(as_sent(f"{text} [1][2]【3】")) == []
    assert "secret" not in as_sent(f"x\n\n{RULE}\n\nsecret")
    assert as_sent(as_sent(text)) == as_sent(text)
