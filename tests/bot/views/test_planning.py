"""The form in which a schedule is kept or changed."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.intake.planned import About
from bot.views.planning import coming, form, plannable
from bot.views.render import Page
from generators.sentences import Language
from tests.bot.builders import request
from tests.bot.digests.timing import scheduled


def about(number: int = 0, speech: Language = "en") -> About:
    return About(speech=speech, channel="C1", zone="UTC", number=number)


def fields(view: dict[str, Any]) -> dict[str, Any]:
    blocks = view["blocks"]
    return {block["block_id"]: block for block in blocks if block["type"] == "input"}


def test_a_new_one_has_nothing_to_choose_from() -> None:
    view: dict[str, Any] = form(about())
    assert all(block["type"] == "input" for block in view["blocks"])
    assert view["private_metadata"] == "en C1 UTC 0"
    assert not fields(view)["plan_when-0"]["optional"]


def test_one_that_is_changed_stands_as_it_is_and_shows_no_words_of_anybody() -> None:
    one = scheduled("每天9点", options={"channels": "C2 C3", "length": "long", "holidays": "CN"})
    view: dict[str, Any] = form(about(2), [one], one)
    found = fields(view)
    assert found["plan_channels-2"]["element"]["initial_conversations"] == ["C2", "C3"]
    assert found["plan_length-2"]["element"]["initial_option"]["value"] == "long"
    assert found["plan_holidays-2"]["element"]["initial_value"] == "CN"
    assert found["plan_when-2"]["optional"]
    assert "每天9点" not in str(view)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"kind": "report"}, "usage"),
        ({"kind": "backlog"}, "reviews"),
        ({"options": {"channels": "mine"}}, "mine"),
        ({}, "digest"),
    ],
)
def test_the_kind_is_the_one_that_is_kept(given: dict[str, Any], kind: str) -> None:
    view: dict[str, Any] = form(about(1), [], scheduled(**given))
    assert fields(view)["plan_kind-1"]["element"]["initial_option"]["value"] == kind


def test_a_number_that_was_typed_can_stay() -> None:
    view: dict[str, Any] = form(about(1), [], scheduled(options={"quiet": "7"}))
    element = fields(view)["plan_quiet-1"]["element"]
    assert element["initial_option"] in element["options"]
    assert element["initial_option"]["value"] == "7"


@pytest.mark.parametrize(
    ("speech", "said"),
    [("en", "Next: 2026-12-01 09:00 (Europe/Berlin)"), ("zh", "接下来：2026-12-01 09:00（")],
)
def test_the_next_runs_are_said(speech: Language, said: str) -> None:
    run = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    assert coming([run] * 3, speech).startswith(said)


@pytest.mark.parametrize(
    ("given", "has"),
    [
        ({"verb": "digest"}, True),
        ({"verb": "schedule"}, True),
        ({"verb": "digest", "flags": {"since": "1", "until": "2"}}, False),
        ({"verb": "schedule", "flags": {"paused": "x"}}, False),
        ({"verb": "ask"}, False),
    ],
)
def test_the_button_stands_under_what_could_come_again(given: dict[str, Any], has: bool) -> None:
    page = plannable(Page("x", [], None), request(**given), "zh")
    assert bool(page.blocks) == has
