"""What a generator is asked and what it answers: plain values, no framework, no third-party import.

Expected failures are one tree, caught in one place (`bot.pipeline`):

    GenerationError
    ├── EngineUnavailable   the engine does not answer, or its model is still loading
    │   ├── EngineBusy      it has too much to do, and may have said when to come again
    │   └── EngineCrashed   it broke off while it worked on this very request
    ├── AccessRefused       it does not take the key that it was given
    ├── ModelMissing        nothing is installed that could do this
    ├── DeadlineExceeded    it took longer than the request may take
    ├── PromptRejected      the engine refused the request's shape: too long, too large
    └── ContextUnavailable  the messages that it is about cannot be read
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NewType, Protocol, assert_never
from uuid import UUID

UserId = NewType("UserId", str)

CodeState = Literal["passed", "failed", "checked", "unchecked"]
CallOutcome = Literal["ok", "error", "aborted"]
BUILT_IN: Final = "built-in"
"""Stands for a model where none was used, alone or before what did the work."""


class GenerationError(Exception):
    """A generator could not answer, for a reason that a person can be told."""


class EngineUnavailable(GenerationError):  # noqa: N818 - reads as the state it names
    """The engine does not answer, or its model is still loading."""

    after_s: float = 0.0
    """Seconds after which to come again, where it said so."""


class EngineBusy(EngineUnavailable):
    """The engine has too much to do."""

    def __init__(self, message: str, *, after_s: float = 0.0) -> None:
        """Take a sentence and the seconds."""
        super().__init__(message)
        self.after_s = after_s


class EngineCrashed(EngineUnavailable):
    """The engine broke off while it worked on this very request, or answered it with nonsense."""


class AccessRefused(GenerationError):  # noqa: N818 - reads as the state it names
    """The engine does not take the key that it was given, or its account is used up."""


class ModelMissing(GenerationError):  # noqa: N818 - reads as the state it names
    """Nothing is installed that could do this."""


class DeadlineExceeded(GenerationError):  # noqa: N818 - reads as the state it names
    """It took longer than the request may take."""


class PromptRejected(GenerationError):  # noqa: N818 - reads as the state it names
    """The engine refused the request's shape: too long, or too large."""


class ContextUnavailable(GenerationError):  # noqa: N818 - reads as the state it names
    """The messages that the request is about cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an answer goes: a channel, the thread in it if there is one, or one person's eyes."""

    channel: str
    thread_ts: str | None = None
    only_for: UserId | None = None
    """Set for an ephemeral answer: nobody else in the channel sees it, and a reload removes it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a thread or channel, as material; never an instruction."""

    author: str
    text: str
    ts: str
    link: str = ""
    thread: str = ""
    """The `ts` of the message that its thread began with; empty where it stands in none."""
    reactions: int = 0
    writer: str = field(default="", compare=False)
    """The id of its author, for the books; no generator needs it."""
    place: str = ""
    """The channel, as people call it, where a request is about several."""
    answers: str = field(default="", compare=False)
    """The id of the request that it answers, where we wrote it."""
    files: tuple[str, ...] = field(default=(), compare=False)
    """The ids of the pictures that hang on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A picture that a request is about: one of our answers, or what a person sent."""

    image: "Image"
    mask: bytes = b""
    """A PNG file of its size; where it is wholly transparent, the picture is made anew."""
    is_made: bool = False
    """Whether a model made it: it is an answer of ours, or its marks say so."""
    model: str = ""
    """Which one made it, of nothing but the words in `alt`; empty where it is not that simple."""
    is_ours: bool = False
    """Whether it is an answer of ours, which was judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing a person, or the schedule, asked for."""

    id: UUID
    verb: str
    prompt: str
    user: UserId
    reply_to: Destination
    team: str = ""
    """The Slack workspace of the person who asks; empty on a terminal."""
    flags: Mapping[str, str] = field(default_factory=dict)
    context: tuple[Line, ...] = ()
    """The thread's or channel's messages, oldest first, where the verb reads them."""
    about: Destination | None = None
    """The thread that it is about, where the answer goes elsewhere."""
    pictures: tuple[Given, ...] = field(default=(), repr=False)
    """What it is about, where that is pictures: in memory only, gathered anew for each attempt."""
    stand_ins: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What stands in prompt and context for personal data, and for what: in memory only."""

    @property
    def shared(self) -> tuple[str, ...]:
        """The channels that every reader of the answer is known to be a member of."""
        return ((self.about or self.reply_to).channel,)

    @property
    def name(self) -> str:
        """The id as people see it and quote it to an operator.

        >>> Request(id=UUID(int=255 << 96), verb="ask", prompt="", user=UserId("U1"),
        ...         reply_to=Destination(channel="C1")).name
        'req_000000ff'
        """
        return f"req_{self.id.hex[:8]}"


@dataclass(frozen=True, slots=True)
class Text:
    """Words in Markdown."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What running a program came to; only the state says what that proves."""

    ran: bool = False
    tests: int = 0
    failed: int = 0
    ms: int = 0
    """How long it ran."""
    repairs: int = 0
    """How often it was changed because of what a run said."""


_TESTS: Final = "\n──── tests ────\n"
_NOTES: Final = "\n──── notes ────\n"


