import asyncio
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bot.life.run import DIED, Life, live


@dataclass
class Bot:
    """A bot of events: it works until it is let go, and notes what happens to it."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    happened: list[str] = field(default_factory=list)
    beside: dict[str, Callable[[], object]] = field(default_factory=dict)
    error: Exception | None = None

    async def work(self) -> None:
        if self.error:
            raise ExceptionGroup("in a task of its own", [self.error])
        try:
            await self.left.wait()
            await self.finished.wait()
            self.happened.append("finished")
        finally:
            self.happened.append("handed back")

    def leave(self) -> None:
        self.happened.append("left")
        self.left.set()

    async def shut(self) -> None:
        self.happened.append("shut")

    async def forever(self) -> None:
        await asyncio.Event().wait()

    def life(self, **beside: Callable[[], object]) -> Life:
        named = {"forever": self.forever, **beside}
        return Life(work=self.work, leave=self.leave, shut=self.shut, beside=named)  # pyrefly: ignore[bad-argument-type] - a test's functions


def kill() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def test_a_signal_lets_it_finish_what_is_in_hand() -> None:
    bot = Bot()
    living = asyncio.create_task(live(bot.life(), drain_s=60, ready=kill))
    await bot.left.wait()
    assert not living.done()
    bot.finished.set()
    assert await living == 0
    assert sorted(bot.happened) == ["finished", "handed back", "left", "shut"]


async def test_what_does_not_finish_in_time_is_handed_back() -> None:
    bot = Bot()
    assert await live(bot.life(), drain_s=0.01, ready=kill) == 0
    assert bot.happened == ["left", "shut", "handed back"]


async def test_a_second_signal_does_not_wait() -> None:
    bot = Bot()
    living = asyncio.create_task(live(bot.life(), drain_s=3600, ready=kill))
    await bot.left.wait()
    kill()
    assert await living == 0
    assert bot.happened == ["left", "shut", "handed back"]


async def test_a_task_that_dies_ends_the_process_and_says_which_and_not_what(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def dies() -> None:
        raise ValueError("prompt-canary")

    bot = Bot()
    assert await live(bot.life(dies=dies), drain_s=60, ready=lambda: None) == DIED
    assert bot.happened == ["handed back"]
    (record,) = caplog.records
    assert record.getMessage() == "the task dies died of ValueError; so does the bot"
    assert isinstance(record.args, dict)
    assert str(record.args["frames"]).endswith(" dies']")
    assert "canary" not in str(record.args)


async def test_so_does_one_that_only_ends(caplog: pytest.LogCaptureFixture) -> None:
    async def ends() -> None:
        return

    assert await live(Bot().life(ends=ends), drain_s=60, ready=lambda: None) == DIED
    assert caplog.messages == ["the task ends ended; so does the bot"]


async def test_work_that_dies_is_told_by_its_first_cause(caplog: pytest.LogCaptureFixture) -> None:
    bot = Bot(error=KeyError("x"))
    assert await live(bot.life(), drain_s=60, ready=lambda: None) == DIED
    assert "the task work died of" in caplog.text
    assert len(caplog.records) == 1


async def test_what_dies_while_it_drains_is_no_clean_end(caplog: pytest.LogCaptureFixture) -> None:
    bot = Bot()

    async def breaks() -> None:
        await bot.left.wait()
        raise OSError

    assert await live(bot.life(breaks=breaks), drain_s=60, ready=kill) == DIED
    assert [record.levelno for record in caplog.records][-1] == logging.CRITICAL


async def test_the_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    bot = Bot()
    bot.finished.set()
    assert await live(bot.life(), drain_s=60, ready=kill) == 0
    assert signal.getsignal(signal.SIGTERM) == before
