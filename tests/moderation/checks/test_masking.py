import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import Text
from moderation.checks.masking import masked, restored
from moderation.checks.pii import Pii
from moderation.finding import Finding
from moderation.policy import Direction
from tests.moderation.planted import email, mobile, seeded

CHECK = Pii()


@st.composite
def texts_and_findings(draw: st.DrawFn) -> tuple[str, list[Finding]]:
    pieces = st.sampled_from(["a", "[email 1]", "中", "😀", "x@y", " ", "[", "1]", "\u202e"])
    text = "".join(draw(st.lists(pieces, max_size=20)))
    place = st.integers(0, len(text))
    kinds = st.sampled_from(["pii.email", "secret.api_key", "pii.phone"])
    spans = draw(st.lists(st.tuples(place, place, kinds), max_size=6))
    return text, [
        Finding(category=kind, detector="d", start=min(a, b), end=max(a, b)) for a, b, kind in spans
    ]


@given(texts_and_findings())
def test_what_was_masked_comes_back_to_the_letter(given: tuple[str, list[Finding]]) -> None:
    text, found = given
    masking = masked(text, found)
    assert restored(masking.text, masking.table) == text


@given(texts_and_findings())
def test_no_masked_value_has_two_names_and_no_name_two_values(
    given: tuple[str, list[Finding]],
) -> None:
    masking = masked(*given)
    values = list(masking.table.values())
    assert len(values) == len(set(values))
    assert all(name in masking.text for name in masking.table)


def test_a_person_who_is_named_twice_is_one_person() -> None:
    random = seeded(1)
    ana, bo, phone = email(random), email(random), mobile(random)
    text = f"{ana} 写信给 {bo}，抄送 {ana}，电话{phone}"
    masking = masked(text, CHECK.inspect(Text(text), Direction.INPUT))
    assert masking.text == "[email 1] 写信给 [email 2]，抄送 [email 1]，电话[phone 1]"
    assert restored("谢谢 [email 2] 和 [phone 1]", masking.table) == f"谢谢 {bo} 和 {phone}"


def test_a_stand_in_that_somebody_typed_is_not_taken_for_one() -> None:
    text = "[email 1] is ana@shop.test"
    masking = masked(text, CHECK.inspect(Text(text), Direction.INPUT))
    assert masking.text == "[email 1] is [email 2]"
    assert restored(masking.text, masking.table) == text


def test_an_unknown_stand_in_stays_and_the_table_cannot_be_changed() -> None:
    masking = masked("a b", [Finding(category="pii.phone", detector="d", start=0, end=1)])
    assert restored("[phone 2] [phone 1]", masking.table) == "[phone 2] a"
    with pytest.raises(TypeError):
        masking.table["[phone 2]"] = "x"  # pyrefly: ignore[unsupported-operation] - the point
