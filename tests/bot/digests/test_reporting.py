"""Two reports that come again and again."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.digests.reporting import Backlog, UsageDigest, listed
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import Desk, Waiting
from bot.reports import BotTools
from bot.roles import Granted
from bot.sources import Sources
from generators.draft import ContextUnavailable, Cost, Destination
from generators.model import Model
from tests.asking import body
from tests.bot.builders import ANA, BO, CHEN, VERBS, assessment, draft, keys, request
from tests.bot.people import roles
from tests.bot.rooms import Rooms
from tests.fake_knowledge import Shelf

DIRECT = Destination(channel="DU1")


@pytest.fixture
def tools(ledger: Ledger) -> BotTools:
    people = roles(granted=Granted(admin=(CHEN,)))
    schedules = ledger.schedules
    return BotTools(
        model=Model("http://127.0.0.1:9/v1", "none"),
        knowledge=Shelf(),
        ledger=ledger,
        verbs=VERBS,
        roles=people,
        sources=Sources(roles=people, reviewers="reviewers", places=Rooms()),
        desk=Desk(schedules.writer, keys()),
    )


async def used(ledger: Ledger, **given: Any) -> None:
    asked = request("x", **given)
    lease = await ledger.begin(asked)
    cost = Cost(model="tiny", gpu_ms=250, prompt_tokens=11, output_tokens=7)
    await ledger.settle(lease, draft(asked, "Five days.", cost), assessment(), "delivered")


def asked(**flags: str) -> dict[str, str]:
    now = datetime.now(UTC).timestamp()
    since, until = f"{now - 3 * 86_400:.3f}", f"{now + 60:.3f}"
    return {"since": since, "until": until, "zone": "Asia/Shanghai", **flags}


async def test_what_a_channel_used_comes_with_a_chart_by_day(
    tools: BotTools, ledger: Ledger
) -> None:
    for _ in range(2):
        await used(ledger)
    await used(ledger, reply_to=Destination(channel="C9"))
    said = await body(UsageDigest(tools), request("weekly", verb="report", flags=asked()))
    assert "used in this channel" in said
    assert "2 requests" in said
    assert "(Asia/Shanghai)" in said
    chart = said.split("```")[1].strip().splitlines()
    assert 4 <= len(chart) <= 5, chart
    assert [row.split()[1:] for row in chart].count(["█" * 20, "2"]) == 1
    assert all(row.endswith(" 0") for row in chart[:-2]), chart


async def test_it_is_said_in_chinese(tools: BotTools) -> None:
    said = await body(UsageDigest(tools), request("每周一9点", verb="report", flags=asked()))
    assert "本频道的用量" in said
    assert "还没有使用记录" in said


async def test_ones_own_use_is_told_in_direct_messages(tools: BotTools, ledger: Ledger) -> None:
    await used(ledger)
    await used(ledger, user=BO)
    told = request("x", verb="report", flags=asked(scope="user"), reply_to=DIRECT)
    assert "1 request" in await body(UsageDigest(tools), told)


async def test_what_everybody_used_is_told_to_who_may_see_it(
    tools: BotTools, ledger: Ledger
) -> None:
    await used(ledger)
    everybody = request("x", verb="report", flags=asked(scope="workspace"), user=CHEN)
    told = replace(everybody, reply_to=Destination(channel="DU3"))
    assert "1 request" in await body(UsageDigest(tools), told)
    for refused in (everybody, replace(told, user=ANA)):
        with pytest.raises(ContextUnavailable):
            await body(UsageDigest(tools), refused)


async def test_the_backlog_is_told_to_reviewers_only(tools: BotTools) -> None:
    there = request("x", verb="backlog", reply_to=Destination(channel="C7"))
    assert await body(Backlog(tools), there) == "Nothing waits for a reviewer."
    with pytest.raises(ContextUnavailable):
        await body(Backlog(tools), request("x", verb="backlog"))


async def test_the_backlog_lists_what_is_held(tools: BotTools, ledger: Ledger) -> None:
    held = request("x")
    lease = await ledger.begin(held)
    await ledger.settle(lease, draft(held), assessment(), None)
    await ledger.hold(lease)
    there = request("每天9点", verb="backlog", reply_to=Destination(channel="C7"))
    said = await body(Backlog(tools), there)
    assert "共 1 项" in said
    assert held.name in said
    assert "Five days" not in said


@pytest.mark.parametrize("count", [1, 10, 11, 30])
def test_a_long_backlog_names_the_oldest(count: int) -> None:
    hour = 3_600_000
    waiting = [
        Waiting(
            request_id=f"{n:08x}" * 4,
            user=ANA,
            categories="harm.x",
            opened_ms=n * hour,
            round=1,
            claimed_by=BO if n % 2 else None,
            channel="",
            ts="",
        )
        for n in range(count)
    ]
    said = listed(waiting, 40 * hour, "en")
    assert f"{count} in all, the oldest for 40 hours" in said
    assert said.count("- req_") == min(10, count)
    assert ("more" in said) == (count > 10)
