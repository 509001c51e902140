import asyncio
import copy
import gc
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import (
    Audio,
    Code,
    Content,
    Cost,
    Destination,
    Draft,
    Image,
    Line,
    Request,
    Text,
    UserId,
    words,
)
from moderation.advice import Advice
from moderation.checks import standard
from moderation.finding import Check, Finding, redacted
from moderation.gate import Admitted, Blocked, Cleared, Gate, Held, Refused, SealBroken
from moderation.policy import Action, Direction, Policy
from moderation.threads import ABANDONED
from tests.moderation.checks.test_image import png
from tests.moderation.drafting import HERE, REQUEST, Told, draft, finds, reviewed
from tests.moderation.planted import TOKENS, email, seeded

POLICY = Policy(
    input={"bad": Action.HOLD, "hide": Action.REDACT},
    output={
        "bad": Action.HOLD,
        "worst": Action.BLOCK,
        "hide": Action.REDACT,
        "fine": Action.ALLOW,
    },
)
GATE = Gate([finds("darn", "bad"), finds("vile", "worst"), finds("name", "hide", "[x]")], POLICY)


def cleared(gate: Gate, content: Content | str) -> Cleared:
    verdict = reviewed(gate, content)
    assert isinstance(verdict, Cleared)
    return verdict


@pytest.mark.parametrize(
    ("text", "end"),
    [("hello", Cleared), ("a name", Cleared), ("darn", Held), ("darn vile", Blocked)],
)
def test_the_gravest_finding_decides(text: str, end: type) -> None:
    assert isinstance(reviewed(GATE, text), end)


NAMES = "my name, your name"


@pytest.mark.parametrize("content", [Text(NAMES), Code(NAMES, "py"), Image(b"", NAMES)])
def test_what_is_redacted_is_what_is_released(content: Content) -> None:
    assert words(GATE.open(cleared(GATE, content), HERE)) == "my [x], your [x]"


def test_held_content_is_redacted_all_the_same() -> None:
    held = reviewed(GATE, "darn, my name")
    assert isinstance(held, Held)
    assert words(held.assessment.content) == "darn, my [x]"
    assert words(GATE.open(GATE.approve(held, UserId("U2")), HERE)) == "darn, my [x]"


def test_what_the_policy_allows_is_reported_and_not_redacted() -> None:
    gate = Gate([finds("name", "hide", "[x]"), finds("bo", "fine", "[y]")], POLICY)
    verdict = cleared(gate, "my name is bo")
    assert gate.open(verdict, HERE) == Text("my [x] is bo")
    assert verdict.assessment.categories == ("fine", "hide")


def test_a_finding_without_a_span_cannot_be_redacted_and_is_held() -> None:
    gate = Gate([Told(lambda _: [Finding(category="hide", detector="told")])], POLICY)
    assert isinstance(reviewed(gate, "hello"), Held)


def test_a_finding_that_redaction_does_not_remove_is_held() -> None:
    everywhere = Told(lambda text: [Finding(category="hide", detector="t", end=len(text))])
    held = reviewed(Gate([everywhere], POLICY), "hello")
    assert isinstance(held, Held)
    assert held.assessment.categories == ("hide",)


def test_a_finding_that_redaction_uncovers_is_redacted_too() -> None:
    gate = Gate([finds("name", "hide", "[x]"), finds("[x]s", "hide", "[xs]")], POLICY)
    assert gate.open(cleared(gate, "names"), HERE) == Text("[xs]")


def test_a_finding_that_redaction_makes_worse_is_held_and_says_why() -> None:
    gate = Gate([finds("name", "hide", "darn"), finds("darn", "bad")], POLICY)
    held = reviewed(gate, "my name")
    assert isinstance(held, Held)
    assert held.assessment.categories == ("bad", "hide")


