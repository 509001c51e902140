"""A circuit breaker: after some failures in a row it lets through one try at a time, now and then.

Knows neither what is tried nor a loop; the clock is given. A try whose end nobody tells (it was
cancelled) holds nothing up: the next one comes after the next rest.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

State = Literal["closed", "trying", "open"]


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Whether something may be tried. `closed`: always; `open`: not now; `trying`: once, now."""

    name: str
    failures: int = 3
    """How many in a row open it."""
    rest_s: float = 5.0
    """Seconds between two tries while it is open."""
    now: Callable[[], float] = time.monotonic
    _failed: int = field(default=0, init=False)
    _rests_until: float = field(default=0.0, init=False)

    @property
    def state(self) -> State:
        """Where it stands; asking changes nothing."""
        if self._failed < self.failures:
            return "closed"
        return "open" if self.now() < self._rests_until else "trying"

    def admits(self) -> bool:
        """Tell whether to try; while it is open, that is so once after each rest."""
        match self.state:
            case "closed":
                return True
            case "open":
                return False
            case "trying":
                self._rests_until = self.now() + self.rest_s
                return True

    def succeeded(self) -> None:
        """Note that a try went well: it is closed."""
        self._failed = 0

    def failed(self) -> None:
        """Note that a try went wrong; it rests once there were enough in a row."""
        self._failed = min(self._failed + 1, self.failures)
        if self._failed == self.failures:
            self._rests_until = self.now() + self.rest_s

    def trip(self) -> bool:
        """Open it at once; tell whether it was closed until now."""
        was_closed = self.state == "closed"
        self._failed = self.failures - 1
        self.failed()
        return was_closed
