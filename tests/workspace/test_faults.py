"""Which calls a rule hits: nth, count, probability with a seed; unknown keys are refused."""

import re
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace.faults import _EFFECT, _MATCH, NO_EFFECT, BadFault, Effect, Faults, Match


def hits(match: dict[str, Any], calls: int = 6) -> list[int]:
    faults = Faults()
    faults.add({"match": {"method": "m"} | match, "effect": {"error": "e"}})
    return [n for n in range(1, calls + 1) if faults.for_method("m") is not NO_EFFECT]


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"count": 2}, [1, 2]),
        ({"nth": 3}, [3]),
        ({"nth": 2, "count": 3}, [2, 3, 4]),
        ({"probability": 0.0}, []),
    ],
)
def test_which_calls(match: dict[str, Any], expected: list[int]) -> None:
    assert hits(match) == expected


@given(st.integers(-(1 << 63), 1 << 63), st.floats(0, 1))
def test_a_seed_repeats(seed: int, probability: float) -> None:
    match = {"probability": probability, "seed": seed}
    assert hits(match, 20) == hits(match, 20)


def test_other_methods_are_left_alone() -> None:
    faults = Faults()
    faults.add({"match": {"method": "chat.update"}, "effect": {"status": 500}})
    assert faults.for_method("chat.postMessage") is NO_EFFECT
    assert faults.for_envelope(("events_api", "message")) is NO_EFFECT
    assert faults.for_method("chat.update").status == 500


def test_an_envelope_matches_by_its_type_or_its_kind() -> None:
    for name in ("events_api", "app_mention", "*"):
        faults = Faults()
        faults.add({"match": {"envelope": name}, "effect": {"drop": True}})
        assert faults.for_envelope(("events_api", "app_mention")).drop


def test_rules_are_cleared() -> None:
    faults = Faults()
    faults.add({"match": {"method": "*"}, "effect": {"drop": True}})
    faults.clear()
    assert faults.for_method("m") is NO_EFFECT


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "effect is empty"),
    ({"match": {"method": "m"}}, "effect is empty"),
    ({"match": [], "effect": {"drop": True}}, "match must be an object"),
    ({"match": {"metod": "m"}, "effect": {"drop": True}}, "match has no key metod"),
    ({"match": {"method": "m"}, "effect": {"x": 1}}, "effect has no key x"),
    ({"macth": {}, "effect": {"drop": True}}, "a fault has no key macth"),
    ({"match": {}, "effect": {"drop": True}}, "names neither a method nor an envelope"),
    ({"match": {"method": ""}, "effect": {"drop": True}}, "match.method must be a string"),
]
WRONG += [
    ({"match": {"method": "m", key: value}, "effect": {"drop": True}}, f"match.{key} must be")
    for key, value in [
        ("nth", 0),
        ("nth", 1.5),
        ("nth", "1"),
        ("nth", True),
        ("count", 0),
        ("count", -1),
        ("probability", 1.1),
        ("probability", "0.5"),
        ("probability", float("nan")),
        ("seed", 1.5),
        ("seed", "x"),
        ("method", 7),
        ("method", ["m"]),
    ]
]
WRONG += [
    ({"match": {"method": "m"}, "effect": {key: value}}, f"effect.{key} must be")
    for key, value in [
        ("status", 199),
        ("status", "500"),
        ("status", 600),
        ("status", True),
        ("retry_after_s", -1),
        ("retry_after_s", "30"),
        ("retry_after_s", float("inf")),
        ("error", 5),
        ("error", ""),
        ("delay_s", -0.1),
        ("delay_s", "1"),
        ("delay_s", 1e9),
        ("reset", "now"),
        ("reset", True),
        ("truncate", -1),
        ("truncate", 1.5),
        ("drop", 1),
        ("drop", "yes"),
        ("duplicate", -1),
        ("duplicate", 101),
        ("duplicate", True),
        ("late_s", [1]),
        ("reorder", -1),
        ("reorder", 0.5),
        ("disconnect", "rudely"),
        ("disconnect", True),
        ("revoke", 1),
        ("remove_from", ""),
        ("streaming", 0),
        ("pong", "no"),
    ]
]


@pytest.mark.parametrize(("rule", "message"), WRONG)
def test_a_rule_that_makes_no_sense_is_refused_with_the_reason(
    rule: dict[str, Any], message: str
) -> None:
    faults = Faults()
    with pytest.raises(BadFault, match=re.escape(message)):
        faults.add(rule)
    assert faults.cards() == []


def test_every_key_of_a_rule_is_checked() -> None:
    for part, checks in ((Match, _MATCH), (Effect, _EFFECT)):
        assert {each.name for each in fields(part)} == set(checks)


def test_a_null_is_as_good_as_nothing() -> None:
    rule = Faults().add({"match": {"method": "m", "nth": None}, "effect": {"status": 500}})
    assert rule.card() == {
        "id": "X1",
        "match": {"method": "m"},
        "effect": {"status": 500},
        "seen": 0,
        "fired": 0,
    }


def test_the_list_says_how_often_each_fired() -> None:
    faults = Faults()
    faults.add({"match": {"method": "m", "count": 2}, "effect": {"status": 500}})
    faults.add({"match": {"method": "*"}, "effect": {"status": 503}})
    for _ in range(3):
        faults.for_method("m")
    assert [(rule["seen"], rule["fired"]) for rule in faults.cards()] == [(3, 2), (1, 1)]


def test_one_rule_is_cleared_by_its_id() -> None:
    faults = Faults()
    first = faults.add({"match": {"method": "m"}, "effect": {"status": 500}})
    faults.add({"match": {"method": "m"}, "effect": {"status": 503}})
    faults.clear(first.id)
    assert faults.for_method("m").status == 503


def test_clearing_switches_everything_on_again() -> None:
    faults = Faults()
    faults.streaming, faults.pong = False, False
    faults.revoked.add("xoxb-local")
    faults.clear()
    assert (faults.streaming, faults.pong, faults.revoked) == (True, True, set())
