import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from moderation.policy import Action, Direction, Policy
from moderation.tables import Grades, Scope, Tables, milder

OUT = Direction.OUTPUT


@pytest.mark.parametrize(
    ("category", "direction", "action"),
    [
        ("secret.github", Direction.INPUT, Action.REDACT),
        ("secret.github", Direction.OUTPUT, Action.REDACT),
        ("pii.phone", Direction.INPUT, Action.REDACT),
        ("slack.broadcast", Direction.OUTPUT, Action.REDACT),
        ("slack.broadcast", Direction.INPUT, Action.HOLD),
        ("image.unclassified", Direction.OUTPUT, Action.HOLD),
        ("image.nude", Direction.OUTPUT, Action.HOLD),
        ("word.rivals", Direction.OUTPUT, Action.HOLD),
        ("code.high.b602", Direction.OUTPUT, Action.ALLOW),
        ("secretly", Direction.OUTPUT, Action.HOLD),
        ("", Direction.OUTPUT, Action.HOLD),
    ],
)
def test_the_default_acts_by_the_first_word_and_holds_what_it_does_not_know(
    category: str, direction: Direction, action: Action
) -> None:
    assert Policy().action(category, direction) is action


@pytest.mark.parametrize(
    ("category", "score", "action"),
    [
        ("harm.violence", 0.49, Action.ALLOW),
        ("harm.violence", 0.5, Action.HOLD),
        ("harm.violence", 1.0, Action.HOLD),
        ("harm.guard.violence", 0.24, Action.ALLOW),
        ("harm.guard.violence", 0.5, Action.HOLD),
        ("harm.guard.violence", 0.75, Action.BLOCK),
        ("harm.guard.violence", float("nan"), Action.BLOCK),
    ],
)
def test_harm_is_a_matter_of_degree_and_only_a_guard_blocks_by_itself(
    category: str, score: float, action: Action
) -> None:
    assert Policy().action(category, OUT, score) is action


def test_what_the_settings_do_not_name_stays_as_it_was() -> None:
    policy = Policy(output={"pii": Action.BLOCK, "harm": Action.HOLD})
    actions = [policy.action(name, OUT) for name in ("pii.ip", "harm.x", "secret.x")]
    assert actions == [Action.BLOCK, Action.HOLD, Action.REDACT]
    assert policy.action("pii.ip", Direction.INPUT) is Action.REDACT


def test_the_longest_name_wins() -> None:
    policy = Policy.model_validate(
        {"output": {"pii": "redact", "pii.ip": "allow", "pii.ip.private": "block"}}
    )
    actions = [policy.action(name, OUT) for name in ("pii.x", "pii.ip.v4", "pii.ip.private")]
    assert actions == [Action.REDACT, Action.ALLOW, Action.BLOCK]


LAYERS = Policy.model_validate(
    {
        "output": {"pii": "redact", "pii.ip": "block"},
        "kind": {"code": {"output": {"pii": "allow"}}},
        "workspace": {"T1": {"output": {"pii": {"hold": 0.5}}, "streaming": "holdback"}},
        "channel": {"C1": {"output": {"pii": "block"}, "streaming": "buffered"}},
    }
)


@pytest.mark.parametrize(
    ("scope", "action"),
    [
        (Scope(), Action.REDACT),
        (Scope(kind="code"), Action.ALLOW),
        (Scope(kind="code", workspace="T1"), Action.HOLD),
        (Scope(kind="code", workspace="T1", channel="C1"), Action.BLOCK),
        (Scope(workspace="T2", channel="C2"), Action.REDACT),
    ],
)
def test_the_closest_place_that_names_a_category_decides(scope: Scope, action: Action) -> None:
    assert LAYERS.action("pii.email", OUT, 0.7, scope) is action


def test_a_close_place_counts_before_a_long_name_further_away() -> None:
    assert LAYERS.action("pii.ip", OUT, 1.0, Scope(kind="code")) is Action.ALLOW
    assert LAYERS.action("secret.x", OUT, 1.0, Scope(channel="C1")) is Action.REDACT


