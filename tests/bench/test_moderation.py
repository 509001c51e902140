import math

import pytest

from bench import moderation
from bench.figures import Skipped
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets


@pytest.mark.parametrize(
    ("found", "value", "counts"),
    [
        (["abcdefghij"], "abcdefghij", True),
        (["abcdefgh"], "abcdefghij", True),
        (["key: abcdefghij"], "abcdefghij", True),
        (["abcdefg"], "abcdefghij", False),
        (["zzzzzzzzzz"], "abcdefghij", False),
        ([], "abcdefghij", False),
        (["anything"], "", True),
        ([], "", False),
    ],
)
def test_most_of_a_value_must_be_covered(found: list[str], value: str, counts: bool) -> None:
    assert moderation._is_found(found, value) is counts


def test_a_peer_that_is_missing_is_named() -> None:
    with pytest.raises(Skipped, match="Nobody is not installed"):
        moderation._module("no_such_peer", "Nobody")


def test_what_is_to_be_found_stands_in_its_text() -> None:
    cases = [*moderation._said(1), *moderation._people(moderation._CHINESE, 1)]
    assert all(value and value in text for text, value in cases)
    assert not any(value for _, value in moderation._harmless(1))


def test_ours_finds_nearly_all_and_flags_nearly_nothing() -> None:
    ours, people = moderation._ours(Secrets()), moderation._ours(Pii())
    figure = moderation._share("secrets", moderation._said(1), (ours, lambda _: []))
    assert figure.ours > 97
    assert figure.peer == 0
    assert moderation._percent(people, moderation._people(moderation._ENGLISH, 1)) == 100
    assert moderation._percent(ours, moderation._harmless(1)) < 3


def test_a_cost_is_the_time_of_one_text() -> None:
    figure = moderation._cost("secrets", ["a"] * 50, (list, sorted), "sorting")
    assert figure.unit == "us a text"
    assert all(math.isfinite(cost) and cost >= 0 for cost in (figure.ours, figure.peer))
