import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.support.abstaining import CODES, Code, code_of, no_draft, unasked, unfound
from generators.support.ticket import Finding
from tests.moderation.planted import wide


@pytest.mark.parametrize(
    ("ticket", "code"),
    [
        ("I want to speak to a human.", "customer_request"),
        ("Please connect me with your manager!", "customer_request"),
        ("Can I talk to someone?", "customer_request"),
        ("转人工", "customer_request"),
        ("我要找你们经理，退款太慢了", "customer_request"),
        ("Где моя посылка?", "unsupported_request"),
        ("متى يصل طلبي؟", "unsupported_request"),
        ("荷物はどこですか", "unsupported_request"),
        ("🙂🙂🙂", "pending_clarification"),
        ("Hello?", "pending_clarification"),
        ("你好，请问一下", "pending_clarification"),
        ("[email 1]", "pending_clarification"),
        ("How long do refunds take?", None),
        (f"{wide('How')} long do refunds take? 🙂 שלום", None),
        ("Wo ist mein Paket?", None),
        ("退款需要多久？", None),
        ("Is the person who delivers it paid?", None),
    ],
)
def test_what_is_not_even_looked_up(ticket: str, code: Code | None) -> None:
    assert unasked(ticket) == code


@pytest.mark.parametrize("ticket", ["Refund?", "退款？"])
@pytest.mark.parametrize("code", CODES)
def test_every_code_is_said_with_its_sentence_and_found_again(code: Code, ticket: str) -> None:
    said = no_draft(code, ticket)
    assert f"`{code}`" in said
    assert code_of(said) == code


def test_what_only_internal_articles_cover_is_restricted() -> None:
    assert unfound([Finding("a", (), internal=False)]) == "missing_knowledge"
    assert unfound([Finding("a", (), internal=False), Finding("b", (), True)]) == (
        "policy_restriction"
    )


@given(st.text())
def test_any_text_has_one_reason_or_none(text: str) -> None:
    assert unasked(text) in {None, *CODES}
    assert code_of(text) is None
