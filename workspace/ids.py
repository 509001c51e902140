"""Names for new things: message timestamps, ids in Slack's form, and secrets for URLs."""

import secrets
import uuid

from workspace.clock import Clock

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ID_WIDTH = 8


def base36(number: int) -> str:
    """Write a number with digits and capital letters, as Slack's ids are.

    >>> base36(35), base36(36)
    ('Z', '10')
    """
    digits = ""
    while number:
        number, rest = divmod(number, len(_DIGITS))
        digits = _DIGITS[rest] + digits
    return digits or "0"


class Ids:
    """Gives every thing a name that no other thing of this workspace has."""

    def __init__(self, clock: Clock) -> None:
        """Count from one; timestamps follow the clock."""
        self._clock = clock
        self._count = 0
        self._last_us = 0

    def ts(self) -> str:
        """Return a message timestamp (`seconds.microseconds`), later than every one before."""
        self._last_us = max(self._last_us + 1, int(self._clock.now() * 1_000_000))
        seconds, micros = divmod(self._last_us, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def next(self, prefix: str) -> str:
        """Return an id such as `F00000012`."""
        self._count += 1
        return prefix + base36(self._count).rjust(_ID_WIDTH, "0")

    def short(self) -> str:
        """Return a name for a block or element that its author left without one."""
        self._count += 1
        return base36(self._count).lower()

    def counted(self) -> dict[str, int]:
        """Return how far it has counted, for `resume`."""
        return {"count": self._count, "last_us": self._last_us}

    def resume(self, count: int, last_us: int) -> None:
        """Go on where another one stopped, so that no name is given twice."""
        self._count, self._last_us = count, last_us

    def envelope(self) -> str:
        """Return an envelope id (a UUID)."""
        return str(uuid.uuid4())

    def secret(self) -> str:
        """Return a part of a URL that nobody can guess."""
        return secrets.token_urlsafe(18)
