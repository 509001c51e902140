"""The processes of a scene, borne by the nursery, and how they are watched. Every wait ends."""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from tests.faults.nursery import Nursery

READY_S = 60.0
END_S = 60.0
_LOOK_AGAIN_S = 0.02
_TAIL = 2000


@dataclass(slots=True, kw_only=True)
class Process:
    """One process, and the files of its stdout and its stderr."""

    nursery: Nursery
    pid: int
    out: Path
    log: Path
    status: int | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs, or is stopped on the way."""
        if self.status is None:
            self.status = self.nursery.ended(self.pid)
        return self.status is None

    def said(self) -> str:
        """Return what it wrote on its stdout up to now."""
        return self.out.read_text(encoding="utf-8") if self.out.exists() else ""

    def logged(self) -> str:
        """Return what it wrote on its stderr up to now."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    async def says(self, word: str) -> str:
        """Wait until it writes a word on its stdout; return that line."""
        try:
            async with asyncio.timeout(READY_S):
                while not (
                    lines := [each for each in self.said().split("\n")[:-1] if word in each]
                ):
                    assert self.alive, f"it did not start: {self.logged()[-_TAIL:]}"
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except TimeoutError:
            raise self._late(f"it did not say {word}", READY_S) from None
        return lines[0]

    async def ended(self, timeout_s: float = END_S) -> int:
        """Wait for its end; return its exit status, below zero for a signal."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.alive:  # noqa: ASYNC110 - the nursery answers, and does not call
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except TimeoutError:
            raise self._late("it did not end", timeout_s) from None
        assert self.status is not None
        return self.status

    async def ready(self) -> None:
        """Wait until a bot says that it is."""
        await self.says("ready")

    async def stop(self) -> int:
        """Ask a bot to stop, as a deployment does; return its exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
        while self.alive:
            time.sleep(0.001)

    def _line(self, word: str) -> str:
        """Return the first whole line of its stdout with a word in it, if there is one."""
        whole = self.said().split("\n")[:-1]
        return next((line for line in whole if word in line), "")

    def _late(self, what: str, timeout_s: float) -> AssertionError:
        return AssertionError(f"{what} within {timeout_s:g} s: {self.logged()[-_TAIL:]}")
