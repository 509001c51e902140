"""What `/digest` with words does, in English and Chinese."""

import re
from typing import Any

import pytest

from bot.digests.managing import Scheduling
from bot.ledger.ledger import Ledger
from bot.reports import BotTools
from bot.roles import Granted, Person
from generators.draft import Destination, PromptRejected
from generators.model import Model
from tests.asking import body
from tests.bot.builders import ANA, BO, CHEN, VERBS, request, rows
from tests.bot.people import TEAM, Town, roles
from tests.fake_knowledge import Shelf


@pytest.fixture
async def managed(ledger: Ledger) -> Scheduling:
    town = Town({who: Person(id=who, team=TEAM, tz="Asia/Shanghai") for who in (ANA, BO, CHEN)})
    model = Model("http://127.0.0.1:9/v1", "none")
    people = roles(town, granted=Granted(operator=(CHEN,)))
    tools = BotTools(model=model, knowledge=Shelf(), ledger=ledger, verbs=VERBS, roles=people)
    return Scheduling(tools)


async def said(managed: Scheduling, prompt: str, **given: Any) -> str:
    return await body(managed, request(prompt, verb="schedule", **given))


async def refused(managed: Scheduling, prompt: str, **given: Any) -> str:
    with pytest.raises(PromptRejected) as error:
        await said(managed, prompt, **given)
    return str(error.value)


@pytest.mark.parametrize(
    ("phrase", "kept", "run"),
    [
        ("every weekday at 9:00", "Kept as digest 1", r"- \w{3} \d+ \w{3} 20\d\d, 09:00"),
        ("每个工作日9点", "第 1 个摘要", r"- 20\d\d年\d+月\d+日 周[一二三四五] 09:00"),
        ("0 9 * * 1-5", "Kept as digest 1", r"- (?:Mon|Tue|Wed|Thu|Fri) "),
    ],
)
async def test_what_is_kept_is_echoed_with_its_next_three_runs(
    managed: Scheduling, ledger: Ledger, phrase: str, kept: str, run: str
) -> None:
    answer = await said(managed, phrase)
    assert kept in answer
    assert f"`{phrase}`" in answer
    assert "Asia/Shanghai" in answer
    assert len(re.findall(run, answer)) == 3
    assert "delete 1" in answer or "删除 1" in answer
    (one,) = await ledger.schedules.of("C1")
    assert (one.phrase, one.zone, one.owner) == (phrase, "Asia/Shanghai", ANA)


async def test_a_zone_that_is_said_counts(managed: Scheduling, ledger: Ledger) -> None:
    await said(managed, "every day at 9 Europe/Berlin")
    (one,) = await ledger.schedules.of("C1")
    assert one.zone == "Europe/Berlin"


async def test_the_same_request_keeps_one(managed: Scheduling, ledger: Ledger) -> None:
    asked = request("every day at 9", verb="schedule")
    assert await body(managed, asked) == await body(managed, asked)
    assert len(await ledger.schedules.of("C1")) == 1


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("every third Monday", "every weekday at 9:00"),
        ("soon", "every weekday at 9:00"),
        ("每隔两天", "每个工作日9点"),
        ("the roadmap \U0001f600", "/digest list"),
        ("list the roadmap", "every weekday at 9:00"),
    ],
)
async def test_what_is_not_understood_is_refused_with_examples(
    managed: Scheduling, ledger: Ledger, phrase: str, says: str
) -> None:
    assert says in await refused(managed, phrase)
    assert await ledger.schedules.of("C1") == []


@pytest.mark.parametrize("empty", ["", "list", "列表", "show"])
async def test_the_list_says_when_each_runs_next(managed: Scheduling, empty: str) -> None:
    assert "no digest yet" in await said(managed, "list")
    await said(managed, "every day at 9")
    await said(managed, "0 18 * * 5")
    await said(managed, "pause 2")
    answer = await said(managed, empty)
    assert "1" in answer
    assert re.search(r"`every day at 9` .*20\d\d|`every day at 9`（.*20\d\d", answer)
    assert re.search(r"`0 18 \* \* 5`.*(?:paused|已暂停)", answer)


