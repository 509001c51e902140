"""Ends the process when a model's thread hangs: nothing else gets it back from a stuck device.

Whoever started the engine starts it again (`atelier up`, a service manager); clients get a last
event first.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from generators.engine.pulse import Pulse

STATUS = 70
"""The exit status of a process that lost one of its parts, as the bot has it."""
LAST_WORDS_S = 1.0
_FRAMES = 12
logger = logging.getLogger(__name__)


def leave() -> None:
    """End the process here and now: a thread that hangs would hold up any other exit."""
    logging.shutdown()
    os._exit(STATUS)


class Watchdog:
    """A thread that looks whether others get on."""

    def __init__(
        self,
        pulses: Callable[[], Mapping[str, Pulse]],
        limit_s: float,
        *,
        farewell: Callable[[], None],
        end: Callable[[], None] = leave,
    ) -> None:
        """Take what beats, by name, and after how many seconds without a step all is over.

        Then `farewell` is called, which tells the clients, and a second later `end`.
        """
        self._pulses = pulses
        self._limit_s = limit_s
        self._farewell = farewell
        self._end = end
        self._stopping = threading.Event()

    def start(self) -> None:
        """Watch from now on; a limit of 0 watches nothing."""
        if self._limit_s > 0:
            threading.Thread(target=self._watch, name="engine-watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.wait(min(1.0, self._limit_s / 4)):
            for part, pulse in self._pulses().items():
                if pulse.stalled_s > self._limit_s:
                    self._give_up(part, pulse)
                    return

    def _give_up(self, part: str, pulse: Pulse) -> None:
        frames = [f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in pulse.where()]
        about = {"part": part, "wait_s": round(pulse.stalled_s), "frames": frames[-_FRAMES:]}
        logger.critical(
            "the %(part)s model has made no step for %(wait_s)s s, so the engine ends: %(frames)s",
            about,
        )
        self._farewell()
        self._stopping.wait(LAST_WORDS_S)
        self._end()