@pytest.mark.parametrize(
    ("given", "scope", "streams"),
    [
        ({}, Scope(channel="C1"), False),
        ({}, Scope(channel="C1", threaded=True), True),
        ({}, Scope(channel="D1", private=True), True),
        ({"streaming": "holdback"}, Scope(channel="C1"), True),
        ({"streaming": "buffered"}, Scope(channel="D1", private=True), False),
        ({"channel": {"C1": {"streaming": "holdback"}}}, Scope(channel="C1"), True),
        ({"channel": {"C1": {"streaming": "holdback"}}}, Scope(channel="C2"), False),
        (
            {"workspace": {"T1": {"streaming": "buffered"}}},
            Scope(workspace="T1", private=True),
            False,
        ),
        ({"floor": {"streaming": "buffered"}}, Scope(private=True), False),
    ],
)
def test_threads_and_direct_messages_stream_and_channels_wait_unless_it_is_said(
    given: dict[str, Any], scope: Scope, *, streams: bool
) -> None:
    assert Policy.model_validate(given).streams(scope) is streams


@pytest.mark.parametrize(
    ("given", "private", "action"),
    [
        ({}, True, Action.ALLOW),
        ({}, False, Action.HOLD),
        ({"images_without_classifier": "hold"}, True, Action.HOLD),
        ({"images_without_classifier": "block"}, False, Action.BLOCK),
        ({"channel": {"C1": {"images_without_classifier": "block"}}}, True, Action.BLOCK),
        ({"floor": {"images_without_classifier": "hold"}}, True, Action.HOLD),
        ({"output": {"image.unclassified": "allow"}}, False, Action.ALLOW),
        ({"output": {"image": "block"}}, True, Action.BLOCK),
    ],
)
def test_a_picture_that_nobody_looked_at(
    given: dict[str, Any], action: Action, *, private: bool
) -> None:
    scope = Scope(channel="C1", private=private, kind="image")
    assert Policy.model_validate(given).action("image.unclassified", OUT, 1.0, scope) is action


def test_code_that_would_be_run_is_held_where_it_is_dangerous() -> None:
    policy, runs = Policy(), Scope(kind="code", runs=True)
    assert policy.action("code.high.b602", OUT, 1.0, runs) is Action.HOLD
    assert policy.action("code.low.b404", OUT, 1.0, runs) is Action.ALLOW


@pytest.mark.parametrize(
    "table",
    [
        {"outptu": {}},
        {"output": {"pii": "shrug"}},
        {"output": {"pii": 0}},
        {"output": {"pii": {}}},
        {"output": {"pii": {"hold": 1.5}}},
        {"output": {"pii": {"hold": float("nan")}}},
        {"output": {"pii": {"hold": 0.9, "block": 0.5}}},
        {"output": {"pii": {"shrug": 0.5}}},
        {"max_chars": 0},
        {"check_timeout_s": 0},
        {"streaming": "sometimes"},
        {"images_without_classifier": "allow"},
        {"channel": {"general": {"output": {"pii": "block"}}}},
        {"channel": {"C1": {"allow": ["x"]}}},
        {"workspace": {"T1": {"outptu": {}}}},
        {"kind": {"video": {}}},
        {"guard": {"when": "perhaps"}},
        {"guard": {"grey_from": 2}},
        {"words": {"Rivals!": {"words": ["Acme"]}}},
        {"words": {"rivals": {"words": []}}},
        {"words": {"rivals": {"words": ["..."]}}},
        {"words": {"rivals": {"file": "/there/is/no/such/file.txt"}}},
    ],
)
def test_a_mistake_in_the_settings_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(table)


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"channel": {"C1": {"output": {"pii.email": "allow"}}}}, "channel.C1.output.pii.email"),
        ({"workspace": {"T1": {"output": {"pii": {"hold": 0.9}}}}}, "workspace.T1.output.pii"),
        ({"kind": {"code": {"input": {"secret": "allow"}}}}, "kind.code.input.secret"),
        ({"output": {"pii": "allow"}}, "output.pii"),
        ({"channel": {"C1": {"streaming": "auto"}}}, "channel.C1"),
        ({"channel": {"C1": {"images_without_classifier": "allow_dm"}}}, "channel.C1"),
    ],
)
def test_what_is_milder_than_the_floor_is_refused_by_name(
    table: dict[str, Any], named: str
) -> None:
    floor = {
        "output": {"pii": {"redact": 0.2, "hold": 0.9}},
        "input": {"secret": "redact"},
        "streaming": "buffered",
        "images_without_classifier": "hold",
    }
    with pytest.raises(ValidationError, match=re.escape(named)):
        Policy.model_validate({"floor": floor, **table})


