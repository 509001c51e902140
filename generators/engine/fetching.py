"""How a download is shown: a bar on a terminal, now and then a line in a log."""

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

from generators.engine.hub import Offer
from generators.logs import Told

BAR_CHARS = 30
BAR_EVERY_S = 0.2
LINE_EVERY_S = 15.0
logger = logging.getLogger(__name__)


class Shown:
    """Shows how far a download is, not at every chunk; call it as `hub.Tell`."""

    def __init__(
        self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take where the bar goes, stderr if nothing is said, and a clock in seconds."""
        self._out = sys.stderr if out is None else out
        self._clock = clock
        self._next_s = -1.0

    def __call__(self, offer: Offer, here_bytes: int) -> None:
        """Show that so much is there."""
        now, over = self._clock(), here_bytes >= offer.size_bytes
        if now < self._next_s and not over:
            return
        bar = self._out.isatty()
        self._next_s = now + (BAR_EVERY_S if bar else LINE_EVERY_S)
        if bar:
            full = BAR_CHARS * here_bytes // max(1, offer.size_bytes)
            drawn = "#" * full + "-" * (BAR_CHARS - full)
            self._out.write(f"\r[{drawn}] {offer.sentence(here_bytes)}" + ("\n" if over else ""))
            self._out.flush()
        else:
            logger.info("%(reason)s", {"reason": Told(offer.sentence(here_bytes))})
