"""What every generator is handed when it is made: the way to models, and the way to knowledge."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from generators.draft import Code
from generators.model import Model


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that may answer a question. `score` is higher for a better match."""

    doc: str
    title: str
    text: str
    score: float
    public: bool
    """False for a text that only the company's own people may read."""


class Knowledge(Protocol):
    """The documents that a company gave to answer from."""

    async def search(
        self, question: str, *, kb: str = "", top: int = 5, shared: Collection[str] | None = ()
    ) -> Sequence[Passage]:
        """Return at most `top` passages, best first; of every knowledge base when `kb` is empty.

        What is kept to some channels is found only where one of `shared` is among them: the
        channels that every reader of the answer is a member of; None lets everything be found.
        """
        ...

    def confident(self, passages: Sequence[Passage]) -> bool:
        """Say whether these are close enough to the question to answer from."""
        ...


@dataclass(frozen=True, slots=True)
class Concern:
    """Something in a program that somebody should look at: its category, and the line, from 1."""

    what: str
    line: int


@dataclass(frozen=True, slots=True)
class Vetted:
    """Whether a program may be run here, and what there is to look at."""

    may_run: bool
    concerns: tuple[Concern, ...] = ()


class Vetting(Protocol):
    """Who looks at a program before it is run."""

    async def vetted(self, program: Code) -> Vetted:
        """Look at it, and never run it."""
        ...


class Unvetted:
    """Nobody looks at programs, so none may be run."""

    async def vetted(self, program: Code) -> Vetted:
        """Refuse."""
        del program
        return Vetted(may_run=False)


@dataclass(frozen=True, slots=True)
class Tools:
    """The arguments of every generator: `Cls(tools, **options)`."""

    model: Model
    knowledge: Knowledge
    vetting: Vetting = field(default_factory=Unvetted)