def test_what_is_as_strict_as_the_floor_or_stricter_is_taken() -> None:
    table = {
        "floor": {"output": {"pii": {"hold": 0.5}}},
        "channel": {"C1": {"output": {"pii": {"hold": 0.3, "block": 0.9}, "pii.ip": "block"}}},
    }
    policy = Policy.model_validate(table)
    assert policy.action("pii.email", OUT, 0.4, Scope(channel="C1")) is Action.HOLD
    assert policy.action("pii.email", OUT, 0.4, Scope(channel="C2")) is Action.REDACT


names = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map(".".join)
scores = st.floats(0, 1)


@st.composite
def graded(draw: st.DrawFn) -> Grades:
    rising = sorted(draw(st.lists(scores, min_size=3, max_size=3)))
    named = draw(st.sets(st.sampled_from(["redact", "hold", "block"]), min_size=1))
    steps = zip(("redact", "hold", "block"), rising, strict=True)
    return Grades.model_validate({name: score for name, score in steps if name in named})


rules = st.one_of(st.sampled_from(Action), graded())
tables = st.dictionaries(names, rules, max_size=4)
overlays = st.builds(Tables, output=tables)
places = st.fixed_dictionaries(
    {
        "output": tables,
        "channel": overlays.map(lambda table: {"C1": table}),
        "workspace": overlays.map(lambda table: {"T1": table}),
        "kind": overlays.map(lambda table: {"text": table}),
    }
)


@given(tables, places, names, scores)
def test_nothing_is_ever_milder_than_the_floor(
    floor: dict[str, Any], given: dict[str, Any], category: str, score: float
) -> None:
    least = Policy(output=floor).action(category, OUT, score)
    policy = Policy().model_copy(update={"floor": Tables(output=floor), **given})  # unrefused
    if Tables(output=floor).named(category, OUT) is not None:
        for scope in (Scope(), Scope(channel="C1"), Scope(workspace="T1"), Scope(kind="code")):
            assert policy.action(category, OUT, score, scope) >= least


@given(rules, rules, scores)
def test_milder_means_that_some_score_is_let_off(one: Any, other: Any, score: float) -> None:
    def acted(rule: Any) -> Action:
        return Policy(output={"x": rule}).action("x", OUT, score)

    if not milder(one, other):
        assert acted(one) >= acted(other)
    assert not milder(one, one)


@given(rules, scores, scores)
def test_a_higher_score_is_never_treated_more_mildly(rule: Any, one: float, other: float) -> None:
    policy = Policy(output={"x": rule})
    low, high = sorted((one, other))
    assert policy.action("x", OUT, low) <= policy.action("x", OUT, high)


def test_the_hash_changes_with_every_rule_and_with_nothing_else(tmp_path: Path) -> None:
    listed = tmp_path / "words.txt"
    listed.write_text("# rivals\nAcme\n\n竞品\n", encoding="utf-8")
    tables: list[dict[str, Any]] = [
        {},
        {"output": {"pii": "block"}},
        {"input": {"pii": "block"}},
        {"output": {"pii": {"block": 0.5}}},
        {"output": {"pii": {"block": 0.6}}},
        {"allow": ["help@shop.test"]},
        {"max_chars": 10},
        {"streaming": "buffered"},
        {"images_without_classifier": "hold"},
        {"floor": {"output": {"pii": "hold"}}},
        {"channel": {"C1": {"output": {"pii": "block"}}}},
        {"workspace": {"T1": {"output": {"pii": "block"}}}},
        {"kind": {"code": {"output": {"pii": "block"}}}},
        {"guard": {"when": "always"}},
        {"words": {"rivals": {"words": ["Acme"]}}},
        {"words": {"rivals": {"file": str(listed)}}},
    ]
    hashes = {Policy.model_validate(table).sha256 for table in tables}
    assert len(hashes) == len(tables)
    assert Policy(check_timeout_s=1).sha256 == Policy().sha256
    swapped = {"a": Action.HOLD, "b": Action.BLOCK}, {"b": Action.BLOCK, "a": Action.HOLD}
    assert len({Policy(output=output).sha256 for output in swapped}) == 1
    read = Policy.model_validate(tables[-1])
    assert read.words["rivals"].words == ("Acme", "竞品")
    listed.write_text("Acme\n", encoding="utf-8")
    assert Policy.model_validate(tables[-1]).sha256 != read.sha256
