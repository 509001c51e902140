"""The form about schedules, as an attacker would use it, and through the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.delivery.delivery import Delivery
from bot.delivery.slack import SlackRefused
from bot.digests.managing import Scheduling
from bot.intake.events import Reader
from bot.intake.meanings import Press
from bot.intake.planned import FORM, HOLIDAYS, KIND, OPEN, WHEN, WHICH, About
from bot.ledger.ledger import Ledger
from bot.planning import Planning, checked
from bot.reports import BotTools
from bot.roles import Access, Person
from bot.sources import Sources
from bot.views.notices import Notice
from generators.draft import Destination, PromptRejected, Request, UserId
from generators.model import Model
from tests.asking import body
from tests.bot.builders import ANA, BO, HERE, VERBS, gate, verb
from tests.bot.digests.timing import scheduled
from tests.bot.people import OTHER, TEAM, Town, roles
from tests.bot.recorder import Recorder
from tests.bot.rooms import Rooms
from tests.fake_engine import closed_url
from tests.fake_knowledge import Shelf

GUEST, STRANGER = UserId("U7"), UserId("U6")
WITH = {**VERBS, "schedule": verb(flags=("length", "quiet", "holidays")), "report": verb()}


@dataclass
class House:
    """A channel in which Ana has a schedule; one guest, and one from another workspace."""

    ledger: Ledger
    slack: Recorder
    planning: Planning
    managed: Scheduling

    async def press(self, what: str, who: UserId = ANA, **given: Any) -> None:
        usual: dict[str, Any] = {"request_id": "en", "here": HERE}
        usual |= {"team": TEAM, "trigger_id": "1.2"}
        await self.planning.press(Press(what, person=who, **{**usual, **given}))

    async def change(self, who: UserId, number: int, said: str, what: str = WHICH) -> None:
        about = About(speech="en", channel="C1", zone="UTC", number=number).text
        await self.press(
            what, who, request_id=about, ts="V1", said=said, here=Destination(channel=who)
        )

    def told(self) -> list[str]:
        return [page.text for _, _, page in self.slack.ephemeral]

    async def answer(self, sent: dict[str, Any]) -> str:
        """Return what is said to a form that was sent."""
        request = Reader(WITH, "U0").meaning(sent)
        assert isinstance(request, Request)
        return await body(self.managed, request)


def sent(who: str = ANA, **given: Any) -> dict[str, Any]:
    """Return what Slack tells of a form that was sent; all of it may be made up."""
    about = About(speech="en", channel="C1", zone="UTC", number=given.get("number", 0)).text
    values: Mapping[str, Any] = given.get("values", {WHEN: {"value": "every day at 9"}})
    return {
        "type": "view_submission",
        "trigger_id": "1.2.3",
        "user": {"id": who, "team_id": TEAM},
        "view": {
            "id": "V1",
            "callback_id": FORM,
            "private_metadata": given.get("about", about),
            "state": {"values": {name: {name: field} for name, field in values.items()}},
        },
    }


@pytest.fixture
async def house(ledger: Ledger) -> House:
    people: dict[str, Person] = {
        GUEST: Person(id=GUEST, team=TEAM, is_guest=True),
        STRANGER: Person(id=STRANGER, team=OTHER, is_stranger=True),
    }
    slack, known = Recorder(), roles(Town(people), access=Access(channels=("C1", "C4")))
    planning = Planning(
        slack=slack,
        delivery=Delivery(slack, gate(), ledger, settle_s=0),
        schedules=ledger.schedules,
        roles=known,
    )
    tools = BotTools(
        model=Model(closed_url(), "none"),
        knowledge=Shelf(),
        ledger=ledger,
        verbs=WITH,
        roles=known,
        sources=Sources(roles=known, places=Rooms()),
    )
    await ledger.schedules.keep(scheduled("every day at 9:00", zone="Asia/Tokyo"))
    return House(ledger, slack, planning, Scheduling(tools))


async def test_who_may_not_ask_gets_no_form(house: House) -> None:
    for who, team in ((GUEST, TEAM), (STRANGER, OTHER), (STRANGER, TEAM)):
        await house.press(OPEN, who, team=team, request_id="zh")
    assert house.slack.forms == []
    assert house.told() == [Notice.DENIED.text("zh")] * 3


async def test_a_form_shows_nobody_the_schedules_of_others(house: House) -> None:
    await house.press(OPEN, BO)
    await house.change(BO, 0, "1")
    mine, other = (str(form["blocks"]) for form in house.slack.forms)
    assert "Digest 1" not in mine + other
    await house.press(OPEN, ANA)
    assert "Digest 1" in str(house.slack.forms[-1])


async def test_a_form_changes_no_feed_and_no_watch_into_a_digest(house: House) -> None:
    for kind in ("feed", "watch"):
        await house.ledger.schedules.keep(scheduled("every 5 minutes", kind=kind))
    await house.press(OPEN, ANA)
    form = str(house.slack.forms[-1])
    assert "Digest 1" in form
    assert "Digest 2" not in form
    assert "Digest 3" not in form


async def test_what_is_typed_is_not_repeated(house: House) -> None:
    for said in ("delete 1", "#secret every day at 9", "soon <!channel>", "9" * 200):
        await house.change(ANA, 0, said, WHEN)
        form = str(house.slack.forms[-1])
        assert said not in form
        assert Notice.PLAN_UNCLEAR.text("en") in form


async def test_a_form_that_slack_does_not_take_is_told_of_in_its_language(house: House) -> None:
    house.slack.script["open_form"] = [SlackRefused("expired_trigger_id")]
    await house.press(OPEN, request_id="zh")
    assert house.told() == [Notice.FORM_LOST.text("zh")]


async def test_a_number_that_is_somebody_else_s_changes_nothing(house: House) -> None:
    with pytest.raises(PromptRejected, match="somebody else"):
        await house.answer(sent(BO, number=1))
    (one,) = await house.ledger.schedules.of("C1")
    assert (one.owner, one.phrase, one.zone) == (ANA, "every day at 9:00", "Asia/Tokyo")


@pytest.mark.parametrize(
    "about", ["", "en C1 UTC", "en C1 UTC x", "en C1 UTC 1 delete", "en UTC 0"]
)
def test_what_is_no_form_of_ours_is_not_taken(about: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Reader(WITH, "U0").meaning(sent(about=about))


async def test_a_number_that_was_never_given_changes_nothing(house: House) -> None:
    for number in (-1, 10**9, 7):
        with pytest.raises(PromptRejected):
            await house.answer(sent(number=number))
    assert [one.phrase for one in await house.ledger.schedules.of("C1")] == ["every day at 9:00"]


@pytest.mark.parametrize("channel", ["C2> every minute <#C3", "<!channel>", "C1|x", "c2", ""])
def test_a_channel_that_is_none_is_not_taken(channel: str) -> None:
    values = {WHEN: {"value": "每天9点"}, "plan_channels": {"selected_conversations": [channel]}}
    with pytest.raises(ValueError, match="channel"):
        Reader(WITH, "U0").meaning(sent(values=values))


async def test_a_channel_that_not_everybody_reads_is_not_told_of(house: House) -> None:
    for channel in ("C4", "D1", "C5", "CNOWHERE"):
        chosen = {"selected_conversations": [channel]}
        values = {WHEN: {"value": "every day at 9"}, "plan_channels": chosen}
        with pytest.raises(PromptRejected):
            await house.answer(sent(BO, values=values))
    assert len(await house.ledger.schedules.of("C1")) == 1


@pytest.mark.parametrize(
    "when",
    [
        *("delete 1", "run now", "list", "#secret every day at 9", "for me every day at 9"),
        *("feed https://evil.example/ every day at 9", "watch", "0 9 31 2 *", "每天9点 待审核"),
    ],
)
def test_a_time_is_nothing_but_a_time(when: str) -> None:
    found = checked(sent(values={WHEN: {"value": when}}))
    assert found is not None
    assert list(found["errors"]) == [f"{WHEN}-0"]


async def test_what_was_not_offered_is_what_is_usual(house: House) -> None:
    chosen = {
        KIND: {"selected_option": {"value": "feed"}},
        "plan_length": {"selected_option": {"value": "epic"}},
        "plan_quiet": {"selected_option": {"value": "-1"}},
        WHEN: {"value": "every day at 9"},
    }
    await house.answer(sent(BO, values=chosen))
    _, one = await house.ledger.schedules.of("C1")
    assert (one.kind, one.options) == ("digest", {"length": "normal", "quiet": "3"})


async def test_any_region_can_be_typed(house: House) -> None:
    typed = {"": None, "cn": "CN", "\uff35\uff33-\uff43\uff41": "US-CA", "DE-BY": "DE-BY"}
    for number, (code, kept) in enumerate(typed.items(), 1):
        values = {WHEN: {"value": "every day at 9"}, HOLIDAYS: {"value": code}}
        form = {**sent(BO, values=values), "trigger_id": f"1.{number}"}
        assert checked(form) is None
        await house.answer(form)
        *_, one = await house.ledger.schedules.of("C1")
        assert (one.number, one.options.get("holidays")) == (number + 1, kept)


@pytest.mark.parametrize("typed", ["Mars", "XX", "CN-99", "🎉", "德国", "CN; DROP"])
def test_a_region_that_is_none_is_said_beside_its_field(typed: str) -> None:
    form = sent(values={WHEN: {"value": "every day at 9"}, HOLIDAYS: {"value": typed}})
    found = checked(form)
    assert found == {
        "response_action": "errors",
        "errors": {f"{HOLIDAYS}-0": Notice.PLAN_NO_REGION.text("en")},
    }


async def test_an_outsider_s_form_is_kept_without_its_words_and_answered_to_nobody(
    house: House,
) -> None:
    form = sent(STRANGER)
    form["user"]["team_id"] = OTHER
    request = Reader(WITH, "U0").meaning(form)
    assert isinstance(request, Request)
    kept = house.planning.roles.at_the_door(request)
    assert "9" not in kept.prompt
    assert await house.planning.roles.denial(kept) == "who"


async def test_a_channel_that_an_operator_has_closed_takes_no_form(house: House) -> None:
    request = Reader(WITH, "U0").meaning(sent())
    assert isinstance(request, Request)
    there = replace(request, reply_to=Destination(channel="C2"))
    assert await house.planning.roles.denial(there) == "where"