@pytest.mark.parametrize(
    ("words", "state"),
    [("pause", "paused"), ("pause #1", "paused"), ("暂停 1", "paused"), ("暂停第1个", "paused")],
)
async def test_it_rests_and_goes_on(
    managed: Scheduling, ledger: Ledger, words: str, state: str
) -> None:
    await said(managed, "every day at 9")
    await said(managed, words)
    assert [one.state for one in await ledger.schedules.of("C1")] == [state]
    assert "09:00" in await said(managed, "resume")
    assert [one.state for one in await ledger.schedules.of("C1")] == ["active"]


@pytest.mark.parametrize("words", ["delete 1", "undo", "删除1", "取消"])
async def test_it_can_be_undone(managed: Scheduling, ledger: Ledger, words: str) -> None:
    await said(managed, "every day at 9")
    await said(managed, words)
    assert await ledger.schedules.of("C1") == []


@pytest.mark.parametrize("words", ["run now", "now", "run 1", "run 1 now", "现在"])
async def test_it_runs_by_hand_once(managed: Scheduling, db: str, words: str) -> None:
    await said(managed, "every day at 9", flags={"length": "short"})
    asked = request(words, verb="schedule")
    for _ in range(2):
        assert await body(managed, asked)
    assert rows(db, "SELECT verb, channel FROM request") == [("digest", "C1")]


async def test_it_can_be_changed(managed: Scheduling, ledger: Ledger) -> None:
    await said(managed, "every day at 9")
    assert "10:30" in await said(managed, "edit 1 every day at 10:30 Europe/Berlin")
    (one,) = await ledger.schedules.of("C1")
    assert (one.phrase, one.zone) == ("every day at 10:30 Europe/Berlin", "Europe/Berlin")
    assert "Not understood" in await refused(managed, "edit 1 whenever")


async def test_only_its_owner_or_an_operator_changes_it(
    managed: Scheduling, ledger: Ledger
) -> None:
    await said(managed, "every day at 9")
    assert "somebody else" in await refused(managed, "delete 1", user=BO)
    assert len(await ledger.schedules.of("C1")) == 1
    await said(managed, "delete 1", user=CHEN)
    assert await ledger.schedules.of("C1") == []


async def test_which_one_is_meant_has_to_be_said(managed: Scheduling) -> None:
    assert "no digest yet" in await refused(managed, "pause 1")
    await said(managed, "every day at 9")
    await said(managed, "every day at 10")
    assert "1, 2" in await refused(managed, "pause")
    assert "1, 2" in await refused(managed, "pause 7")
    there = Destination(channel="C2")
    assert "no digest yet" in await refused(managed, "pause 1", reply_to=there)


@pytest.mark.parametrize(
    ("phrase", "flags", "quiet"),
    [
        ("every day at 9", {}, "fewer than 3"),
        ("every day at 9, skip if quiet", {}, "fewer than 3"),
        ("每天9点，安静就跳过", {}, "少于 3"),
        ("every day at 9", {"quiet": "10"}, "fewer than 10"),
        ("every day at 9", {"quiet": "0"}, "even when it was quiet"),
    ],
)
async def test_what_quiet_means_is_said(
    managed: Scheduling, phrase: str, flags: dict[str, str], quiet: str
) -> None:
    assert quiet in await said(managed, phrase, flags=flags)


@pytest.mark.parametrize(
    "flags", [{"length": "epic"}, {"quiet": "ten"}, {"quiet": "٣"}, {"quiet": "-1"}]
)
async def test_options_that_are_none_are_refused(
    managed: Scheduling, ledger: Ledger, flags: dict[str, str]
) -> None:
    await refused(managed, "every day at 9", flags=flags)
    assert await ledger.schedules.of("C1") == []


async def test_an_owner_is_told_what_rests_and_why(managed: Scheduling, ledger: Ledger) -> None:
    await said(managed, "every day at 9")
    (one,) = await ledger.schedules.of("C1")
    told = await said(managed, one.phrase, flags={"paused": one.id})
    assert "digest 1" in told.casefold()
    assert "C1 is paused" in told
    assert "resume 1" in told
    assert "gone" in await refused(managed, one.phrase, flags={"paused": "0" * 32})
