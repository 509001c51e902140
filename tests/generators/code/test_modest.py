import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code.modest import modest


@pytest.mark.parametrize(
    "claim",
    [
        "All tests pass.",
        "The tests were run and passed.",
        "It passes all the tests.",
        "I have tested it thoroughly.",
        "I ran it.",
        "This was tested and verified.",
        "The code is fully tested.",
        "Tested with Python 3.11.",
        "Verified.",
        "It works as expected.",
        "It has been executed successfully.",
        "已通过测试。",
        "所有测试均已通过。",
        "我已经运行过这段代码。",
        "代码已验证。",
        "运行正常。",
        "测试全部成功。",
    ],
)
def test_what_claims_to_have_been_run_is_left_out(claim: str) -> None:
    assert modest(f"It doubles. {claim} 它翻倍。 🙂") == "It doubles. 它翻倍。 🙂"
    assert modest(claim) == ""


@pytest.mark.parametrize(
    "said",
    [
        "It doubles a number.",
        "Write tests for the empty list.",
        "It raises ValueError if the test fails to parse.",
        "这个函数把数字翻倍。",
        "它会测试每个数字。",
        "Call `run()` to begin.",
        "مرحبا",
    ],
)
def test_other_words_stay(said: str) -> None:
    assert modest(said) == said


def test_programs_are_not_touched() -> None:
    code = "```py\n# All tests pass. Verified.\n```"
    assert modest(f"{code}\nVerified.") == code
    assert modest("~~~\nTested.\n```\nTested.\n~~~\nTested.") == "~~~\nTested.\n```\nTested.\n~~~"


@given(st.text())
def test_nothing_is_added(text: str) -> None:
    assert set(modest(text)) <= set(text) | {"\n"}
