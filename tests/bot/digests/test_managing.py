"""What `/digest` with words does, in English and Chinese."""

import re
from itertools import islice
from typing import Any

import pytest

from bot.digests.clock import planned
from bot.digests.holidays import is_holiday
from bot.digests.managing import Scheduling
from bot.digests.phrases import Refused
from bot.ledger.ledger import Ledger
from bot.reports import BotTools
from bot.roles import Granted, Person
from bot.sources import Sources
from generators.draft import Destination, PromptRejected
from generators.model import Model
from tests.asking import body
from tests.bot.builders import ANA, BO, CHEN, VERBS, request, rows, verb
from tests.bot.digests.timing import at
from tests.bot.people import TEAM, Town, roles
from tests.bot.rooms import Rooms
from tests.fake_knowledge import Shelf


@pytest.fixture
async def managed(ledger: Ledger) -> Scheduling:
    town = Town({who: Person(id=who, team=TEAM, tz="Asia/Shanghai") for who in (ANA, BO, CHEN)})
    model = Model("http://127.0.0.1:9/v1", "none")
    people = roles(town, granted=Granted(operator=(CHEN,)))
    sources = Sources(roles=people, reviewers="reviewers", places=Rooms())
    others = ("report", "backlog", "feed", "watch")
    verbs = {**VERBS, **dict.fromkeys(others, verb())}
    tools = BotTools(
        model=model,
        knowledge=Shelf(),
        ledger=ledger,
        verbs=verbs,
        roles=people,
        sources=sources,
    )
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


@pytest.mark.parametrize(
    ("phrase", "kept", "says"),
    [
        ("#dev #ops every day at 9", "digest channels C2 C3", "It tells of: #dev, #ops."),
        ("汇总 #dev、#研发 每天9点", "digest channels C2 C8", "内容：#dev, #研发。"),
        ("<#C2|dev> every day at 9", "digest channels C2", "#dev"),
        ("#general every day at 9", "digest", "fewer than 3"),
        ("usage every Monday at 9:00", "report scope channel", "what was used"),
        ("用量 每周一9点", "report scope channel", "每日用量"),
    ],
)
async def test_other_kinds_are_kept(
    managed: Scheduling, ledger: Ledger, phrase: str, kept: str, says: str
) -> None:
    assert says in await said(managed, phrase)
    (one,) = await ledger.schedules.of("C1")
    options = (f"{name} {value}" for name, value in one.options.items() if name != "names")
    assert " ".join((one.kind, *options)) == kept
    assert phrase.endswith(one.phrase)


@pytest.mark.parametrize(
    ("phrase", "kind", "options"),
    [
        ("for me every day at 9", "digest", {"channels": "mine"}),
        ("每天9点给我发", "digest", {"channels": "mine"}),
        ("#secret for me every day at 9", "digest", {"channels": "C4", "names": "#secret"}),
        ("usage for me every day at 9", "report", {"scope": "user"}),
    ],
)
async def test_what_is_for_one_goes_to_their_direct_messages(
    managed: Scheduling, ledger: Ledger, phrase: str, kind: str, options: Any
) -> None:
    answer = await said(managed, phrase)
    assert "direct messages" in answer or "私信" in answer
    assert "secret" not in answer, "others read the answer"
    assert await ledger.schedules.of("C1") == []
    (one,) = await ledger.schedules.of("DU1")
    assert (one.kind, one.options) == (kind, options)
    listed = await said(managed, "list", reply_to=Destination(channel="DU1"))
    assert one.phrase in listed


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("#secret every day at 9", "Not everybody here may read #secret"),
        ("#nowhere every day at 9", "no channel named #nowhere"),
        ("#away every day at 9", "not in #away"),
        ("#old every day at 9", "not in #old"),
        ("reviews every day at 9", "reviewers' channel"),
        ("reviews for me every day at 9", "reviewers' channel"),
        ("usage of everybody every day at 9", "direct messages only"),
        ("usage of everybody for me every day at 9", "Only an admin"),
        ("feed https://a.example every day at 9", "not allowed here"),
        ("usage and reviews every day at 9", "usage every Monday"),
        ("usage soon", "usage every Monday"),
        ("#dev usage every day at 9", "for me"),
        ("用量 待审核 每天9点", "两种内容"),
    ],
)
async def test_what_may_not_be_or_is_not_clear_is_refused(
    managed: Scheduling, ledger: Ledger, phrase: str, why: str
) -> None:
    assert why in await refused(managed, phrase)
    assert await ledger.schedules.active() == []