def test_a_gate_needs_checks_with_names_of_their_own() -> None:
    with pytest.raises(ValueError, match="without checks"):
        Gate([], Policy())
    with pytest.raises(ValueError, match="same name"):
        Gate([finds("a", "bad"), finds("a", "bad")], Policy())


def test_the_allow_list_names_exact_strings() -> None:
    ours, other = email(seeded(1)), email(seeded(2))
    gate = Gate(standard(), Policy(allow=frozenset({ours})))
    assert gate.open(cleared(gate, f"{ours} {other}"), HERE) == Text(f"{ours} [email]")


def test_text_too_long_to_be_judged_is_held() -> None:
    gate = Gate(standard(), Policy(max_chars=10))
    assert isinstance(reviewed(gate, "x" * 10), Cleared)
    held = reviewed(gate, "x" * 11)
    assert isinstance(held, Held)
    assert held.assessment.categories == ("gate.size",)


@pytest.mark.parametrize("content", [Image(b"", "a cat"), Audio(b"", "hello")])
def test_a_picture_that_nobody_can_judge_is_held_unless_the_policy_allows(content: Content) -> None:
    assert isinstance(reviewed(Gate(standard(), Policy()), content), Held)
    policy = Policy(output={"image.unclassified": Action.ALLOW, "image.unreadable": Action.ALLOW})
    assert isinstance(reviewed(Gate(standard(), policy), content), Cleared)


def boom(text: str) -> Sequence[Finding]:
    raise RuntimeError(text)


def scored(score: float) -> Callable[[str], Sequence[Finding]]:
    return lambda _: [Finding(category="fine", detector="told", score=score)]


def spanned(start: Any, end: Any) -> Callable[[str], Sequence[Finding]]:
    return lambda _: [Finding(category="fine", detector="told", start=start, end=end)]


def wrong(answer: Any) -> Callable[[str], Any]:
    return lambda _: answer


FAULTS: dict[str, Callable[[str], Sequence[Finding]]] = {
    "raises": boom,
    "score is not a number": scored(math.nan),
    "score is infinite": scored(math.inf),
    "score is above one": scored(1.5),
    "score is negative": scored(-0.1),
    "span past the end": spanned(0, 10_000),
    "span before the start": spanned(-1, 2),
    "span backwards": spanned(3, 2),
    "span in fractions": spanned(0.5, 1.5),
    "no answer": wrong(None),
    "a wrong answer": wrong(["darn"]),
}


LISTS = Policy.model_validate({"words": {"rivals": {"words": ["Acme"]}}})
NAMED = {check.name: check for check in standard(LISTS)}


def broken(name: str, answer: Callable[[str], Sequence[Finding]]) -> list[Check]:
    """Return the standard checks, one of which answers otherwise."""
    return list((NAMED | {name: Told(answer, name=name)}).values())


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_that_fails_holds_whatever_the_others_and_the_policy_say(
    fault: str, name: str
) -> None:
    lenient = Policy(output={"gate": Action.ALLOW, "fine": Action.ALLOW})
    gate = Gate(broken(name, FAULTS[fault]), lenient)
    for content in (Text("hello"), Code("x = 1", "python"), Image(b"", "hello")):
        held = reviewed(gate, content)
        assert isinstance(held, Held)
        assert "gate.failure" in held.assessment.categories


def test_a_failure_is_logged_without_the_content(caplog: pytest.LogCaptureFixture) -> None:
    token = TOKENS["github"](seeded(1))
    with caplog.at_level(logging.DEBUG):
        reviewed(Gate([Told(boom)], Policy()), token)
    assert "RuntimeError" in caplog.text
    assert token[:12] not in caplog.text


@pytest.mark.parametrize("name", NAMED)
def test_a_check_that_hangs_holds_and_is_named(name: str) -> None:
    released = Event()

    def hang(text: str) -> Sequence[Finding]:
        released.wait()
        return [] if text else ()

    gate = Gate(broken(name, hang), Policy(check_timeout_s=0.05))
    try:
        held = reviewed(gate, "hello")
    finally:
        released.set()
    assert isinstance(held, Held)
    assert held.assessment.categories == ("gate.timeout",)
    assert [finding.detector for finding in held.assessment.findings] == [name]


