"""The trials: what is done to bots at work, how often, and what was found afterwards."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass

import aiohttp

from bot.ledger.rows import now_ms
from bot.views.notices import Notice
from bot.views.render import footer, notice
from tests.e2e.product import Json, ours
from tests.faults import mortal
from tests.faults.judge import PLACES, Found, answered, judged, request_id, settled
from tests.faults.scene import TOKENS, Ask, Bot, Scene, passed
from tests.faults.scripted import journal

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
VERBS = ("tell", "tell", "tell", "tell", "program", "paint")
PASSES = 3
"""A process dies at the first, second or third pass of a point."""
WORK_S = 2.0
"""How long an answer takes, where a bot shall be stopped while it works on it."""
DEAD_S = 30.0
"""How long a bot may take to reach the point where it dies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one trial came to."""

    what: str
    times: int
    asked: int
    found: Found
    extra: dict[str, int]

    @property
    def sound(self) -> bool:
        """Whether nothing was wrong."""
        return self.found.sound and not any(self.extra.values())

    @property
    def wrong(self) -> str:
        """What was wrong, in words."""
        counts = {name: n for name, n in (asdict(self.found) | self.extra).items() if n}
        return ", ".join(f"{name} {n}" for name, n in counts.items()) or "nothing wrong"

    def told(self) -> str:
        """Return it in a line."""
        return f"{self.what}: {self.times} times, {self.asked} requests: {self.wrong}"


async def kills(scene: Scene, times: int, seed: int = 1) -> Result:
    """Kill the bot at random moments while people ask and Slack fails."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
    await _weather(scene, seed)
    async with _crowd(scene, dice):
        for _ in range(times):
            bot = scene.start()
            await bot.ready()
            await asyncio.sleep(dice.uniform(0, 1.2))  # no wait for anything: the moment it dies at
            bot.kill()
    return await _ended(scene, "SIGKILL at random under load, Slack failing", times)


async def points(scene: Scene, rounds: int, seed: int = 1) -> Result:
    """Let a bot die at every named point, each next one finding what the last one left."""
    missed: Counter[str] = Counter()
    for number in range(rounds):
        nth = (seed + number - 1) % PASSES + 1
        for point in mortal.POINTS:
            missed[f"missed_{point}"] += await _dies_at(scene, point, nth)
    times = rounds * len(mortal.POINTS)
    return await _ended(scene, "SIGKILL at each named point", times, **missed)


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
    return await _ended(scene, what, count, told_too_few=few)


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
    return await _ended(scene, "Answer lost after Slack stored", count, posted_again=again)


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
    await _tidied(scene)
    left = sum([await _ours_at(scene, ask) for ask in scene.asks])
    what = "Placeholder stored so late that there is another one"
    odd = {"not_made": abs(2 * count - before), "left": abs(left - count)}
    return await _ended(scene, what, count, **odd)


async def zombies(scene: Scene, times: int, _seed: int = 1) -> Result:
    """Stop a bot past its leases, let another take over, and let the first go on."""
    written = 0
    for _ in range(times):
        zombie = scene.start()
        await zombie.ready()
        asks = [await scene.say(WORK_S) for _ in range(3)]
        names = {ask.name for ask in asks}
        await _noted(scene, "begin", names, zombie)
        zombie.signal(signal.SIGSTOP)
        other = scene.start()
        await other.ready()
        await answered(scene)
        zombie.signal(signal.SIGCONT)
        await _noted(scene, "left", names, zombie)
        await zombie.stop()  # what it would write, it has written now
        await other.stop()
        written += _by_zombies(scene)
    return await _ended(scene, "Bot stopped past its lease, then continued", times, wrote=written)


async def pauses(scene: Scene, times: int, _seed: int = 1) -> Result:
    """Stop the only bot past its leases, and let it go on."""
    bot = scene.start()
    await bot.ready()
    for _ in range(times):
        names = {(await scene.say(WORK_S)).name for _ in range(3)}
        await _noted(scene, "begin", names, bot)
        bot.signal(signal.SIGSTOP)
        await scene.until(lambda: _lapsed(scene), 60, "the leases have run out")
        bot.signal(signal.SIGCONT)
        await answered(scene)
    return await _ended(scene, "The only bot stopped past its lease, then continued", times)


