"""Which calls a rule hits: nth, count, probability with a seed; unknown keys are refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace.faults import NO_EFFECT, Faults
from workspace.wire import Refused


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


@given(st.integers(), st.floats(0, 1))
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


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"match": {}},
        {"match": [], "effect": {}},
        {"match": {"metod": "m"}, "effect": {}},
        {"match": {}, "effect": {"x": 1}},
    ],
)
def test_a_misspelled_rule_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="unknown_fault"):
        Faults().add(rule)
