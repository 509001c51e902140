"""Requests, drafts, gates and databases for the tests of the bot."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from bot.ledger.database import connect
from bot.ledger.keys import Keys
from bot.ledger.ledger import Ledger
from bot.ledger.masters import Master, Masters
from bot.ledger.reviewing import Desk, Ruling
from bot.ledger.schema import upgrade
from bot.ledger.sealed import DataKey
from bot.settings import Verb
from generators.draft import Content, Cost, Destination, Draft, Request, Text, UserId, words
from moderation.gate import Assessment, Check, Finding, Gate
from moderation.policy import Action, Direction, Policy
from tests.bot import postgres

ANA, BO, CHEN = UserId("U1"), UserId("U2"), UserId("U3")
HERE = Destination(channel="C1")
LEASE_S = 60.0
MASTERS = Masters((Master({"": bytes(32)}),))
KEY = DataKey("1" * 16, bytes(32))
"""Nobody's, for rows that nobody reads."""
COST = Cost(model="tiny", gpu_ms=250, prompt_tokens=11, output_tokens=7)


def verb(**given: Any) -> Verb:
    usual: dict[str, Any] = {"use": "generators.echo:Echo", "help": "Say it", "example": "/say it"}
    return Verb(**{**usual, **given})


VERBS: Mapping[str, Verb] = {
    "ask": verb(aliases=("问", "提问"), slash=True, reads="thread"),
    "imagine": verb(aliases=("draw", "画"), flags=("size", "seed", "steps"), slash=True),
    "translate": verb(aliases=("翻译",), flags=("to",)),
    "digest": verb(aliases=("摘要",), flags=("hours",), slash=True, reads="channel", empty=True),
    "summarise": verb(aliases=("总结",), reads="thread", empty=True),
    "draft": verb(aliases=("草稿",), slash=True, answers="dm", reads="thread"),
    "help": verb(aliases=("帮助",), empty=True, answers="ephemeral"),
}


def request(prompt: str = "How long do refunds take?", **given: Any) -> Request:
    """Return a request of Ana in a channel, but for what is given."""
    usual: dict[str, Any] = {"id": uuid4(), "verb": "ask", "user": ANA, "reply_to": HERE}
    return Request(prompt=prompt, **{**usual, **given})


def numbered(number: int) -> UUID:
    """Return an id whose visible name is the number in hexadecimal."""
    return UUID(int=number << 96)


def body(content: Content | str) -> Content:
    return Text(content) if isinstance(content, str) else content


def draft(asked: Request, content: Content | str = "Five days.", cost: Cost = COST) -> Draft:
    return Draft(request=asked, content=body(content), cost=cost)


def assessment(content: Content | str = "Five days.", action: Action = Action.ALLOW) -> Assessment:
    findings = () if action is Action.ALLOW else (Finding(category="harm.x", detector="words"),)
    return Assessment(
        action=action, findings=findings, content=body(content), policy_sha256="policy"
    )


@dataclass(frozen=True)
class Word:
    """Finds a word and gives it a category, whichever way the text goes."""

    word: str
    category: str

    @property
    def name(self) -> str:
        return self.category

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        del direction
        at = words(content).find(self.word)
        if at < 0:
            return ()
        end = at + len(self.word)
        return (Finding(category=self.category, detector=self.name, start=at, end=end),)


def gate(*checks: Check) -> Gate:
    """Return a gate that redacts `masked`, holds `doubtful` and blocks `forbidden`."""
    actions = {"test.mask": Action.REDACT, "test.hold": Action.HOLD, "test.block": Action.BLOCK}
    usual = (
        Word("masked", "test.mask"),
        Word("doubtful", "test.hold"),
        Word("forbidden", "test.block"),
    )
    return Gate((*usual, *checks), Policy(input=actions, output=actions))


async def decide(ledger: Ledger, request_id: str, who: UserId, *, approve: bool) -> bool:
    """Decide on a held answer; False where it is not theirs to take."""
    desk = Desk(ledger._writer, ledger._keys)
    return await desk.decide(request_id, who, Ruling(approve=approve)) == "taken"


def migrated(where: Path | str) -> Engine:
    """Open a database, a SQLite file or any URL, with the newest schema."""
    engine = connect(where if isinstance(where, str) else f"sqlite:///{where}")
    upgrade(engine)
    return engine


def keys() -> Keys:
    """Return the keys of any database of the tests, with nothing cached."""
    return Keys(MASTERS)


def execute(where: Path | str, statement: str, *values: object) -> None:
    """Change a database behind the ledger's back, without foreign keys; `?` is a value."""
    rows(where, statement, *values)


def rows(where: Path | str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database as it is on the disk."""
    if isinstance(where, str) and not where.startswith("sqlite"):
        return postgres.execute(where, query, values)
    with closing(sqlite3.connect(str(where).removeprefix("sqlite:///"))) as connection:
        with unguarded(connection):
            found = connection.execute(query, values).fetchall()
        connection.commit()
        return found


@contextmanager
def unguarded(connection: sqlite3.Connection) -> Iterator[None]:
    """Let a test change what is append only."""
    guarded = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'door'").fetchall()
    if guarded:
        connection.execute("INSERT INTO door VALUES ('test')")
    yield
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'door'").fetchall():
        connection.execute("DELETE FROM door")
