"""One bot from its start to its end: everything it runs in one TaskGroup, and an orderly way out.

A task that dies takes the process with it (exit 70), so that nothing is ever half alive; whoever
started the bot starts it again. A signal makes it finish what it has in hand; a second one, not.
"""

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.life.logs import frames

log = logging.getLogger(__name__)

DIED = 70
"""EX_SOFTWARE of sysexits.h."""

Work = Callable[[], Awaitable[object]]


class Ended(Exception):  # noqa: N818 - reads as the state it names
    """A task that should last as long as the process came to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What one bot runs, and how each part is told to stop."""

    work: Work
    """Claims and answers, until `leave` was called and nothing is in hand any more."""
    leave: Callable[[], None]
    """Says that nothing more is to be claimed."""
    shut: Work
    """Stops taking what Slack sends, once what was taken is acknowledged."""
    beside: Mapping[str, Work] = field(default_factory=dict)
    """What runs as long as the process, by name."""
    url: str = ""
    """Where it listens for Slack; empty where it does not."""


async def live(life: Life, *, drain_s: float, ready: Callable[[], None]) -> int:
    """Run until a signal comes, then drain; return the exit status, 0 or 70."""
    status = 0
    try:
        async with _signals() as asked, asyncio.TaskGroup() as group:
            beside = [group.create_task(_last(name, work)) for name, work in life.beside.items()]
            working = group.create_task(_named("work", life.work))
            ready()
            await asked.get()
            await _drain(life, working, asked, drain_s)
            for task in (working, *beside):
                task.cancel()
    except* Exception:  # noqa: BLE001 - it was told where it happened; the process ends with it
        status = DIED
    return status


async def _drain(
    life: Life, working: asyncio.Task[None], asked: asyncio.Queue[int], drain_s: float
) -> None:
    """Give what is in hand `drain_s` to be finished, or until the next signal."""
    log.info("stopping: what is in hand has %(wait_s)s s", {"wait_s": drain_s})
    life.leave()
    shutting = asyncio.create_task(_named("intake", life.shut))
    hurried = asyncio.create_task(asked.get())
    loop = asyncio.get_running_loop()
    under_way, until = {working, shutting}, loop.time() + drain_s
    try:
        while under_way and not hurried.done() and (left_s := until - loop.time()) > 0:
            waited = {*under_way, hurried}
            await asyncio.wait(waited, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            under_way = {task for task in under_way if not task.done()}
        if under_way:
            log.warning("stopping at once: what is in hand is handed back")
    finally:
        for task in (shutting, hurried):
            task.cancel()
        await asyncio.wait({shutting, hurried})


async def _last(name: str, work: Work) -> None:
    """Run what should never end."""
    await _named(name, work)
    log.critical("the task %(task)s ended; so does the bot", {"task": name})
    raise Ended(name)


async def _named(name: str, work: Work) -> None:
    """Run a task, and say of which one an error is."""
    try:
        await work()
    except Exception as error:
        cause = next(_leaves(error))
        about = {"task": name, "error": type(cause).__name__, "frames": frames(cause)}
        log.critical("the task %(task)s died of %(error)s; so does the bot", about)
        raise


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


@asynccontextmanager
async def _signals() -> AsyncGenerator[asyncio.Queue[int]]:
    """Yield a queue of the signals that ask to stop."""
    loop, asked = asyncio.get_running_loop(), asyncio.Queue[int]()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, asked.put_nowait, number)
    try:
        yield asked
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
