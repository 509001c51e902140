"""A whole pipeline whose generator is scripted and whose screen is a list."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.admission import Limits
from bot.delivery.posting import Place
from bot.ledger.audit import mismatches
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease
from bot.pipeline import Pipeline
from bot.views.amounts import Blank
from bot.views.notices import Notice
from generators.draft import Content, Cost, Destination, Draft, Request, words
from generators.draft import Line as Said
from generators.sentences import language
from moderation.gate import Cleared, Gate, Held
from tests.bot.builders import body, draft, execute, gate, keys

SENT = """INSERT INTO send (request_id, part, channel, sent_ms, ts)
    SELECT id, 0, channel, 0, '1.5' FROM request WHERE true ON CONFLICT DO NOTHING"""
LIMITS = Limits(per_user=5, overall=20, deadline_s=600, beat_s=60, patience_s=0, at_work=8)


async def until(condition: Callable[[], bool]) -> None:
    """Let everything else run until something is so."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


@dataclass
class Scripted:
    """Yields what it was told to, an exception where there is one, and counts its work."""

    script: Sequence[Content | str | Exception | asyncio.Event] = ("Five days.",)
    begun: int = 0
    closed: int = 0
    asked: list[Request] = field(default_factory=list)

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        self.begun += 1
        self.asked.append(request)
        try:
            for number, step in enumerate(self.script, 1):
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                    continue
                yield draft(request, body(step), Cost(model="tiny", output_tokens=number))
        finally:
            self.closed += 1


@dataclass
class Screen:
    """What a person sees: each state of the one message of each request, oldest first."""

    gate: Gate
    seen: dict[str, list[str]] = field(default_factory=dict)
    troubles: list[Exception | None] = field(default_factory=list)
    """What goes wrong with the next calls of `show`."""
    placing: Exception | None = None
    moving: Exception | None = None
    places: list[str] = field(default_factory=list)
    """The channel of each answer."""
    warned: list[str] = field(default_factory=list)
    """What only the person who asked was told."""
    ts: str = "1.5"
    stopped: list[bool] = field(default_factory=list)
    """Of each whole answer whether it says that it is not all."""

    async def place(
        self, request: Request, opening: Notice = Notice.WORKING, **blanks: Blank
    ) -> Place:
        await asyncio.sleep(0)
        if self.placing:
            raise self.placing
        place = Place(request, request.reply_to.channel, self.ts, language(request.prompt))
        if self.seen.setdefault(request.id.hex, []) == [] and opening is Notice.QUEUED:
            await self.progress(place, opening, **blanks)
        return place

    async def progress(self, place: Place, item: Notice, **blanks: Blank) -> None:
        self.seen[place.request.id.hex].append(item.text(place.language, **blanks))

    async def show(self, place: Place, item: Cleared | Notice, model: str, **blanks: Blank) -> None:
        del model
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble
        if isinstance(item, Notice):
            await self.progress(place, item, **blanks)
            return
        content = self.gate.open(item, place.request.reply_to)
        self.places.append(place.channel)
        self.stopped += [place.stopped] if item.whole else []
        self.seen[place.request.id.hex].append(words(content))

    async def move(self, place: Place) -> Place:
        if self.moving:
            raise self.moving
        aside = replace(place.request, reply_to=Destination(channel=place.request.user))
        await self.progress(place, Notice.MOVED)
        return Place(aside, f"D{aside.user}", "2.5", place.language)

    async def warn(self, place: Place, item: Notice, **blanks: Blank) -> None:
        self.warned.append(item.text(place.language, **blanks))

    def last(self, request: Request) -> str:
        return self.seen[request.id.hex][-1]


@dataclass
class Asked:
    """The reviewers' queue as a list."""

    held: list[Held] = field(default_factory=list)

    async def ask(self, held: Held) -> None:
        self.held.append(held)


@dataclass
class Unread:
    """Reads what it was given, or fails to."""

    trouble: Exception | None = None
    context: tuple[Said, ...] = ()

    async def gather(self, request: Request) -> Request:
        if self.trouble:
            raise self.trouble
        return replace(request, context=self.context)


@dataclass
class Line:
    """The pipeline and everything around it."""

    ledger: Ledger
    generator: Scripted = field(default_factory=Scripted)
    gate: Gate = field(default_factory=gate)
    limits: Limits = LIMITS
    reading: Unread = field(default_factory=Unread)
    reviewers: Asked = field(default_factory=Asked)

    def __post_init__(self) -> None:
        self.screen = Screen(self.gate)
        self.pipeline = self.made()

    def made(self, **given: Any) -> Pipeline:
        usual: dict[str, Any] = {
            "generators": {"ask": self.generator},
            "gate": self.gate,
            "delivery": self.screen,
            "ledger": self.ledger,
            "reading": self.reading,
            "reviews": self.reviewers,
            "limits": self.limits,
        }
        return Pipeline(**{**usual, **given})

    async def begun(self, request: Request) -> Lease:
        """Accept and greet a request, and claim it for work."""
        await self.ledger.accept(request)
        greeting = await self.ledger.claim("greet")
        assert greeting is not None
        await self.pipeline.handle(greeting)
        lease = await self.ledger.claim()
        assert lease is not None
        return lease

    async def answer(self, request: Request) -> str:
        """Bring a request to its end and return what is seen last."""
        await self.pipeline.handle(await self.begun(request))
        return self.screen.last(request)


def agrees(db: str, *, sent: bool = True) -> None:
    """Check the books; the screen of these tests records no messages."""
    if sent:
        execute(db, SENT)
    engine = connect(db)
    assert list(mismatches(engine, keys())) == []
    engine.dispose()
