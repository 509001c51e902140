"""The trials by which bots are stopped: past their leases, and as a deployment does."""

import random
import signal

from bot.ledger.rows import now_ms
from tests.faults.crowd import crowd, deciding
from tests.faults.judge import answered, settled
from tests.faults.processes import Process
from tests.faults.result import Result, ended
from tests.faults.scene import Scene
from tests.faults.scripted import journal

WORK_S = 2.0
"""How long an answer takes, where a bot shall be stopped while it works on it."""


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
    return await ended(scene, "Bot stopped past its lease, then continued", times, wrote=written)


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
    return await ended(scene, "The only bot stopped past its lease, then continued", times)


async def rolling(scene: Scene, times: int, seed: int = 1, *, instances: int) -> Result:
    """Stop and start one bot after the other, as a deployment does, while people ask."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
    bots = [scene.start() for _ in range(instances)]
    for bot in bots:
        await bot.ready()
    bad = 0
    async with crowd(scene, dice, every_s=0.6, commands=instances > 1, most=10 * times):
        for number in range(times):
            bad += await bots[number % instances].stop() != 0
            bots[number % instances] = scene.start()
            await bots[number % instances].ready()
    async with deciding(scene):
        await settled(scene)
    unacked = len(scene.commands) - sum(scene.commands)
    said = "delivered"
    failed = scene.rows("SELECT count(*) FROM request WHERE outcome <> ?", said)[0][0]
    what = f"Rolling restart by SIGTERM, {instances} at work"
    errors = {"bad_exits": bad, "unacknowledged": unacked, "failed": failed}
    return await ended(scene, what, times, **errors)


async def _noted(scene: Scene, what: str, names: set[str], bot: Process) -> None:
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
