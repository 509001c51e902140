"""Uploads on their way: the address that takes the bytes once, how long it lasts, how much fits.

It knows file ids and sizes, no files.
"""

import os
from dataclasses import dataclass, field

from workspace.clock import Clock
from workspace.ids import Ids

_GIB = 1 << 30


def memory_share() -> int:
    """Return a quarter of this machine's memory in bytes; 1 GiB where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    except (AttributeError, OSError, ValueError):
        return _GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """How large one file and all files together may be, and how long an upload address lasts.

    One file: 1 GB (docs.slack.dev/messaging/working-with-files). All of them are held in memory.
    Slack documents no lifetime of an address; an hour is ours.
    """

    file_bytes: int = _GIB
    stored_bytes: int = field(default_factory=memory_share)
    address_s: float = 3600.0


@dataclass(slots=True, kw_only=True)
class Ticket:
    """Leave to post `length` bytes of one file, once."""

    file_id: str
    length: int
    expires: float
    is_taken: bool = False


class Uploads:
    """The tickets by the secret part of their address, oldest first."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        """Start without tickets."""
        self.limits = FileLimits()
        self._clock = clock
        self._ids = ids
        self._tickets: dict[str, Ticket] = {}
        self._arriving_bytes = 0

    @property
    def arriving_bytes(self) -> int:
        """How many bytes the posts under way have leave to bring."""
        return self._arriving_bytes

    def open(self, file_id: str, length: int) -> str:
        """Issue a ticket; return the secret of its address."""
        secret = self._ids.secret()
        expires = self._clock.now() + self.limits.address_s
        self._tickets[secret] = Ticket(file_id=file_id, length=length, expires=expires)
        return secret

    def take(self, secret: str) -> Ticket | None:
        """Take a ticket for one post; None when it is unknown, expired or taken."""
        ticket = self._tickets.get(secret)
        if ticket is None or ticket.is_taken or ticket.expires <= self._clock.now():
            return None
        ticket.is_taken = True
        self._arriving_bytes += ticket.length
        return ticket

    def end(self, ticket: Ticket, *, arrived: bool) -> None:
        """End a post; when the bytes did not arrive, the address may be used again."""
        ticket.is_taken = arrived
        self._arriving_bytes -= ticket.length

    def expired(self) -> list[str]:
        """Forget the tickets that are past their time; return their files' ids."""
        gone: list[str] = []
        while (secret := next(iter(self._tickets), "")) and self._is_over(secret):
            gone.append(self._tickets.pop(secret).file_id)
        return gone

    def _is_over(self, secret: str) -> bool:
        return self._tickets[secret].expires <= self._clock.now()
