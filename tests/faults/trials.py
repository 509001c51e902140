"""The trials by which bots die, and by which Slack says things twice or too late."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext, suppress

import aiohttp

from bot.views.notices import Notice
from bot.views.render import footer, notice
from tests.e2e.product import Json, ours
from tests.faults import mortal
from tests.faults.crowd import crowd, deciding
from tests.faults.judge import PLACES, REDELIVERED_S, answered, request_id, settled
from tests.faults.processes import Process
from tests.faults.result import Result, ended, tidied
from tests.faults.scene import TOKENS, Ask, Scene

WEATHER: Sequence[tuple[Json, Json]] = (
    ({"method": "chat.postMessage", "probability": 0.1}, {"status": 429, "retry_after_s": 1}),
    ({"method": "chat.postMessage", "probability": 0.1}, {"reset": "after"}),
    ({"method": "chat.postMessage", "probability": 0.05}, {"status": 500}),
    ({"method": "chat.update", "probability": 0.1}, {"status": 429, "retry_after_s": 1}),
    ({"method": "chat.update", "probability": 0.1}, {"reset": "after"}),
    ({"method": "chat.update", "probability": 0.05}, {"status": 500}),
    ({"method": "files.getUploadURLExternal", "probability": 0.1}, {"status": 500}),
    ({"method": "files.completeUploadExternal", "probability": 0.1}, {"reset": "after"}),
    ({"method": "conversations.replies", "probability": 0.1}, {"status": 500}),
    ({"envelope": "events_api", "probability": 0.1}, {"duplicate": 2}),
    ({"envelope": "events_api", "probability": 0.1}, {"drop": True}),
)
"""What goes wrong meanwhile: 429, 500, stored but the answer lost, told thrice, not told."""
PASSES = 3
"""A process dies at the first, second or third pass of a point."""
DEAD_S, DEAD_TRIES = 15.0, 5
"""How long a bot may take to reach the point where it dies, and how often that is waited for."""


async def kills(scene: Scene, times: int, seed: int = 1) -> Result:
    """Kill the bot at random moments while people ask and Slack fails."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
    await _weather(scene, seed)
    async with crowd(scene, dice, most=3 * times):
        for _ in range(times):
            bot = scene.start()
            await bot.ready()
            await asyncio.sleep(dice.uniform(0, 1.2))  # no wait for anything: the moment it dies at
            bot.kill()
    return await ended(scene, "SIGKILL at random under load, Slack failing", times)


async def points(scene: Scene, rounds: int, seed: int = 1) -> Result:
    """Let a bot die at every named point, each next one finding what the last one left."""
    missed: Counter[str] = Counter()
    for number in range(rounds):
        passes = (seed + number - 1) % PASSES + 1
        for point in mortal.POINTS:
            nth = 1 if "release" in point else passes  # a bot hands its leases back once
            missed[f"missed_{point}"] += await _dies_at(scene, point, nth)
    times = rounds * len(mortal.POINTS)
    return await ended(scene, "SIGKILL at each named point", times, **missed)


async def repeats(scene: Scene, count: int, seed: int = 1) -> Result:
    """Tell the bot of each event several times, late and in any order, across two restarts."""
    rules = (
        ({"probability": 0.3}, {"duplicate": 3, "reorder": 7}),
        ({"probability": 0.3}, {"duplicate": 1, "late_s": 2.0}),
        ({"probability": 0.2}, {"drop": True}),
        ({"probability": 0.5}, {"duplicate": 4}),
    )
    for number, (match, effect) in enumerate(rules):
        given = {"envelope": "events_api", "seed": seed + number, **match}
        await scene.client.fault(given, **effect)
    bot = scene.start()
    await bot.ready()
    for number in range(count):
        await scene.say()
        if number == count // 3:
            bot.kill()
            bot = scene.start()
        if number == 2 * count // 3:
            await bot.ready()
            await bot.stop()
            bot = scene.start()
    await settled(scene, 300 + count)
    told = sum(row["type"] == "events_api" for row in await scene.client.deliveries())
    few = int(told < 2 * count)
    what = "Events told several times, shuffled, late, across restarts"
    return await ended(scene, what, count, told_too_few=few)


