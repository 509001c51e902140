"""How a bot is reached, how it is looked after, and how it ends."""

import asyncio
import json
import re
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.e2e.alone import TOKENS, Alone, alone
from tests.e2e.product import answer, commanded, final, ours, said

CANARY = "zebra-canary-4f1d"


def states(bot: Alone) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(bot.data / "atelier.db", timeout=30)) as database:
        return database.execute("SELECT state, lease_until_ms FROM request").fetchall()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


async def at_work(bot: Alone) -> bool:
    return {state for state, _ in states(bot)} & {"running", "ready"} != set()


async def test_slack_reaches_it_by_signed_http(tmp_path: Path) -> None:
    async with alone(tmp_path, ATELIER_MODE="http") as bot:
        assert "7 business days" in said(
            await answer(bot.slack, "general", "@atelier How long do refunds take?")
        )
        reply = await commanded(bot.slack, "/ask", "Is there a payload on refunds?")
        assert "req_" in said(reply)
        assert (await bot.page("/readyz"))[0] == 200
        bot.signal()
        assert await bot.process.wait() == 0


async def test_over_http_too_what_is_told_of_thrice_is_answered_once(tmp_path: Path) -> None:
    async with alone(tmp_path, ATELIER_MODE="http") as bot:
        await bot.slack.fault({"envelope": "events_api", "count": 1}, duplicate=2)
        asked = await bot.slack.say("ana", "general", "@atelier How long do refunds take?")
        await bot.slack.wait_for(final, channel="general", thread_ts=asked["ts"], user="ana")
        written = [m for m in await bot.slack.messages("general", asked["ts"]) if ours(m)]
        assert len(written) == 1


async def test_a_signal_lets_it_finish_and_hand_back(tmp_path: Path) -> None:
    async with alone(tmp_path) as bot:
        await bot.slack.fault({"method": "chat.update"}, delay_s=1.0)
        asked = await bot.slack.say("ana", "general", "@atelier How long do refunds take?")
        await until(lambda: at_work(bot))
        bot.signal()
        assert await bot.process.wait() == 0
        assert states(bot) == [("done", states(bot)[0][1])]
        (shown,) = [m for m in await bot.slack.messages("general", asked["ts"]) if ours(m)]
        assert final(shown)


async def test_a_second_signal_hands_back_what_is_in_hand(tmp_path: Path) -> None:
    async with alone(tmp_path, ATELIER_DRAIN_S="600") as bot:
        await bot.slack.fault({"method": "chat.update"}, delay_s=30.0)
        await bot.slack.say("ana", "general", "@atelier How long do refunds take?")
        await until(lambda: at_work(bot))
        bot.signal()

        async def stopping() -> bool:
            return "stopping" in bot.log.read_text()

        await until(stopping)
        bot.signal(signal.SIGINT)
        assert await bot.process.wait() == 0
        assert [lease for _, lease in states(bot)] == [0]


async def test_it_tells_how_it_is_and_what_it_did(tmp_path: Path) -> None:
    async with alone(tmp_path) as bot:
        await answer(bot.slack, "general", "@atelier How long do refunds take?")
        assert (await bot.page("/livez"))[0] == 200
        status, body = await bot.page("/readyz")
        told = json.loads(body)
        assert (status, told["database"], told["intake"], told["slack_token"]) == (200, *[True] * 3)
        status, text = await bot.page("/metrics")
        assert 'atelier_requests_total{kind="ask",outcome="delivered"} 1.0' in text
        assert re.search(r"^atelier_ack_seconds_count [1-9]", text, re.MULTILINE)
        assert not re.search(r"U0|C0|general|ana", text)


async def test_a_token_that_is_revoked_loses_nothing_and_nothing_is_in_the_logs(
    tmp_path: Path,
) -> None:
    async with alone(tmp_path) as bot:
        shown = await answer(bot.slack, "general", f"@atelier How long do refunds take? {CANARY}")
        assert "req_" in said(shown)
        await bot.slack.fault({"method": "*"}, error="token_revoked")
        await bot.slack.say("ana", "general", f"@atelier How long do {CANARY} refunds take?")

        async def red() -> bool:
            return (await bot.page("/readyz"))[0] == 503

        await until(red)
        assert json.loads((await bot.page("/readyz"))[1])["slack_token"] is False
        assert (await bot.page("/livez"))[0] == 200
        assert [state for state, _ in states(bot)].count("done") == 1
        bot.signal()
        assert await bot.process.wait() == 0
        refusals = [line for line in bot.lines() if line.get("code") == "token_revoked"]
        assert len([line for line in refusals if "SLACK_BOT_TOKEN" in line["event"]]) == 1
        log = bot.log.read_text()
        assert not [secret for secret in (CANARY, "refunds", *TOKENS) if secret in log]