@dataclass(frozen=True, slots=True)
class Code:
    """A program, its tests, notes on it in Markdown, and what is known of whether it runs."""

    source: str
    language: str
    state: CodeState = "unchecked"
    tests: str = ""
    notes: str = ""
    tried: Tried = Tried()

    @property
    def text(self) -> str:
        r"""All three as one text, which `parted` takes apart again.

        >>> Code("x = 1", "python", notes="It is one.").text
        'x = 1\n──── notes ────\nIt is one.'
        """
        tests = f"{_TESTS}{self.tests}" if self.tests else ""
        return f"{self.source}{tests}{_NOTES}{self.notes}" if self.notes else self.source + tests

    def parted(self, text: str) -> "Code":
        """Return this program with all words taken from one text, as `text` puts them."""
        code, _, notes = text.partition(_NOTES)
        source, _, tests = code.partition(_TESTS)
        return replace(self, source=source, tests=tests, notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a picture was drawn by, so that the same can be drawn again."""

    prompt: str = ""
    """As the model read it, with the words of a style."""
    avoid: str = ""
    """What it should not show."""
    size: str = ""
    """WIDTHxHEIGHT in pixels."""
    steps: int = 0
    """0: as many as the model takes by itself."""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as PNG bytes, and its description for people who cannot see it."""

    png: bytes
    alt: str
    seed: int = 0
    drawn: Drawn = Drawn()
    note: str = ""
    """What is to be said beside it: which words its model does not know."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Several pictures of one prompt, as they were asked for, and the sheet that people see."""

    cells: tuple[Image | None, ...]
    """In the order of their numbers, from 1; None for one that moderation refused."""
    alt: str
    png: bytes = b""
    """All of them on one numbered sheet; empty before the gate has seen each of them."""
    note: str = ""
    """What is to be said beside them."""

    @property
    def pictures(self) -> tuple[Image, ...]:
        """Those that were not refused."""
        return tuple(cell for cell in self.cells if cell is not None)


_PICTURE: Final = "\n──── picture ────\n"


@dataclass(frozen=True, slots=True)
class Illustrated:
    """Words in Markdown with a picture beside them, in one message; each is judged alone."""

    body: str
    picture: Image | None = None
    """None where moderation refused it, which is said beside the words."""

    @property
    def text(self) -> str:
        r"""The words and the description of the picture as one, which `parted` takes apart again.

        >>> Illustrated("Tea is back.", Image(b"", "a cup")).text
        'Tea is back.\n──── picture ────\na cup'
        """
        return self.body + (f"{_PICTURE}{self.picture.alt}" if self.picture else "")

    def parted(self, text: str) -> "Illustrated":
        """Return the same picture with all words taken from one text, as `text` puts them."""
        body, _, alt = text.partition(_PICTURE)
        return Illustrated(body, replace(self.picture, alt=alt) if self.picture else None)


@dataclass(frozen=True, slots=True)
class Audio:
    """Speech as WAV bytes, and its transcript."""

    wav: bytes
    transcript: str


Content = Text | Code | Image | Grid | Illustrated | Audio


def words(content: Content) -> str:
    """Return everything in it that a person could read."""
    match content:
        case Text(body):
            return body
        case Code() | Illustrated():
            return content.text
        case Image(alt=alt, note=note) | Grid(alt=alt, note=note):
            return f"{alt}{_NOTES}{note}" if note else alt
        case Audio(transcript=transcript):
            return transcript
        case other:
            assert_never(other)


def reworded(content: Content, text: str) -> Content:
    """Return the same content with its readable part replaced."""
    match content:
        case Text():
            return Text(text)
        case Code():
            anew = content.parted(text)
            if (anew.source, anew.tests) == (content.source, content.tests):
                return anew
            return replace(anew, state="unchecked", tried=Tried())  # this text never ran
        case Image() | Grid():
            alt, _, note = text.partition(_NOTES)
            return replace(content, alt=alt, note=note)
        case Illustrated():
            return content.parted(text)
        case Audio():
            return replace(content, transcript=text)
        case other:
            assert_never(other)


def payload(content: Content) -> bytes:
    """Return the bytes in it that no person can read: a picture's, a sheet's, a recording's."""
    match content:
        case Text() | Code():
            return b""
        case Image(png=png) | Grid(png=png):
            return png
        case Illustrated(picture=picture):
            return picture.png if picture else b""
        case Audio(wav=wav):
            return wav
        case other:
            assert_never(other)


def fingerprint(content: Content) -> str:
    """Return the SHA-256 of the exact content: its kind, its words, its bytes, and its cells.

    >>> fingerprint(Text("a")) == fingerprint(Code("a", "python"))
    False
    """
    cells = content.cells if isinstance(content, Grid) else ()
    inside = "".join(f"{fingerprint(cell) if cell else ''}\0" for cell in cells)
    said = f"{type(content).__name__}\0{words(content)}\0{inside}"
    head = said.encode("utf-8", "surrogatepass")
    return hashlib.sha256(head + payload(content)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of an engine, as it is accounted."""

    stage: str
    """What was asked of it: `chat`, `image` or `embed`."""
    model: str
    gpu_ms: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    images: int = 0
    outcome: CallOutcome = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an answer took. `gpu_ms` is time in the model call, on whatever device it ran."""

    model: str
    gpu_ms: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    images: int = 0
    calls: tuple[Call, ...] = ()
    """Every engine call behind it, search included; empty where nobody counted them."""


def is_built_in(model: str) -> bool:
    """Tell whether what stands for a model in a cost means that none was used.

    >>> is_built_in("built-in"), is_built_in("built-in: Lanczos"), is_built_in("tiny")
    (True, True, False)
    """
    return model == BUILT_IN or model.startswith(f"{BUILT_IN}: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A generator's answer that nobody has checked yet."""

    request: Request
    content: Content
    cost: Cost
    rough: bool = False
    """Whether it only shows what the answer will look like; it never is the answer."""


class Generator(Protocol):
    """Turns a request into drafts, each of which is the whole answer so far."""

    def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield ever longer drafts of one answer; the last is the whole answer.

        Raises a `GenerationError` for every expected failure. Closing the iterator cancels.
        """
        ...
