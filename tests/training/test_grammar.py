import random
import re

import pytest

from moderation.heads.model import CATEGORIES
from training import grammar
from training.examples import HARMLESS

LANGUAGES = ["english", "chinese"]
GRAMMARS = [*LANGUAGES, "prose"]


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - no secret


@pytest.mark.parametrize("name", GRAMMARS)
def test_every_slot_that_is_named_exists_and_every_slot_is_used(name: str) -> None:
    rules = grammar.read(name)
    lines = [line for table in rules.say for line in table["lines"]]
    fillers = [filler for slot in rules.slots.values() for filler in slot]
    named = {slot for line in (*lines, *fillers) for slot in re.findall(r"\{(\w+)\}", line)}
    assert named <= rules.slots.keys()
    assert rules.slots.keys() - named <= {"quiet", "friend", "place_name"}


@pytest.mark.parametrize("name", GRAMMARS)
def test_no_line_comes_twice(name: str) -> None:
    lines = [line for table in grammar.read(name).say for line in table["lines"]]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("name", GRAMMARS)
def test_the_same_seed_makes_the_same_texts(name: str) -> None:
    rules = grammar.read(name)
    one, two = (list(grammar.examples(rules, 20, seeded(3))) for _ in range(2))
    assert one == two
    assert one != list(grammar.examples(rules, 20, seeded(4)))


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_category_is_taught_by_both_heads(name: str) -> None:
    found = list(grammar.examples(grammar.read(name), 5, seeded(1)))
    taught = {output for one in found for output, yes in one.labels.items() if yes}
    assert {f"content.{c}" for c in CATEGORIES} <= taught
    assert {f"request.{c}" for c in (*CATEGORIES, "illicit")} <= taught
    assert any(one.labels == HARMLESS for one in found)
    assert not any("{" in one.text for one in found)
    assert all(one.text.strip() for one in found)


def test_what_a_sentence_may_be_beside_its_category_is_unknown() -> None:
    found = grammar.examples(grammar.read("english"), 5, seeded(1))
    hate = next(one for one in found if one.source == "english.content.hate")
    assert hate.labels["content.hate"] == 1
    assert hate.labels["content.sexual"] == 0
    assert "content.harassment" not in hate.labels
    assert "request" not in hate.labels
