import pytest

from generators.wanted import states_it


@pytest.mark.parametrize(
    ("question", "states", "does_not"),
    [
        ("How long does it take?", "Two weeks at most.", "It takes patience."),
        ("When are you open?", "We open at 10:00.", "We are open to ideas."),
        ("How much is it?", "It costs 4.90 EUR.", "It costs effort."),
        ("How many may I buy?", "At most 3.", "As many as fit."),
        ("退款需要多久？", "仓库收到后7个工作日内退款。", "退款原路返回。"),
        ("运费是多少钱？", "运费为每单198元。", "运费由我们承担。"),
    ],
)
def test_a_sentence_states_what_is_asked_for(question: str, states: str, does_not: str) -> None:
    assert states_it(question, states)
    assert not states_it(question, does_not)


def test_a_question_for_no_fact_wants_none() -> None:
    assert not states_it("Is it waterproof?", "It takes 7 days and costs 5 EUR.")
