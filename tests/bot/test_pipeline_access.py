"""Who gets an answer, and where: judged before any work, and again before it is shown."""

from dataclasses import dataclass, field

import pytest

from bot.delivery.posting import Undeliverable
from bot.delivery.slack import OutcomeUnknown
from bot.ledger.ledger import Ledger
from bot.pipeline import Pipeline
from bot.roles import Access, Granted
from bot.views.notices import Notice
from generators.draft import Destination, Request
from generators.sentences import language
from tests.bot.builders import ANA, BO, decide, request, rows
from tests.bot.line import Line, Scripted, agrees
from tests.bot.people import OTHER, TEAM, Town, roles

ROW = "SELECT state, outcome, notice FROM request"
MOVED = Notice.MOVED.text("en")
LONG = "The first sentence. " + "x" * 70


@dataclass
class House:
    """A pipeline that asks a town who people are."""

    line: Line
    town: Town = field(default_factory=Town)
    access: Access = field(default_factory=Access)

    def __post_init__(self) -> None:
        self.line.pipeline = self.pipeline()

    def pipeline(self) -> Pipeline:
        return self.line.made(access=roles(self.town, access=self.access))

    def forgets(self) -> None:
        """Go on as the next process does, which remembers nothing of anybody."""
        self.line.pipeline = self.pipeline()

    async def refused(self, asked: Request) -> str:
        """Bring a request that is not let in to its end."""
        await self.line.ledger.accept(asked)
        lease = await self.line.ledger.claim("greet")
        assert lease is not None
        await self.line.pipeline.handle(lease)
        return self.line.screen.last(asked)

    async def finish(self) -> None:
        lease = await self.line.ledger.claim()
        assert lease is not None
        await self.line.pipeline.handle(lease)


@pytest.fixture
def house(ledger: Ledger) -> House:
    return House(Line(ledger))


@pytest.mark.parametrize("fact", ["is_guest", "is_stranger", "is_bot", "is_gone"])
@pytest.mark.parametrize("prompt", ["How long do refunds take?", "退款需要多久？"])
async def test_whoever_may_not_ask_is_told_so_before_any_work(
    house: House, db: str, fact: str, prompt: str
) -> None:
    house.town.is_now(ANA, **{fact: True})
    said = await house.refused(request(prompt, team=TEAM))
    assert said == Notice.DENIED.text(language(prompt))
    assert house.line.generator.begun == 0
    assert rows(db, ROW) == [("done", "refused", "DENIED")]
    assert rows(db, "SELECT count(*) FROM usage") == [(0,)]
    agrees(db)


async def test_a_stranger_by_the_envelope_is_told_so_without_a_question_to_slack(
    house: House, db: str
) -> None:
    assert await house.refused(request(team=OTHER)) == Notice.DENIED.text("en")
    assert not house.town.asked
    agrees(db)


async def test_a_guest_who_is_let_in_gets_an_answer(ledger: Ledger) -> None:
    house = House(Line(ledger), access=Access(guests=True))
    house.town.is_now(ANA, is_guest=True)
    assert await house.line.answer(request(team=TEAM)) == "Five days."


async def test_a_channel_that_is_not_open_is_told_so(ledger: Ledger, db: str) -> None:
    house = House(Line(ledger), access=Access(channels=("C2",)))
    assert await house.refused(request(team=TEAM)) == Notice.NOT_HERE.text("en")
    assert rows(db, ROW) == [("done", "refused", "NOT_HERE")]
    there = request(team=TEAM, reply_to=Destination(channel="C2"))
    assert await house.line.answer(there) == "Five days."


async def test_while_slack_does_not_say_who_asks_nothing_is_decided(house: House, db: str) -> None:
    house.town.trouble = OutcomeUnknown("ServerDisconnectedError")
    asked = request(team=TEAM)
    await house.line.ledger.accept(asked)
    lease = await house.line.ledger.claim("greet")
    assert lease is not None
    await house.line.pipeline.handle(lease)
    assert house.line.screen.seen == {}
    assert rows(db, ROW) == [("accepted", None, None)]


