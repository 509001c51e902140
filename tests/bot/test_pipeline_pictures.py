"""Several pictures from a request to its end: drawn, judged one by one, kept, shown, accounted."""

from typing import Any

import pytest

from bot.ledger.ledger import Ledger
from bot.sheets import Sheets
from bot.views.notices import Notice
from generators.draft import Grid
from generators.image import Imagine
from generators.model import Model
from generators.tools import Tools
from moderation.checks import standard
from moderation.gate import Gate
from moderation.policy import Policy
from tests.bot.builders import BO, decide, request, rows
from tests.bot.line import Line, agrees
from tests.fake_engine import FakeEngine, running
from tests.fake_knowledge import Shelf

pytestmark = pytest.mark.sockets
IMAGES = "SELECT stage, images, outcome FROM usage ORDER BY id"
FLAGS = {"n": "4", "seed": "7"}


def judging(**rules: str) -> Gate:
    policy = Policy.model_validate({"output": {"image.unclassified": "allow", **rules}})
    made = Gate(standard(policy), policy)
    made.sheets = Sheets(producer="Firm", signer=None)
    return made


async def drawn(ledger: Ledger, gate: Gate, engine: FakeEngine, **given: Any) -> Line:
    """Bring a request for pictures to its end."""
    line, model = Line(ledger, gate=gate), Model(engine.url, fresh_s=0)
    imagine = Imagine(Tools(model, Shelf()))
    line.pipeline = line.made(generators={"imagine": imagine})
    await line.answer(request(verb="imagine", **given))
    await model.close()
    return line


async def test_four_pictures_are_one_sheet_with_one_usage_row_each(ledger: Ledger, db: str) -> None:
    asked = request("一只狐狸 🦊", verb="imagine", flags=FLAGS)
    async with running() as engine:
        await drawn(ledger, judging(), engine, prompt=asked.prompt, flags=FLAGS, id=asked.id)
    made = await ledger.output(asked)
    assert made is not None
    assert isinstance(made.content, Grid)
    assert [cell.seed for cell in made.content.pictures] == [7, 8, 9, 10]
    assert made.content.alt.startswith("4 张带编号的图片：一只狐狸 🦊。1: 种子 7；")
    assert rows(db, IMAGES) == [(f"image{n}", 1, "ok") for n in ("", "-2", "-3", "-4")]
    agrees(db)


async def test_what_a_reviewer_approves_is_the_sheet_that_was_held(ledger: Ledger, db: str) -> None:
    asked, gate = request("a fox", verb="imagine", flags=FLAGS), judging()
    gate.adopt(standard(Policy()), Policy())  # nobody has looked at pictures
    async with running() as engine:
        line = await drawn(ledger, gate, engine, prompt="a fox", flags=FLAGS, id=asked.id)
        assert line.screen.last(asked) == Notice.HELD.text("en")
        (held,) = line.reviewers.held
        await decide(ledger, asked.id.hex, BO, approve=True)
        lease = await ledger.claim()
        assert lease is not None
        await line.pipeline.handle(lease)
    assert isinstance(held.assessment.content, Grid)
    assert line.screen.last(asked) == held.assessment.content.alt
    agrees(db)


@pytest.mark.parametrize("flags", [{"n": "5"}, {"ar": "9:1"}, {"style": "oil"}])
async def test_what_is_out_of_range_is_said_and_charges_nothing(
    ledger: Ledger, db: str, flags: dict[str, str]
) -> None:
    asked = request("a fox", verb="imagine", flags=flags)
    async with running() as engine:
        line = await drawn(ledger, judging(), engine, prompt="a fox", flags=flags, id=asked.id)
        assert engine.asked == []
    assert any(word in line.screen.last(asked) for word in ("from 1 to 4", "1:4 to 4:1", "ink"))
    assert rows(db, "SELECT sum(images), sum(gpu_ms) FROM usage") == [(0, 0)]
    agrees(db)


async def test_what_was_drawn_before_the_engine_broke_is_charged_once(
    ledger: Ledger, db: str
) -> None:
    asked = request("a fox", verb="imagine", flags=FLAGS)
    async with running(FakeEngine(pictures_left=3)) as engine:
        await drawn(ledger, judging(), engine, prompt="a fox", flags=FLAGS, id=asked.id)
    made = await ledger.output(asked)
    assert made is not None
    assert isinstance(made.content, Grid)
    assert "Only 3 of 4 were drawn" in made.content.note
    assert rows(db, "SELECT sum(images) FROM usage") == [(3,)]
    agrees(db)
