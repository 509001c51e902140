"""One request from the command line, through the whole pipeline: same gate, same ledger."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never
from uuid import uuid4

from bot.admission import Limits
from bot.core import Core
from bot.delivery.posting import Place
from bot.masking import Masked
from bot.pipeline import Pipeline
from bot.views.amounts import Blank
from bot.views.notices import Notice
from generators.draft import Destination, Request, UserId, payload, words
from generators.sentences import language
from moderation.gate import Cleared, Gate, Held

USER = UserId("operator")
HERE = Destination(channel="terminal", only_for=USER)
LIMITS = Limits(per_user=1000, overall=1000, deadline_s=3600, beat_s=10, patience_s=0, at_work=1)


@dataclass(slots=True)
class Terminal:
    """Shows answers on stdout, or keeps their bytes in a file."""

    gate: Gate
    file: Path | None = None
    answered: bool = False
    """Whether what was shown last was what was asked for, and not a sentence that says why not."""

    async def place(
        self, request: Request, opening: Notice = Notice.WORKING, **blanks: Blank
    ) -> Place:
        """Show nothing yet."""
        del opening, blanks
        return Place(request, HERE.channel, "", language(request.prompt))

    async def progress(self, place: Place, item: Notice, **blanks: Blank) -> None:
        """Say how far it is, on stderr."""
        sys.stderr.write(item.text(place.language, **blanks) + "\n")

    async def show(self, place: Place, item: Cleared | Notice, model: str, **blanks: Blank) -> None:
        """Print the answer, or write its bytes to the file."""
        match item:
            case Notice():
                sys.stderr.write(item.text(place.language, **blanks) + "\n")
            case Cleared():
                content = self.gate.open(item, HERE)
                data = payload(content)
                if data and self.file:
                    self.file.write_bytes(data)
                self.answered = bool(data) or self.file is None
                sys.stdout.write(f"{words(content)}\n")
            case other:
                assert_never(other)
        sys.stderr.write(" · ".join(filter(None, (model, place.request.name))) + "\n")

    async def move(self, place: Place) -> Place:
        """Stay: nobody else reads a terminal."""
        return place

    async def warn(self, place: Place, item: Notice, **blanks: Blank) -> None:
        """Say it on stderr."""
        await self.progress(place, item, **blanks)

    async def ask(self, held: Held) -> None:
        """Nobody can be asked here: what was held stays in the ledger."""

    async def gather(self, request: Request) -> Request:
        """Nothing was said before in a terminal."""
        return request


async def answer(
    parts: Core, verb: str, prompt: str, flags: dict[str, str], file: Path | None = None
) -> bool:
    """Bring one request to its end; tell whether it was answered."""
    terminal = Terminal(parts.gate, file)
    line = Pipeline(
        generators=parts.generators,
        gate=parts.gate,
        delivery=terminal,
        ledger=parts.ledger,
        reading=Masked.of(terminal, parts.gate, parts.settings.verbs),
        reviews=terminal,
        limits=LIMITS,
    )
    request = Request(id=uuid4(), verb=verb, prompt=prompt, user=USER, reply_to=HERE, flags=flags)
    await line.handle(await parts.ledger.begin(request))
    return terminal.answered
