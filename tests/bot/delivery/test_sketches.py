"""Half-made pictures in the one message of a request."""

from dataclasses import dataclass, replace

import pytest

from bot.delivery import sketches
from bot.delivery.delivery import Delivery
from bot.delivery.posting import Place
from bot.delivery.slack import OutcomeUnknown
from bot.ledger.audit import audited
from bot.ledger.deleting import Deleting
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease
from bot.ledger.sketched import SKETCH, Unjudged
from bot.views.notices import Notice
from generators.draft import Draft, Image
from moderation.gate import Cleared, Gate
from tests.bot.builders import draft, execute, request, rows
from tests.bot.delivery.showing import cleared, only
from tests.bot.ledger.working import claimed
from tests.bot.recorder import Recorder, refused
from tests.bot.shown import reads

HALF = Image(b"\x89PNG half", "一只狐狸 🦊")
PICTURE = Image(b"\x89PNG", "一只狐狸 🦊")
CHECK = "half-made pictures were allowed"


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A request that is drawn, and everybody who has to do with it."""

    slack: Recorder
    seals: Gate
    ledger: Ledger
    lease: Lease
    place: Place

    async def rough(self) -> Cleared:
        """Return a half-made picture as the pipeline shows one: its verdict is kept."""
        verdict = await self.unkept()
        await self.ledger.judged(self.lease, verdict.assessment)
        return verdict

    async def unkept(self) -> Cleared:
        made: Draft = replace(draft(self.lease.request, HALF), rough=True)
        verdict = await self.seals.review(made, whole=False)
        assert isinstance(verdict, Cleared)
        return verdict

    async def ends(self, delivery: Delivery) -> None:
        await delivery.show(self.place, Notice.FAILED, "")
        await self.ledger.done(self.lease, "failed")

    async def left(self) -> list[str]:
        """Return the files that are looked after once their request has ended."""
        return [one.ts for one in await self.deleting.left()]

    @property
    def deleting(self) -> Deleting:
        return Deleting(self.ledger._writer, self.ledger._keys)

    def wrong(self) -> int:
        return audited(self.ledger._writer._engine, self.ledger._keys).wrong(CHECK)

    @property
    def pictures(self) -> list[str]:
        blocks = only(self.slack).page.blocks
        return [str(block["slack_file"]["id"]) for block in blocks if block["type"] == "image"]

    @property
    def text(self) -> str:
        return reads(only(self.slack).page)


@pytest.fixture
async def drawing(
    delivery: Delivery,
    slack: Recorder,
    seals: Gate,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
) -> Drawing:
    monkeypatch.setattr(sketches, "POLLS_S", (0.0, 0.0, 0.0))
    lease = await claimed(ledger, request())
    place = await delivery.place(lease.request)
    return Drawing(slack=slack, seals=seals, ledger=ledger, lease=lease, place=place)


async def test_it_stays_while_the_message_says_how_far_it_is_and_goes_when_it_is_done(
    delivery: Delivery, drawing: Drawing
) -> None:
    drawing.slack.script["update"] = [refused("invalid_blocks")]
    await delivery.show(drawing.place, await drawing.rough(), "painter")
    assert drawing.pictures == ["F1"]
    assert "not finished yet" in drawing.text
    blanks = {"n": 1, "of": 4, "step": 3, "steps": 9}
    await delivery.progress(drawing.place, Notice.DRAWING_STEP, **blanks)
    assert drawing.pictures == ["F1"]
    assert "Drawing 1 of 4, step 3 of 9" in drawing.text
    await delivery.show(drawing.place, await drawing.rough(), "painter")
    assert drawing.pictures == ["F2"]
    whole = await cleared(drawing.seals, drawing.lease.request, PICTURE)
    await delivery.show(drawing.place, whole, "painter")
    assert drawing.pictures == ["F3"]
    assert drawing.slack.deleted == [("", "F1"), ("", "F2")]


async def test_one_that_slack_does_not_take_is_left_out(
    delivery: Delivery, drawing: Drawing
) -> None:
    drawing.slack.script["update"] = [refused("invalid_blocks")] * 3
    await delivery.show(drawing.place, await drawing.rough(), "painter")
    assert drawing.slack.deleted == [("", "F1")]
    await delivery.progress(drawing.place, Notice.DRAWING, n=2, of=4)
    assert drawing.pictures == []
    await drawing.ends(delivery)
    assert drawing.slack.deleted == [("", "F1")]
    assert await drawing.left() == []


async def test_a_notice_takes_its_place_too(delivery: Delivery, drawing: Drawing) -> None:
    await delivery.show(drawing.place, await drawing.rough(), "painter")
    await delivery.show(drawing.place, Notice.BLOCKED, "painter")
    assert drawing.pictures == []
    assert drawing.slack.deleted == [("", "F1")]


async def test_each_file_is_written_down_with_the_verdict_that_let_it_go(
    delivery: Delivery, drawing: Drawing, db: str
) -> None:
    await delivery.show(drawing.place, await drawing.rough(), "painter")
    query = "SELECT v.sha256 FROM send s JOIN verdict v ON v.id = s.part - ? WHERE s.ts = 'F1'"
    ((mark,),) = rows(db, query, SKETCH)
    key = drawing.ledger._keys.cached(drawing.lease.request.user)
    assert key is not None
    assert mark == key.mark((await drawing.unkept()).assessment.sha256)
    await drawing.ends(delivery)
    assert not drawing.wrong()
    execute(db, "UPDATE verdict SET action = 'hold'")
    assert drawing.wrong() == 1


async def test_none_is_uploaded_that_has_no_verdict_of_its_own(
    delivery: Delivery, drawing: Drawing
) -> None:
    with pytest.raises(Unjudged):
        await delivery.show(drawing.place, await drawing.unkept(), "painter")
    await delivery.show(drawing.place, await drawing.rough(), "painter")
    with pytest.raises(Unjudged):  # the one that there is has let one go already
        await delivery.show(drawing.place, await drawing.unkept(), "painter")
    assert len(drawing.slack.uploads) == 1


@pytest.mark.parametrize("lost", ["upload", "delete"])
async def test_what_a_lost_answer_leaves_is_deleted_once_its_request_has_ended(
    delivery: Delivery, drawing: Drawing, lost: str
) -> None:
    drawing.slack.script[lost] = [OutcomeUnknown("ServerDisconnectedError")]
    await delivery.show(drawing.place, await drawing.rough(), "painter")
    await delivery.show(drawing.place, Notice.FAILED, "")
    assert await drawing.left() == [], "while somebody works on it, it may be shown"
    await drawing.ledger.done(drawing.lease, "failed")
    assert await drawing.left() == ["F1"]


@pytest.mark.parametrize("died", ["upload", "update"])
async def test_what_a_killed_process_left_is_deleted_by_the_next(
    delivery: Delivery, drawing: Drawing, died: str
) -> None:
    drawing.slack.script[died] = [RuntimeError("killed")]  # after Slack gave the file its id
    with pytest.raises(RuntimeError):
        await delivery.show(drawing.place, await drawing.rough(), "painter")
    next_one = Delivery(drawing.slack, drawing.seals, drawing.ledger, settle_s=0.0)
    await next_one.show(drawing.place, await drawing.rough(), "painter")
    await drawing.ends(next_one)
    assert await drawing.left() == ["F1"]
    (file,) = await drawing.deleting.left()
    await drawing.deleting.removed(file)
    assert await drawing.left() == []
    assert not drawing.wrong()