async def test_when_too_many_checks_hang_everything_is_held_at_once_until_one_comes_back() -> None:
    released = Event()

    def hang(text: str) -> Sequence[Finding]:
        if text != "ok":
            released.wait()
        return ()

    gate = Gate([Told(hang)], Policy(check_timeout_s=0.02))
    for number in range(ABANDONED):
        assert not gate.stuck
        assert (await gate.judge(Text(f"{number}"), Direction.OUTPUT)).action is Action.HOLD
        assert gate.hanging == number + 1
    assert gate.stuck
    held = await gate.judge(Text("ok"), Direction.OUTPUT)
    assert (held.action, held.categories) == (Action.HOLD, ("gate.stuck",))
    released.set()
    while gate.hanging:  # noqa: ASYNC110 - they come back in threads
        await asyncio.sleep(0)
    assert (await gate.judge(Text("ok"), Direction.OUTPUT)).action is Action.ALLOW


def graded(scores: dict[str, float]) -> Told:
    """Return a check that finds harm to a degree, whatever the words."""

    def answer(_: str) -> Sequence[Finding]:
        return [Finding(category=c, detector="heads", score=s) for c, s in scores.items()]

    return Told(answer, name="heads")


@pytest.mark.parametrize(
    ("scores", "action", "reported"),
    [
        ({"harm.hate": 0.1, "harm.violence": 0.3}, Action.ALLOW, ()),
        ({"harm.hate": 0.1, "harm.violence": 0.6}, Action.HOLD, ("harm.violence",)),
        ({"harm.hate": 1.0, "harm.violence": 1.0}, Action.HOLD, ("harm.hate", "harm.violence")),
    ],
)
def test_every_score_is_told_and_only_what_the_policy_acts_on_is_a_finding(
    scores: dict[str, float], action: Action, reported: tuple[str, ...]
) -> None:
    seen = Gate([graded(scores)], Policy()).assess(Text("hello"), Direction.OUTPUT)
    assert (seen.action, seen.categories) == (action, reported)
    assert seen.scores == scores
    assert seen.score == max(scores.values())


def test_of_a_category_the_highest_score_is_told() -> None:
    gate = Gate([graded({"harm.x": 0.1}), replace(graded({"harm.x": 0.4}), name="b")], Policy())
    assert gate.assess(Text("hello"), Direction.INPUT).scores == {"harm.x": 0.4}


def test_text_without_harm_has_no_score() -> None:
    seen = GATE.assess(Text("darn"), Direction.OUTPUT)
    assert (seen.scores, seen.score) == ({}, 0.0)


def test_the_same_content_is_looked_at_once_but_a_failure_is_not_remembered() -> None:
    asked: list[str] = []

    def note(text: str) -> Sequence[Finding]:
        asked.append(text)
        if len(asked) == 1:
            raise ValueError
        return ()

    gate = Gate([Told(note)], Policy())
    for expected in (Action.HOLD, Action.ALLOW, Action.ALLOW, Action.ALLOW):
        assert gate.assess(Text("hello"), Direction.OUTPUT).action is expected
    assert asked == ["hello"] * 2
    gate.assess(Code("hello", "python"), Direction.OUTPUT)
    gate.assess(Text("hello"), Direction.INPUT)
    assert len(asked) == 4


async def test_another_policy_counts_from_the_next_content_on() -> None:
    gate = Gate([finds("darn", "bad")], Policy(output={"bad": Action.ALLOW}))
    before = await gate.judge(Text("darn"), Direction.OUTPUT)
    gate.adopt([finds("darn", "bad")], Policy(output={"bad": Action.BLOCK}))
    after = await gate.judge(Text("darn"), Direction.OUTPUT)
    assert (before.action, after.action) == (Action.ALLOW, Action.BLOCK)
    assert before.policy_sha256 != after.policy_sha256 == gate.policy.sha256


