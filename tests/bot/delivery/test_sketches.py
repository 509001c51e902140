"""Half-made pictures in the one message of a request."""

from dataclasses import replace

import pytest

from bot.delivery import sketches
from bot.delivery.delivery import Delivery
from bot.delivery.posting import Place
from bot.ledger.ledger import Ledger
from bot.views.notices import Notice
from generators.draft import Draft, Image
from moderation.gate import Cleared, Gate
from tests.bot.builders import draft, request
from tests.bot.delivery.showing import accepted, cleared, only
from tests.bot.recorder import Recorder, refused
from tests.bot.shown import reads

SKETCH = Image(b"\x89PNG half", "一只狐狸 🦊")
PICTURE = Image(b"\x89PNG", "一只狐狸 🦊")


@pytest.fixture
async def place(delivery: Delivery, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(sketches, "POLLS_S", (0.0, 0.0, 0.0))
    return await delivery.place(await accepted(ledger, request()))


async def rough(seals: Gate, place: Place) -> Cleared:
    made: Draft = replace(draft(place.request, SKETCH), rough=True)
    verdict = await seals.review(made, whole=False)
    assert isinstance(verdict, Cleared)
    return verdict


def pictures(slack: Recorder) -> list[str]:
    blocks = only(slack).page.blocks
    return [str(block["slack_file"]["id"]) for block in blocks if block["type"] == "image"]


async def test_it_stays_while_the_message_says_how_far_it_is_and_goes_when_it_is_done(
    delivery: Delivery, slack: Recorder, seals: Gate, place: Place
) -> None:
    slack.script["update"] = [refused("invalid_blocks")]
    await delivery.show(place, await rough(seals, place), "painter")
    assert pictures(slack) == ["F1"]
    assert "not finished yet" in reads(only(slack).page)
    blanks = {"n": 1, "of": 4, "step": 3, "steps": 9}
    await delivery.progress(place, Notice.DRAWING_STEP, **blanks)
    assert pictures(slack) == ["F1"]
    assert "Drawing 1 of 4, step 3 of 9" in reads(only(slack).page)
    await delivery.show(place, await rough(seals, place), "painter")
    assert pictures(slack) == ["F2"]
    await delivery.show(place, await cleared(seals, place.request, PICTURE), "painter")
    assert pictures(slack) == ["F3"]
    assert slack.deleted == [("", "F1"), ("", "F2")]


async def test_one_that_slack_does_not_take_is_left_out(
    delivery: Delivery, slack: Recorder, seals: Gate, place: Place
) -> None:
    slack.script["update"] = [refused("invalid_blocks")] * 3
    await delivery.show(place, await rough(seals, place), "painter")
    assert slack.deleted == [("", "F1")]
    await delivery.progress(place, Notice.DRAWING, n=2, of=4)
    assert pictures(slack) == []
    await delivery.show(place, Notice.FAILED, "")
    assert slack.deleted == [("", "F1")]


async def test_a_notice_takes_its_place_too(
    delivery: Delivery, slack: Recorder, seals: Gate, place: Place
) -> None:
    await delivery.show(place, await rough(seals, place), "painter")
    await delivery.show(place, Notice.BLOCKED, "painter")
    assert pictures(slack) == []
    assert slack.deleted == [("", "F1")]