async def unheard(scene: Scene, count: int, _seed: int = 1) -> Result:
    """Lose Slack's answer after it has stored: of each placeholder, and of each change."""
    bot = scene.start()
    await bot.ready()
    rule = {"method": "chat.postMessage", "nth": 1, "count": count}
    await scene.client.fault(rule, reset="after")
    await scene.client.fault({"method": "chat.update", "nth": 1, "count": count}, reset="after")
    await asyncio.gather(*(scene.say() for _ in range(count)))
    await settled(scene, 300 + count)
    calls = await scene.client.calls("chat.postMessage")
    again = max(0, len(calls) - count)
    return await ended(scene, "Answer lost after Slack stored", count, posted_again=again)


async def spares(scene: Scene, count: int, _seed: int = 1) -> Result:
    """Let Slack store placeholders so late that others stand in their place already."""
    bot = scene.start()
    await bot.ready()
    for _ in range(count):
        await scene.say()
    await settled(scene)
    await bot.stop()
    for ask in scene.asks:
        await _stored_late(scene, ask)
    before = sum([await _ours_at(scene, ask) for ask in scene.asks])
    await tidied(scene)
    left = sum([await _ours_at(scene, ask) for ask in scene.asks])
    what = "Placeholder stored so late that there is another one"
    odd = {"not_made": abs(2 * count - before), "left": abs(left - count)}
    return await ended(scene, what, count, **odd)


async def _weather(scene: Scene, seed: int) -> None:
    for number, (match, effect) in enumerate(WEATHER):
        await scene.client.fault({**match, "seed": seed + number}, **effect)


async def _stored_late(scene: Scene, ask: Ask) -> None:
    """Post what the bot posted at first, as it did."""
    page = notice(Notice.WORKING, "en", footer(f"req_{request_id(ask)[:8]}"))
    metadata = {"request_id": request_id(ask), "part": 0}
    given = {
        "channel": PLACES[ask.channel],
        "thread_ts": ask.ts,
        "text": page.text,
        "blocks": page.blocks,
        "metadata": {"event_type": "atelier_message", "event_payload": metadata},
    }
    headers = {"Authorization": f"Bearer {TOKENS[0]}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{scene.url}/api/chat.postMessage", json=given) as answer,
    ):
        assert (await answer.json())["ok"]


async def _ours_at(scene: Scene, ask: Ask) -> int:
    return sum(ours(each) for each in await scene.client.messages(ask.channel, ask.ts))


async def _dies_at(scene: Scene, point: str, nth: int) -> int:
    """Start a bot that dies at a point, and give it reason to get there; return 1 if it did not."""
    bot = scene.start(point, nth)
    with suppress(AssertionError):  # some points are reached before it is ready
        await bot.ready()
    reviewed = "hold" in point or "decide" in point
    verb = "paint" if reviewed else "program" if "upload" in point else "tell"
    beside = nullcontext() if "hold" in point else deciding(scene)
    async with beside:
        for _ in range(nth):
            await scene.say(1.8 if point == "in-stream" else 0.0, verb)
        if "release" in point:
            await answered(scene)
            bot.signal(signal.SIGTERM)
        return int(await _end_of(scene, bot) != -signal.SIGKILL)


async def _end_of(scene: Scene, bot: Process) -> int:
    """Return the exit status of a bot that shall die, or 0; what Slack has to repeat comes soon."""
    for _ in range(DEAD_TRIES):
        with suppress(AssertionError):
            return await bot.ended(DEAD_S)
        await scene.client.advance(REDELIVERED_S)
    bot.kill()
    return 0