@pytest.mark.parametrize(
    ("request_", "end"),
    [
        (REQUEST, Held),
        (replace(REQUEST, team="T1"), Blocked),
        (replace(REQUEST, reply_to=Destination(channel="C9")), Cleared),
        (replace(REQUEST, team="T1", reply_to=Destination(channel="C9")), Cleared),
    ],
)
async def test_the_rules_of_the_place_where_it_goes_count(request_: Request, end: type) -> None:
    tables = {
        "output": {"bad": "hold"},
        "workspace": {"T1": {"output": {"bad": "block"}}},
        "channel": {"C9": {"output": {"bad": "allow"}}},
    }
    gate = Gate([finds("darn", "bad")], Policy.model_validate(tables))
    verdict = await gate.review(replace(draft("darn"), request=request_))
    assert isinstance(verdict, end)


async def test_a_picture_is_shown_to_one_person_and_held_for_all_others() -> None:
    gate = Gate([Told(lambda _: [Finding(category="image.unclassified", detector="t")])], Policy())
    ends = {}
    for channel in ("C1", "D1"):
        to = Destination(channel=channel)
        made = replace(draft(Image(b"", "a cat")), request=replace(REQUEST, reply_to=to))
        ends[channel] = type(await gate.review(made))
    assert ends == {"C1": Held, "D1": Cleared}


@pytest.mark.parametrize(
    ("prompt", "model", "floor", "end"),
    [
        ("a red bicycle", "small", None, Cleared),
        ("\uff21 \uff32\uff25\uff24 bicycle！", "small", None, Cleared),
        ("红色自行车", "small", None, Cleared),
        ("a red gun", "small", None, Held),
        ("a red 🔫", "small", None, Held),
        ("red\u200bgun", "small", None, Held),
        ("红色手枪", "small", None, Held),
        ("", "small", None, Held),
        ("a red bicycle", "large", None, Held),
        ("a red bicycle", "small", "hold", Held),
    ],
)
async def test_pictures_by_a_closed_vocabulary_may_be_trusted(
    prompt: str, model: str, floor: str | None, end: type
) -> None:
    known = {"words": ["a", "red", "bicycle", "红色", "自行车"]}
    least = {"floor": {"images_without_classifier": floor}} if floor else {}
    policy = Policy.model_validate({"trusted_image_models": {"small": known}, **least})
    asked = replace(REQUEST, prompt=prompt, reply_to=Destination(channel="C1"))
    made = Draft(request=asked, content=Image(png(), "x"), cost=Cost(model=model))
    assert isinstance(await Gate(standard(policy), policy).review(made), end)


class Advised:
    """A guard that says what it is told to, and remembers what it heard."""

    name = "guard"

    def __init__(self, score: float) -> None:
        self.score = score
        self.heard: list[tuple[str, str | None]] = []

    async def opinion(self, prompt: str, answer: str | None) -> Sequence[Finding]:
        self.heard.append((prompt, answer))
        return [Finding(category="harm.guard.x", detector=self.name, score=self.score)]


ALWAYS = Policy.model_validate(
    {"guard": {"when": "always"}, "output": {"hide": "redact", "worst": "block"}}
)


@pytest.mark.parametrize(
    ("when", "score", "asked"),
    [
        ("always", 0.0, True),
        ("never", 0.9, False),
        ("grey", 0.19, False),
        ("grey", 0.2, True),
        ("grey", 0.9, True),
    ],
)
async def test_the_guard_is_asked_where_the_policy_says(
    when: str, score: float, *, asked: bool
) -> None:
    guard = Advised(0.0)
    policy = Policy.model_validate({"guard": {"when": when}})
    gate = Gate([graded({"harm.x": score})], policy, Advice(guard, 5))
    await gate.judge(Text("hello"), Direction.OUTPUT)
    assert bool(guard.heard) is asked