async def rolling(scene: Scene, times: int, seed: int = 1, *, instances: int) -> Result:
    """Stop and start one bot after the other, as a deployment does, while people ask."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
    bots = [scene.start() for _ in range(instances)]
    for bot in bots:
        await bot.ready()
    bad = 0
    async with _crowd(scene, dice, every_s=0.2, commands=instances > 1):
        for number in range(times):
            bad += await bots[number % instances].stop() != 0
            bots[number % instances] = scene.start()
            await bots[number % instances].ready()
    async with _deciding(scene):
        await settled(scene)
    unacked = len(scene.commands) - sum(scene.commands)
    said = "delivered"
    failed = scene.rows("SELECT count(*) FROM request WHERE outcome <> ?", said)[0][0]
    what = f"Rolling restart by SIGTERM, {instances} at work"
    errors = {"bad_exits": bad, "unacknowledged": unacked, "failed": failed}
    return await _ended(scene, what, times, **errors)


async def _ended(scene: Scene, what: str, times: int, **extra: int) -> Result:
    """Let one healthy bot finish in good weather, then judge."""
    await scene.client.clear_faults()
    if not scene.alive:
        await scene.start().ready()
    async with _deciding(scene):
        await settled(scene)
    await _tidied(scene)
    for bot in scene.alive:
        await bot.stop()
    asked = len(scene.asks) + len(scene.commands)
    return Result(what=what, times=times, asked=asked, found=await judged(scene), extra=extra)


async def _tidied(scene: Scene) -> None:
    """Start once more: that is when a bot looks for messages that it has twice."""
    for bot in scene.alive:
        await bot.stop()
    bot = scene.start()
    await bot.ready()

    async def looked() -> bool:
        return "spare messages were removed" in bot.log.read_text()

    await scene.until(looked, 60, "the janitor has looked")


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


@asynccontextmanager
async def _deciding(scene: Scene) -> AsyncGenerator[None]:
    """Let reviewers decide on what waits for them, as long as the block lasts."""
    async with _beside(scene.decide):
        yield


@asynccontextmanager
async def _crowd(
    scene: Scene, dice: random.Random, *, every_s: float = 0.35, commands: bool = False
) -> AsyncGenerator[None]:
    """Let people ask, too."""

    async def ask(over: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            while not over.is_set():
                await scene.say(dice.choice((0.0, 0.0, 0.5, 2.0)), dice.choice(VERBS))
                if commands:
                    group.create_task(scene.command())
                await passed(over, every_s)  # a steady load

    async with _beside(ask), _deciding(scene):
        yield


@asynccontextmanager
async def _beside(
    work: Callable[[asyncio.Event], Coroutine[None, None, None]],
) -> AsyncGenerator[None]:
    """Do something as long as the block lasts; nothing of it is broken off."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(work(over))
        try:
            yield
        finally:
            over.set()


async def _dies_at(scene: Scene, point: str, nth: int) -> int:
    """Start a bot that dies at a point, and give it reason to get there; return 1 if it did not."""
    bot = scene.start(point, nth)
    with suppress(AssertionError):  # some points are reached before it is ready
        await bot.ready()
    reviewed = "hold" in point or "decide" in point
    beside = nullcontext() if "hold" in point else _deciding(scene)
    async with beside:
        for _ in range(nth):
            await scene.say(1.8 if point == "in-stream" else 0.0)
            await scene.say(0.0, "paint" if reviewed else "program")
        if "release" in point:
            await answered(scene)
            bot.signal(signal.SIGTERM)
        return int(await _end_of(bot) != -signal.SIGKILL)


async def _end_of(bot: Bot) -> int:
    try:
        return await bot.ended(DEAD_S)
    except AssertionError:
        bot.kill()
        return 0


async def _noted(scene: Scene, what: str, names: set[str], bot: Bot) -> None:
    """Wait until a bot's generators have written this down for all of these."""

    async def all_of_them() -> bool:
        notes = journal(scene.notes)
        return names <= {n.name for n in notes if (n.what, n.process) == (what, bot.pid)}

    await scene.until(all_of_them, 60, f"{what} of {names}")


async def _lapsed(scene: Scene) -> bool:
    rows = scene.rows("SELECT max(lease_until_ms) FROM request WHERE owner IS NOT NULL")
    return bool(rows[0][0] is None or rows[0][0] < now_ms())


def _by_zombies(scene: Scene) -> int:
    """Count what an attempt wrote after another one had begun: only `aborted`, by that other."""
    usage = """SELECT count(*) FROM usage u WHERE outcome <> 'aborted' AND attempt <
        (SELECT max(attempt) FROM usage l WHERE l.request_id = u.request_id)"""
    output = """SELECT count(*) FROM output o WHERE attempt <
        (SELECT max(attempt) FROM usage l WHERE l.request_id = o.request_id)"""
    return sum(int(scene.rows(query)[0][0]) for query in (usage, output))
