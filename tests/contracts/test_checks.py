"""What every check of `moderation.checks.standard` promises, whatever the content."""

import copy
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import Audio, Code, Content, Image, Text, reworded, words
from moderation.checks import standard
from moderation.finding import Check, Finding, redacted
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from tests.moderation.planted import TOKENS, card, email, german_iban, mobile, pem, seeded

pytestmark = pytest.mark.thorough

LISTS = Policy.model_validate({"words": {"rivals": {"words": ["bank", "中文"]}}})
EVERY = standard(LISTS)
CHECKS = {check.name: check for check in EVERY}
ROUNDS = 20
"""Of values glued together each may show only once its neighbour is redacted."""

fragments = st.sampled_from(
    [
        *("<!here>", "<!", "<@U1>", "@channel", "<", ">", "|", "[", "](", ")", "![", "//", ":"),
        *("https://bank.test", "https://a:b@c.test", "javascript:", "bank.test", "a@b.co", "@"),
        *("password is ", "密码是", "Tr0ub4dor&3", "api_key=", "-----BEGIN RSA PRIVATE KEY-----"),
        *("电话", "passport E", "1380013", "8000", "4111 ", "DE89 3704 ", "10.0.0.", "fe80::"),
        *("京A", "12345", " ", "\n", "，", "。", "中文", "😀", "\u200b", "\u202e", "\uff20"),
        *(
            "e\u0301",
            "مرحبا",
            "\ufdfa",
            "\x00",
            "`",
            '"',
            "'",
            "-",
            ".",
            "\ud800",
            "+1 415",
            "00:1B",
        ),
    ]
)


@st.composite
def planted(draw: st.DrawFn) -> str:
    random = seeded(draw(st.integers(0, 1000)))
    makers = [*TOKENS.values(), card, email, german_iban, mobile, pem]
    return draw(st.sampled_from(makers))(random)


texts = st.one_of(
    st.text(), st.lists(st.one_of(fragments, st.text(max_size=3), planted())).map("".join)
)
contents = st.one_of(
    texts.map(Text),
    texts.map(lambda text: Code(text, "python")),
    st.builds(Image, st.binary(), texts),
    st.builds(Audio, st.binary(), texts),
)
directions = st.sampled_from(Direction)


@pytest.fixture(params=CHECKS, scope="module")
def check(request: pytest.FixtureRequest) -> Check:
    return CHECKS[request.param]


def test_each_has_a_name_of_its_own_and_cannot_be_changed(check: Check) -> None:
    assert len(CHECKS) == len(EVERY)
    changed: Any = check
    with pytest.raises(FrozenInstanceError):
        changed.name = "other"


def spans_of(check: Check, content: Content) -> list[Finding]:
    """Return what it finds in a model's words that has a place, and not only a degree."""
    return [f for f in check.inspect(content, Direction.OUTPUT) if f.start < f.end]


@given(content=contents, direction=directions)
def test_findings_are_sound_and_named_after_the_check(
    check: Check, content: Content, direction: Direction
) -> None:
    for finding in check.inspect(content, direction):
        assert finding.detector == check.name
        assert finding.category.partition(".")[2]
        assert 0 <= finding.score <= 1
        assert 0 <= finding.start <= finding.end <= len(words(content))


@given(content=contents, direction=directions)
def test_findings_come_in_order_and_do_not_overlap(
    check: Check, content: Content, direction: Direction
) -> None:
    spans = [(f.start, f.end) for f in check.inspect(content, direction)]
    assert spans == sorted(spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@given(content=contents, direction=directions)
def test_the_same_question_has_the_same_answer(
    check: Check, content: Content, direction: Direction
) -> None:
    before = copy.deepcopy(content)
    assert check.inspect(content, direction) == check.inspect(content, direction)
    assert content == before


@given(content=contents, direction=directions)
def test_what_can_be_redacted_is_gone_after_it(
    check: Check, content: Content, direction: Direction
) -> None:
    for _ in range(ROUNDS):
        found = [f for f in check.inspect(content, direction) if f.start < f.end]
        content = reworded(content, redacted(words(content), found))
    assert not [f for f in check.inspect(content, direction) if f.start < f.end]


@given(text=texts)
def test_each_replacement_is_harmless_by_itself(check: Check, text: str) -> None:
    for finding in spans_of(check, Text(text)):
        assert finding.replacement
        assert not spans_of(check, Text(finding.replacement))


@given(text=texts)
def test_all_together_release_only_what_they_find_nothing_in(text: str) -> None:
    gate = Gate(EVERY, Policy())
    seen = gate.assess(Text(text), Direction.OUTPUT)
    if seen.action <= Action.REDACT:
        for each in EVERY:
            assert not spans_of(each, seen.content)


def test_many_threads_may_ask_at_once(check: Check) -> None:
    random = seeded(1)
    questions = [Text(f"密码是{make(random)} <!here> {email(random)}") for make in TOKENS.values()]
    alone = [check.inspect(question, Direction.OUTPUT) for question in questions]
    with ThreadPoolExecutor(8) as threads:

        def ask(question: Text) -> list[Finding]:
            return list(check.inspect(question, Direction.OUTPUT))

        assert list(threads.map(ask, questions)) == [list(answer) for answer in alone]


TRIES = 3
"""What grows with the square does so each time; numpy's threads spin only now and then."""

HOSTILE = (
    *("a", "1", "1-", "1 ", "中", "é", "\u200b", "\ufdfa", "-", "(", "[", "](", "](x(a)", "![a]("),
    *("<!", "<@a", "<a:", "<https://a|", "https://a@", "://:@", "a@", "a@b.", "[at]", "::", "00:"),
    *("1.1.", "AA00 ", "4111 ", "1234-", "+1 555 ", "+1(", "1[3", "电话", "phone ", "护照 ", "京A"),
    *("eyJ", "sk-", "key=", "token: ", "a1B2c3", "password ", "password is a", "密码是a"),
    "curl -u ",
    *("-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "mysql -p", "authorization: bearer "),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_time_grows_with_the_length_and_not_with_its_square(check: Check, unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (50_000, 100_000))
    tries = (cpu_ms(check, long) < 3.5 * cpu_ms(check, short) + 20 for _ in range(TRIES))
    assert any(tries)


def cpu_ms(check: Check, text: str) -> float:
    start = time.thread_time_ns()
    check.inspect(Text(text), Direction.OUTPUT)
    return (time.thread_time_ns() - start) / 1e6