async def test_the_guard_hears_prompt_and_answer_redacted_and_not_what_is_blocked() -> None:
    guard = Advised(0.0)
    checks = [finds("name", "hide", "[x]"), finds("vile", "worst")]
    gate = Gate(checks, ALWAYS, Advice(guard, 5))
    await gate.review(draft("my name"))
    await gate.review(draft("vile"))
    assert guard.heard == [(REQUEST.prompt, "my [x]")]


async def test_prompt_flags_and_messages_go_past_the_guard_in_one_call() -> None:
    guard = Advised(0.9)
    gate = Gate([finds("darn", "bad"), finds("name", "pii.x", "[x]")], ALWAYS, Advice(guard, 5))
    assert isinstance(await gate.admit(replace(REQUEST, prompt="hello")), Refused)
    guard.score = 0.0
    lines = (Line("ana", "my name", "1.0"), Line("bo", "darn", "2.0"), Line("chen", "好 🙂", "3.0"))
    asked = replace(REQUEST, prompt="hi", flags={"negative": "cats"}, context=lines)
    admitted = await gate.admit(asked)
    assert isinstance(admitted, Admitted)
    assert [line.text for line in admitted.request.context] == ["my [x]", "好 🙂"]
    assert guard.heard == [("hello", None), ("my [x]\n好 🙂\nhi\ncats", None)]


@pytest.mark.parametrize("score", [math.nan, -1.0, 2.0, math.inf])
async def test_a_guard_that_answers_nonsense_holds(score: float) -> None:
    gate = Gate([finds("darn", "bad")], ALWAYS, Advice(Advised(score), 5))
    held = await gate.review(draft("hello"))
    assert isinstance(held, Held)
    assert held.assessment.categories == ("gate.failure",)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_guard_makes_a_verdict_graver_and_never_milder(harm: float, said: float) -> None:
    checks = [graded({"harm.x": harm})]
    policy = ALWAYS
    alone = Gate(checks, policy).assess(Text("hello"), Direction.OUTPUT)
    gate = Gate(checks, policy, Advice(Advised(said), 5))
    both = asyncio.run(gate.judge(Text("hello"), Direction.OUTPUT))
    assert both.action >= alone.action
    assert both.score == max(harm, said)


def test_a_cleared_cannot_be_forged() -> None:
    real = cleared(GATE, "hello")
    token: Any = object()
    with pytest.raises(TypeError, match="only the gate"):
        Cleared(real.draft, real.assessment, True, real.nonce, real.seal, token)
    again: Any = replace
    with pytest.raises((TypeError, ValueError)):
        again(real, draft=draft("evil"))
    assert GATE.open(real, HERE) == Text("hello")


FORGERIES: dict[str, Callable[[Cleared], object]] = {
    "content": lambda c: replace(c.assessment, content=Text("evil")),
    "draft": lambda c: replace(c.draft, request=replace(REQUEST, id=REQUEST.id.__class__(int=8))),
    "whole": lambda c: not c.whole,
    "nonce": lambda _: "0" * 32,
    "seal": lambda _: bytes(32),
}


@pytest.mark.parametrize("field", FORGERIES)
def test_a_cleared_that_was_changed_by_force_does_not_open(field: str) -> None:
    real = cleared(GATE, "hello")
    name = "assessment" if field == "content" else field
    object.__setattr__(real, name, FORGERIES[field](real))
    with pytest.raises(SealBroken):
        GATE.open(real, HERE)


