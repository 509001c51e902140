"""What the pipeline needs of others, whoever they are: messages to read, and people to tell."""

from typing import Protocol

from bot.delivery.posting import Place
from bot.roles import Denial
from bot.views.amounts import Blank
from bot.views.notices import Notice
from generators.draft import Request
from moderation.gate import Cleared, Held


class Reading(Protocol):
    """Where the messages come from that a request is about."""

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages. Raises ContextUnavailable."""
        ...


class Understanding(Protocol):
    """What is asked by words that name no verb."""

    async def meant(self, request: Request) -> Request:
        """Return what is asked. Raises LedgerUnavailable."""
        ...


class Showing(Protocol):
    """What makes people see an answer: Slack, or a terminal."""

    async def place(
        self, request: Request, opening: Notice = Notice.WORKING, **blanks: Blank
    ) -> Place:
        """Show that the request was heard; once, however often it is called."""
        ...

    async def progress(self, place: Place, item: Notice, **blanks: Blank) -> None:
        """Say how far it is."""
        ...

    async def show(self, place: Place, item: Cleared | Notice, model: str, **blanks: Blank) -> None:
        """Make the one message of the request say this."""
        ...

    async def move(self, place: Place) -> Place:
        """Go on where only the person who asked reads it, and say so where it began."""
        ...

    async def warn(self, place: Place, item: Notice, **blanks: Blank) -> None:
        """Tell the person who asked, and nobody else, a fixed sentence."""
        ...


class Allowing(Protocol):
    """Who may ask, and where answers may be read."""

    async def denial(self, request: Request, *, fresh: bool = False) -> Denial | None:
        """Return what speaks against a request; `fresh`: by what is true now."""
        ...

    async def is_shared(self, channel: str) -> bool:
        """Tell whether people read a channel who may not read answers."""
        ...


class Asking(Protocol):
    """Who is asked about what was held."""

    async def ask(self, held: Held) -> None:
        """Show it to the reviewers, once."""
        ...