async def test_options_of_digests_are_for_digests(managed: Scheduling) -> None:
    flags = {"length": "long"}
    assert "takes neither" in await refused(managed, "usage every day at 9", flags=flags)
    await said(managed, "usage every day at 9")
    assert "takes neither" in await refused(managed, "edit 1 every day at 10", flags=flags)


async def test_an_edit_keeps_what_it_does_not_name(managed: Scheduling, ledger: Ledger) -> None:
    await said(managed, "#dev #ops every day at 9", flags={"length": "long", "holidays": "DE"})
    await said(managed, "edit 1 every day at 10")
    (one,) = await ledger.schedules.of("C1")
    assert (one.phrase, one.options["channels"]) == ("every day at 10", "C2 C3")
    assert (one.options["length"], one.options["holidays"]) == ("long", "DE")
    await said(managed, "edit 1 #dev every day at 10", flags={"holidays": "no"})
    (one,) = await ledger.schedules.of("C1")
    assert one.options == {"channels": "C2", "names": "#dev", "length": "long"}
    await said(managed, "edit 1 usage every day at 10")
    (one,) = await ledger.schedules.of("C1")
    assert (one.kind, one.options) == ("report", {"scope": "channel"})
    assert "cannot move" in await refused(managed, "edit 1 for me every day at 10")


@pytest.mark.parametrize(
    ("phrase", "flags", "where"),
    [
        ("every day at 9 except public holidays", {}, "CN"),
        ("每天9点，节假日除外", {}, "CN"),
        ("every day at 9 Europe/Berlin, skip holidays", {}, "DE"),
        ("every day at 9", {"holidays": "us-ca"}, "US-CA"),
        ("every day at 9", {"holidays": "skip"}, "CN"),
    ],
)
async def test_public_holidays_can_be_left_out(
    managed: Scheduling, ledger: Ledger, phrase: str, flags: dict[str, str], where: str
) -> None:
    answer = await said(managed, phrase, flags=flags)
    assert where in answer
    (one,) = await ledger.schedules.of("C1")
    assert one.options["holidays"] == where
    made = planned(one)
    assert not isinstance(made, Refused)
    runs = islice(made.runs(at("2026-09-01T00:00")), 60)
    assert not any(is_holiday(where, run.date()) for run in runs)


async def test_a_change_of_nothing_but_options_keeps_the_rest(
    managed: Scheduling, ledger: Ledger
) -> None:
    await said(managed, "every day at 9 Europe/Berlin", flags={"holidays": "US"})
    answer = await said(managed, "edit 1 digest", flags={"holidays": "skip", "quiet": "5"})
    assert "holidays of US" in answer
    (one,) = await ledger.schedules.of("C1")
    assert (one.phrase, one.zone) == ("every day at 9 Europe/Berlin", "Europe/Berlin")
    assert one.options == {"holidays": "US", "quiet": "5"}
    await said(managed, "edit 1", flags={"length": "long", "holidays": "no"})
    (one,) = await ledger.schedules.of("C1")
    assert one.options == {"length": "long", "quiet": "5"}


async def test_whose_holidays_has_to_be_clear(managed: Scheduling) -> None:
    assert "--holidays DE" in await refused(managed, "every day at 9 UTC, skip holidays")
    assert "--holidays DE" in await refused(managed, "every day at 9", flags={"holidays": "Mars"})


async def test_what_falls_on_holidays_alone_is_refused(managed: Scheduling, ledger: Ledger) -> None:
    phrase = "every year on December 25 at 9 Europe/Berlin, skip public holidays"
    assert "never run" in await refused(managed, phrase)
    assert await ledger.schedules.active() == []


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("every weekday at 9:00", "weekend days that are worked instead, it comes"),
        ("每个工作日9点", "调休上班的周末照常发送"),
        ("mon-fri 9:00", "public holidays of CN. It is"),
    ],
)
async def test_that_weekends_are_worked_is_said(
    managed: Scheduling, phrase: str, says: str
) -> None:
    assert says in await said(managed, phrase, flags={"holidays": "CN"})