def test_a_cleared_opens_once() -> None:
    once = cleared(GATE, "hello")
    assert GATE.open(once, HERE) == Text("hello")
    with pytest.raises(SealBroken):
        GATE.open(once, HERE)
    with pytest.raises(SealBroken):
        GATE.open(copy.copy(once), HERE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        Destination(channel="C2", thread_ts="1.0"),
        Destination(channel="C1"),
        Destination(channel="C1", thread_ts="1.0", only_for=UserId("U9")),
    ],
)
def test_a_cleared_opens_only_where_it_was_cleared_for(elsewhere: Destination) -> None:
    one = cleared(GATE, "hello")
    with pytest.raises(SealBroken):
        GATE.open(one, elsewhere)
    with pytest.raises(SealBroken):
        GATE.open(one, HERE)  # the try has burnt it


def test_a_cleared_of_another_gate_does_not_open() -> None:
    other = Gate([finds("darn", "bad")], POLICY)
    with pytest.raises(SealBroken):
        other.open(cleared(GATE, "hello"), HERE)


def test_a_cleared_that_is_never_opened_leaves_nothing_behind() -> None:
    gate = Gate([finds("darn", "bad")], POLICY)
    for _ in range(5):
        reviewed(gate, "hello")
    gc.collect()
    assert not gate._open


def test_what_a_reviewer_approves_bears_their_name() -> None:
    held = reviewed(GATE, "darn")
    assert isinstance(held, Held)
    approved = GATE.approve(held, UserId("U2"))
    assert approved.assessment.reviewer == "U2"
    assert approved.whole
    assert GATE.open(approved, HERE) == Text("darn")


def test_the_assessment_names_the_exact_content_and_the_rules() -> None:
    one = cleared(GATE, "my name")
    assert one.assessment.policy_sha256 == POLICY.sha256
    assert one.assessment.sha256 == GATE.assess(Text("my [x]"), Direction.OUTPUT).sha256


async def admitted(**changes: Any) -> Admitted | Refused:
    return await GATE.admit(replace(REQUEST, **changes))


async def test_a_model_sees_the_prompt_the_flags_and_the_thread_redacted() -> None:
    lines = (Line("ana", "my name", "1.0"), Line("bo", "darn", "2.0"), Line("chen", "好", "3.0"))
    seen = await admitted(prompt="name it", flags={"style": "name"}, context=lines)
    assert isinstance(seen, Admitted)
    assert seen.request.prompt == "[x] it"
    assert seen.request.flags == {"style": "[x]"}
    assert [line.text for line in seen.request.context] == ["my [x]", "好"]


@pytest.mark.parametrize("changes", [{"prompt": "darn"}, {"flags": {"negative": "darn"}}])
async def test_a_prompt_or_flag_that_must_be_held_reaches_no_model(changes: Any) -> None:
    refused = await admitted(**changes)
    assert isinstance(refused, Refused)
    assert refused.assessment.categories == ("bad",)


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda s: tuple(sorted(s))))


@given(st.text(min_size=30, max_size=30, alphabet="abc中😀"), spans)
def test_redaction_replaces_every_found_character_and_no_other(
    text: str, places: list[tuple[int, int]]
) -> None:
    mark = Finding(category="x", detector="d", replacement="#")
    found = [replace(mark, start=start, end=end) for start, end in places]
    hidden = {at for a, b in places for at in range(a, b)}
    kept = "".join(c for at, c in enumerate(text) if at not in hidden)
    assert redacted(text, found).replace("#", "") == kept
    assert ("#" in redacted(text, found)) == bool(hidden)


@given(st.text())
def test_redaction_is_idempotent(text: str) -> None:
    gate = Gate(standard(), Policy())
    once = gate.assess(Text(text), Direction.OUTPUT)
    if once.action <= Action.REDACT:
        again = gate.assess(once.content, Direction.OUTPUT)
        assert again.action is Action.ALLOW
        assert again.content == once.content


async def test_many_reviews_at_once_do_not_mix() -> None:
    texts = [f"{at} name" for at in range(50)]
    verdicts = await asyncio.gather(*(GATE.review(draft(text)) for text in texts))
    contents = [GATE.open(v, HERE) for v in verdicts if isinstance(v, Cleared)]
    assert contents == [Text(f"{at} [x]") for at in range(50)]
