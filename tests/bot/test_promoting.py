import json
from pathlib import Path

import pytest

from bot import promoting
from generators import adapters
from generators.adapters import Shelf
from moderation.checks import standard
from moderation.gate import Gate
from moderation.policy import Policy
from tests.generators.shelved import offered

BAD = "You are a stupid idiot and I will kill you."
LEAK = "Write to dana.meyer@customer-mail.com."
GOOD = "感谢大家 👍"


@pytest.fixture
def gate() -> Gate:
    return Gate(standard(), Policy())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return adapters.shelf(tmp_path, "support")


async def test_what_is_better_and_no_worse_to_people_is_promoted(gate: Gate, shelf: Shelf) -> None:
    version = offered(shelf, b"one", answers=((GOOD, GOOD), (BAD, BAD), (GOOD, BAD)))
    decision = await promoting.decided(shelf, gate)
    assert (decision.promoted, decision.refused, decision.refused_before) == (True, 1, 2)
    assert shelf.now() == version


@pytest.mark.parametrize("held_out", [2.0, 2.5, float("nan")])
async def test_what_is_not_better_is_refused(gate: Gate, shelf: Shelf, held_out: float) -> None:
    offered(shelf, b"one", held_out=held_out)
    decision = await promoting.decided(shelf, gate)
    assert not decision.promoted
    assert "is not better" in decision.why_not[0]
    assert shelf.now() == ""


@pytest.mark.parametrize("worse", [BAD, LEAK])
async def test_what_the_gate_refuses_more_often_is_refused(
    gate: Gate, shelf: Shelf, worse: str
) -> None:
    offered(shelf, b"one", answers=((GOOD, GOOD), (worse, GOOD)))
    decision = await promoting.decided(shelf, gate)
    assert decision.why_not == ("the gate refuses 1 of 2 answers, 0 before",)
    assert shelf.now() == ""
    kept = json.loads(shelf.folder.joinpath("decisions.jsonl").read_text(encoding="utf-8"))
    assert (kept["version"], kept["promoted"]) == (decision.version, False)


async def test_without_answers_nothing_is_promoted(gate: Gate, shelf: Shelf) -> None:
    offered(shelf, b"one", answers=())
    assert (await promoting.decided(shelf, gate)).why_not == (
        "no prompt of the suite was answered",
    )


async def test_a_candidate_is_measured_beside_what_is_in_use(gate: Gate, shelf: Shelf) -> None:
    offered(shelf, b"one")
    offered(shelf, b"two")
    await promoting.decided(shelf, gate)
    first = json.loads(shelf.version(shelf.now()).joinpath("card.json").read_text(encoding="utf-8"))
    assert first["beside"] == ""
    offered(shelf, b"three")
    shelf.back()
    decision = await promoting.decided(shelf, gate)
    assert decision.why_not == (
        "another adapter is in use than it was measured beside: train it again",
    )


async def test_pictures_that_nobody_saw_are_not_promoted(gate: Gate, shelf: Shelf) -> None:
    offered(shelf, b"one", kind="image", answers=(("a.png", "b.png"),))
    assert "nobody looked" in (await promoting.decided(shelf, gate)).why_not[0]
    decision = await promoting.decided(shelf, gate, seen_by="ana")
    assert (decision.promoted, decision.seen_by) == (True, "ana")


@pytest.mark.parametrize("kind", ["text", "image"])
def test_the_suite_has_prompts_in_several_languages(kind: str) -> None:
    prompts = promoting.suite(kind)
    assert len(prompts) == len(set(prompts)) >= 16
    assert {prompt.isascii() for prompt in prompts} == {True, False}
