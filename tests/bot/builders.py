"""Requests, drafts, gates and databases for the tests of the bot."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine

from bot.ledger.schema import upgrade
from bot.ledger.writer import connect
from bot.settings import Verb
from generators.draft import Content, Cost, Destination, Draft, Request, Text, UserId, words
from moderation.gate import Assessment, Check, Finding, Gate
from moderation.policy import Action, Direction, Policy

ANA, BO, CHEN = UserId("U1"), UserId("U2"), UserId("U3")
HERE = Destination(channel="C1")
LEASE_S = 60.0
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
    "draft": verb(aliases=("草稿",), slash=True, answers="dm"),
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


def migrated(path: Path) -> Engine:
    """Open a database with the newest schema."""
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    return engine


def execute(path: Path, statement: str, *values: object) -> None:
    """Change a database behind the ledger's back, without its foreign keys."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


def rows(path: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database as it is on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()