async def test_somebody_who_left_meanwhile_is_shown_nothing(house: House, db: str) -> None:
    asked = request(team=TEAM)
    lease = await house.line.begun(asked)
    house.town.is_now(ANA, is_gone=True)
    house.forgets()
    await house.line.pipeline.handle(lease)
    assert house.line.screen.last(asked) == Notice.DENIED.text("en")
    assert "Five days." not in str(house.line.screen.seen)
    assert rows(db, ROW) == [("done", "refused", None)]
    assert rows(db, "SELECT count(*) FROM usage") == [(1,)]
    agrees(db)


async def test_an_approved_answer_is_not_shown_to_somebody_who_left(
    ledger: Ledger, db: str
) -> None:
    house, asked = House(Line(ledger, Scripted(["a doubtful answer"]))), request(team=TEAM)
    await house.line.answer(asked)
    assert await decide(ledger, asked.id.hex, BO, approve=True)
    house.town.is_now(ANA, is_gone=True)
    house.forgets()
    await house.finish()
    assert house.line.screen.last(asked) == Notice.DENIED.text("en")
    assert "doubtful" not in str(house.line.screen.seen)
    agrees(db)


async def test_a_shared_channel_gets_no_word_of_an_answer(ledger: Ledger, db: str) -> None:
    house = House(Line(ledger, Scripted([LONG, f"{LONG} All of it."])))
    house.town.shared["C1"] = frozenset({TEAM, OTHER})
    asked = request(team=TEAM)
    await house.line.answer(asked)
    shown = house.line.screen.seen[asked.id.hex]
    assert shown == [Notice.WRITING.text("en"), MOVED, f"{LONG} All of it."]
    assert house.line.screen.places == [f"D{ANA}"]
    assert rows(db, ROW) == [("done", "delivered", None)]
    agrees(db)


async def test_a_channel_that_is_shared_while_it_is_answered_gets_no_answer(
    house: House, db: str
) -> None:
    asked = request(team=TEAM)
    lease = await house.line.begun(asked)
    house.town.shared["C1"] = frozenset({TEAM, OTHER})
    house.forgets()
    await house.line.pipeline.handle(lease)
    assert house.line.screen.seen[asked.id.hex][-2:] == [MOVED, "Five days."]
    assert house.line.screen.places == [f"D{ANA}"]
    agrees(db)


async def test_an_answer_for_one_person_stays_where_it_is(house: House) -> None:
    house.town.shared["C1"] = frozenset({TEAM, OTHER})
    house.line.screen.ts = ""
    asked = request(team=TEAM, reply_to=Destination(channel="C1", only_for=ANA))
    assert await house.line.answer(asked) == "Five days."
    assert MOVED not in house.line.screen.seen[asked.id.hex]


async def test_where_it_cannot_move_it_is_not_shown(house: House, db: str) -> None:
    house.town.shared["C1"] = frozenset({TEAM, OTHER})
    house.line.screen.moving = Undeliverable("cannot_dm_bot")
    assert await house.line.answer(request(team=TEAM)) == Notice.NOT_HERE.text("en")
    assert rows(db, "SELECT outcome FROM request") == [("refused",)]
    agrees(db)


async def test_roles_change_nothing_about_who_may_ask(ledger: Ledger) -> None:
    house = House(Line(ledger))
    house.town.is_now(ANA, is_guest=True)
    asked = roles(house.town, Granted(admin=(ANA,), reviewer=(ANA,)))
    house.line.pipeline = house.line.made(access=asked)
    assert await house.refused(request(team=TEAM)) == Notice.DENIED.text("en")


async def test_before_an_approved_answer_slack_is_asked_anew(ledger: Ledger) -> None:
    house, asked = House(Line(ledger, Scripted(["a doubtful answer"]))), request(team=TEAM)
    await house.line.answer(asked)
    assert await decide(ledger, asked.id.hex, BO, approve=True)
    house.town.is_now(ANA, is_gone=True)
    await house.finish()
    assert house.line.screen.last(asked) == Notice.DENIED.text("en")
