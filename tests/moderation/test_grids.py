"""Several pictures of one answer, each of which is judged alone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from generators.draft import (
    Cost,
    Destination,
    Draft,
    Drawn,
    Grid,
    Image,
    UserId,
    fingerprint,
    words,
)
from moderation.checks import standard
from moderation.finding import Finding
from moderation.gate import Blocked, Cleared, Gate, Held, Verdict
from moderation.policy import Action, Policy
from moderation.sheet import sheet
from tests.fake_engine import png
from tests.moderation.drafting import HERE, REQUEST, Told, draft, finds, reviewed

POLICY = Policy(
    output={"bad": Action.HOLD, "worst": Action.BLOCK, "hide": Action.REDACT, "fine": Action.ALLOW}
)
GATE = Gate([finds("darn", "bad"), finds("vile", "worst"), finds("name", "hide", "[x]")], POLICY)


def picture(alt: str, seed: int = 1) -> Image:
    return Image(png("a", seed, "64x64"), alt, seed)


def grid(*alts: str) -> Grid:
    return Grid(tuple(picture(alt, seed) for seed, alt in enumerate(alts)), "all")


def assessed(verdict: Verdict) -> Grid:
    assert isinstance(verdict.assessment.content, Grid)
    return verdict.assessment.content


def shown(verdict: Verdict) -> Grid:
    assert isinstance(verdict, Cleared)
    content = GATE.open(verdict, HERE)
    assert isinstance(content, Grid)
    return content


def test_what_leaves_is_the_sheet_of_pictures_that_passed_one_by_one() -> None:
    verdict = reviewed(GATE, grid("a", "b", "c", "d"))
    made = shown(verdict)
    assert made.cells == grid("a", "b", "c", "d").cells
    assert made.png == sheet([cell.png for cell in made.pictures])
    assert verdict.assessment.sha256 == fingerprint(made)


def test_a_refused_picture_is_left_out_and_the_others_are_shown() -> None:
    verdict = reviewed(GATE, grid("a", "vile", "c", "d"))
    made = shown(verdict)
    assert [cell and cell.alt for cell in made.cells] == ["a", None, "c", "d"]
    assert made.png == sheet([None if cell is None else cell.png for cell in made.cells])
    assert verdict.assessment.categories == ("worst",)


def test_one_that_is_held_holds_them_all_with_what_was_refused_left_out() -> None:
    verdict = reviewed(GATE, grid("a", "darn", "vile"))
    assert isinstance(verdict, Held)
    assert [cell and cell.alt for cell in assessed(verdict).cells] == ["a", "darn", None]
    assert set(verdict.assessment.categories) == {"bad", "worst"}


def test_when_all_are_refused_so_is_the_answer() -> None:
    verdict = reviewed(GATE, grid("vile", "vile"))
    assert isinstance(verdict, Blocked)
    assert assessed(verdict).pictures == ()
    assert isinstance(reviewed(GATE, Grid((None, None), "all")), Blocked)


def test_what_is_redacted_of_a_picture_is_redacted_in_the_grid() -> None:
    made = shown(reviewed(GATE, grid("my name", "b")))
    assert [cell.alt for cell in made.pictures] == ["my [x]", "b"]


def test_what_is_said_of_the_sheet_counts_too() -> None:
    assert isinstance(reviewed(GATE, replace(grid("a", "b"), alt="darn")), Held)
    assert isinstance(reviewed(GATE, replace(grid("a", "b"), alt="vile")), Blocked)


def test_what_was_approved_is_what_is_shown() -> None:
    held = reviewed(GATE, grid("a", "darn"))
    assert isinstance(held, Held)
    again = reviewed(GATE, assessed(held))  # as the ledger gives it back
    assert isinstance(again, Held)
    assert fingerprint(assessed(again)) == fingerprint(assessed(held))
    assert shown(GATE.approve(again, UserId("U2"))) == assessed(held)


def test_rules_that_became_stricter_take_a_picture_out_of_a_sheet_that_was_made() -> None:
    made = shown(reviewed(GATE, grid("a", "newly bad")))
    stricter = Gate([finds("newly", "worst")], POLICY)
    verdict = reviewed(stricter, made)
    assert [cell and cell.alt for cell in assessed(verdict).cells] == ["a", None]
    assert assessed(verdict).png != made.png


async def test_a_rough_picture_is_shown_if_it_passes_and_is_never_the_answer() -> None:
    async def drawn(*alts: str) -> AsyncIterator[Draft]:
        for alt in alts:
            yield replace(draft(picture(alt)), rough=True)
        yield draft(picture("the whole"))

    async def released(*alts: str) -> list[tuple[str, bool]]:
        verdicts = [verdict async for verdict in GATE.stream(drawn(*alts))]
        cleared = [one for one in verdicts if isinstance(one, Cleared)]
        return [(words(one.assessment.content), one.whole) for one in cleared]

    assert await released("half") == [("half", False), ("the whole", True)]
    assert await released("darn", "vile", "fine") == [("fine", False), ("the whole", True)]


def test_scores_are_the_highest_of_any_picture() -> None:
    def harm(text: str) -> Sequence[Finding]:
        return [Finding(category="harm.x", detector="t", score=0.4 if text == "b" else 0.1)]

    verdict = reviewed(Gate([Told(harm)], Policy()), grid("a", "b"))
    assert verdict.assessment.scores == {"harm.x": 0.4}


@pytest.mark.parametrize(
    ("drawn", "end"),
    [
        (Drawn(prompt="a red bicycle"), Cleared),
        (Drawn(prompt="a red bicycle, naked"), Held),
        (Drawn(prompt="a red bicycle", avoid="clothes"), Held),
    ],
)
async def test_a_closed_vocabulary_is_asked_of_all_words_that_drew_it(
    drawn: Drawn, end: type
) -> None:
    known = {"words": ["a", "red", "bicycle"]}
    policy = Policy.model_validate({"trusted_image_models": {"small": known}})
    asked = replace(REQUEST, prompt="a red bicycle", reply_to=Destination(channel="C1"))
    cell = replace(picture("a red bicycle"), drawn=drawn)
    made = Draft(request=asked, content=Grid((cell, cell), "x"), cost=Cost(model="small"))
    assert isinstance(await Gate(standard(policy), policy).review(made), end)


async def test_words_that_the_model_did_not_get_do_not_count() -> None:
    known = {"words": ["a", "red", "bicycle"]}
    policy = Policy.model_validate({"trusted_image_models": {"small": known}})
    asked = replace(REQUEST, prompt="a red bicycle, gun", reply_to=Destination(channel="C1"))
    got = replace(picture("a red bicycle, gun"), drawn=Drawn(prompt="a red bicycle"))
    made = Draft(request=asked, content=got, cost=Cost(model="small"))
    assert isinstance(await Gate(standard(policy), policy).review(made), Cleared)


async def test_a_picture_that_cannot_be_read_holds_its_sheet() -> None:
    policy = Policy(output={"image.unclassified": Action.ALLOW})
    broken = Grid((picture("a"), Image(b"no picture", "b")), "all")
    verdict = await Gate(standard(policy), policy).review(draft(broken))
    assert isinstance(verdict, Held)
    assert "image.unreadable" in verdict.assessment.categories
