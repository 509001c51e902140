"""The README's promises, each held with the real parts of the bot and a Slack in memory.

`tests/e2e/test_promises.py` holds them once more from outside, over real processes and sockets.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import pytest
from sqlmodel import Session
from typing_extensions import override

from bot import watching
from bot.delivery import posting
from bot.delivery.delivery import Delivery
from bot.delivery.marks import key_of
from bot.delivery.slack import Recipient
from bot.ledger.audit import mismatches
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import Desk
from bot.ledger.rows import Lease
from bot.ledger.writer import Writer
from bot.pipeline import Pipeline
from bot.reviews import Reviews
from bot.views.notices import Notice
from bot.views.render import Page
from generators.draft import (
    Code,
    Content,
    Destination,
    EngineUnavailable,
    Image,
    PromptRejected,
    Request,
    fingerprint,
)
from moderation.gate import Cleared, Gate
from tests.bot.builders import (
    ANA,
    BO,
    HERE,
    LEASE_S,
    decide,
    execute,
    gate,
    keys,
    request,
    rows,
)
from tests.bot.delivery.showing import THREAD
from tests.bot.line import LIMITS, Scripted, Unread
from tests.bot.people import roles
from tests.bot.recorder import Recorder
from tests.bot.shown import reads
from tests.bot.unsealing import lets

pytestmark = pytest.mark.thorough

T = TypeVar("T")

CANARY = "canary-7f3a-zebra"
GROWS = "The first sentence is here. " + "x" * 70
ENDS: dict[str, list[Content | str | Exception]] = {
    "an answer": ["Five days."],
    "a growing answer": [GROWS, f"{GROWS} And the second."],
    "a long answer": ["\n\n".join(f"Paragraph {n}. " + "word " * 100 for n in range(40))],
    "a program": [Code("print(1)", "python", "unchecked")],
    "a picture": [Image(b"\x89PNG", "a red heart")],
    "a held answer": ["something doubtful"],
    "a blocked answer": ["something forbidden"],
    "nothing": [""],
    "no engine": ["Half of it.", EngineUnavailable("down")],
    "a rejected prompt": [PromptRejected("That is too long.")],
    "a bug": [ValueError("a bug")],
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing that only a real Slack would need."""
    monkeypatch.setattr(posting, "PATIENCE_S", 0.0)
    monkeypatch.setattr(watching, "UPDATE_EVERY_S", -1.0)


class Killed(BaseException):
    """The process ended here, as by `kill -9`."""


@dataclass
class Fate:
    """Ends the process before or after its nth call to Slack or to the database."""

    at: int = -1
    after: bool = False
    calls: Iterator[int] = field(default_factory=count)

    def befalls(self, *, after: bool) -> None:
        if after == self.after and self.at == 0:
            self.at = -1
            raise Killed
        if after == self.after:
            self.at -= 1


class MortalWriter(Writer):
    """Writes until its fate."""

    fate: Fate

    @override
    async def write(self, work: Callable[[Session], T]) -> T:
        self.fate.befalls(after=False)
        result = await super().write(work)
        self.fate.befalls(after=True)
        return result


@dataclass
class MortalSlack(Recorder):
    """Posts and updates until its fate."""

    fate: Fate = field(default_factory=Fate)

    @override
    async def post(
        self, channel: str, page: Page, thread_ts: str | None, metadata: dict[str, Any]
    ) -> str:
        self.fate.befalls(after=False)
        ts = await super().post(channel, page, thread_ts, metadata)
        self.fate.befalls(after=True)
        return ts

    @override
    async def update(
        self, channel: str, ts: str, page: Page, metadata: dict[str, Any] | None = None
    ) -> None:
        self.fate.befalls(after=False)
        await super().update(channel, ts, page, metadata)
        self.fate.befalls(after=True)

    @override
    async def start_stream(self, to: Recipient, task: dict[str, Any]) -> str:
        self.fate.befalls(after=False)
        ts = await super().start_stream(to, task)
        self.fate.befalls(after=True)
        return ts

    @override
    async def append_stream(self, channel: str, ts: str, chunk: dict[str, Any]) -> None:
        self.fate.befalls(after=False)
        await super().append_stream(channel, ts, chunk)
        self.fate.befalls(after=True)

    @override
    async def stop_stream(self, channel: str, ts: str, metadata: dict[str, Any]) -> None:
        self.fate.befalls(after=False)
        await super().stop_stream(channel, ts, metadata)
        self.fate.befalls(after=True)


class Witness(Gate):
    """A gate that notes what was let out, and whether its verdict was stored by then."""

    db: str
    let_out: list[Content]
    unrecorded: list[Content]

    @override
    def open(self, cleared: Cleared, to: Destination) -> Content:
        content = super().open(cleared, to)
        self.let_out.append(content)
        if not lets(self.db, [fingerprint(content)]):
            self.unrecorded.append(content)
        return content


@dataclass
class Bot:
    """A bot without sockets: intake is `accept`, Slack is a list, and crashes can be had."""

    db: str
    ledger: Ledger
    slack: MortalSlack
    gate: Witness
    fate: Fate
    generator: Scripted
    pipeline: Pipeline

    async def work(self) -> None:
        """Work on everything that waits, through any crash, until nothing is left."""
        while (lease := await self.claimed()) is not None:
            try:
                await self.pipeline.handle(lease)
            except Killed:
                execute(self.db, "UPDATE request SET lease_until_ms = 0")

    async def claimed(self) -> Lease | None:
        try:
            return await self.ledger.claim()
        except Killed:
            execute(self.db, "UPDATE request SET lease_until_ms = 0")
            return await self.ledger.claim()

    def agrees(self) -> None:
        engine = connect(self.db)
        assert list(mismatches(engine, keys())) == []
        engine.dispose()


@asynccontextmanager
async def bot(db: str, script: list[Content | str | Exception], fate: Fate) -> AsyncGenerator[Bot]:
    """Build what `bot.assemble` builds, around the parts of a test."""
    writer = MortalWriter(connect(db))
    writer.fate = fate
    ledger, slack, generator = (
        Ledger(writer, LEASE_S, keys()),
        MortalSlack(fate=fate),
        Scripted(script),
    )
    usual = gate()
    seals = Witness(usual._judge.panel._checks, usual.policy)
    seals.db, seals.let_out, seals.unrecorded = db, list[Content](), list[Content]()
    delivery = Delivery(slack, seals, ledger, settle_s=0)
    reviews = Reviews(
        slack=slack,
        delivery=delivery,
        ledger=ledger,
        desk=Desk(ledger._writer, ledger._keys),
        gate=seals,
        channel="reviewers",
        roles=roles(),
    )
    line = Pipeline(
        generators={"ask": generator},
        gate=seals,
        delivery=delivery,
        ledger=ledger,
        reading=Unread(),
        reviews=reviews,
        limits=LIMITS,
    )
    try:
        yield Bot(db, ledger, slack, seals, fate, generator, line)
    finally:
        writer.fate = Fate()
        writer.close()


async def greeted(running: Bot, asked: Request) -> Request:
    """Let a request come, and stand in line."""
    await running.ledger.accept(asked)
    lease = await running.ledger.claim("greet")
    assert lease is not None
    await running.pipeline.handle(lease)
    return asked


def final(shown: Bot, asked: Request) -> str:
    """Return what the one message of a request says, after checking that it is one."""
    (message,) = [m for m in shown.slack.messages if key_of(m.raw) == (asked.id.hex, 0)]
    assert not message.streaming
    return reads(message.page)


@pytest.mark.parametrize("end", ENDS)
async def test_p1_every_request_ends_in_one_message(db: str, end: str) -> None:
    async with bot(db, ENDS[end], Fate()) as running:
        asked = request()
        await running.ledger.accept(asked)
        await running.work()
        said = final(running, asked)
        unfinished = (Notice.WORKING, Notice.WRITING, Notice.QUEUED, Notice.CHECKING)
        assert not any(item.text("en", n=0) in said for item in unfinished)
        assert asked.name in said
        running.agrees()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("team", ["", "T1"])
@pytest.mark.parametrize("end", ["a growing answer", "a held answer"])
async def test_p1_wherever_it_is_killed(db: str, end: str, team: str, after: bool) -> None:
    """In a thread of a known team the answer is streamed."""
    fate = Fate(after=after)
    async with bot(db, ENDS[end], fate) as running:
        for at in count():
            asked = request(team=team, reply_to=THREAD if team else HERE)
            await running.ledger.accept(asked)
            fate.at = at
            await running.work()
            state = rows(db, "SELECT state FROM request WHERE id = ?", asked.id.hex)
            assert state == [("held" if end == "a held answer" else "done",)]
            assert asked.name in final(running, asked)
            assert Notice.WORKING.text("en") not in final(running, asked)
            if fate.at >= 0:  # it was not killed any more
                break
        keys = [key_of(m.raw) for m in running.slack.messages]
        assert len(keys) == len(set(keys))
        assert bool(running.slack.calls["start_stream"]) == bool(team)
        assert at > 5
        running.agrees()


@pytest.mark.parametrize("end", ENDS)
async def test_p2_nothing_unmoderated_is_let_out(db: str, end: str) -> None:
    async with bot(db, ENDS[end], Fate()) as running:
        asked = request("is it masked?")
        await running.ledger.accept(asked)
        await running.work()
        assert running.gate.unrecorded == []
        shown = "".join(reads(p) for m in running.slack.at("C1") for p in m.pages)
        assert "doubtful" not in shown
        assert "forbidden" not in shown


async def test_p2_what_a_reviewer_lets_out_has_their_name(db: str) -> None:
    async with bot(db, ENDS["a held answer"], Fate()) as running:
        asked = request()
        await running.ledger.accept(asked)
        await running.work()
        assert running.gate.let_out == []
        assert await decide(running.ledger, asked.id.hex, BO, approve=True)
        await running.work()
        assert "something doubtful" in final(running, asked)
        assert running.gate.unrecorded == []
        query = "SELECT reviewer FROM verdict WHERE action = 'allow' AND direction = 'output'"
        assert rows(running.db, query) == [(BO,)]
        running.agrees()


@pytest.mark.parametrize("end", ENDS)
async def test_p3_every_engine_call_is_one_usage_row(db: str, end: str) -> None:
    async with bot(db, ENDS[end], Fate()) as running:
        for _ in range(3):
            await running.ledger.accept(request())
        await running.work()
        yields = any(not isinstance(step, Exception) for step in ENDS[end])
        explained = end == "a rejected prompt"  # the sentence about it is an output, too
        expected = running.generator.begun if yields or explained else 0
        assert rows(running.db, "SELECT count(*) FROM usage") == [(expected,)]
        running.agrees()


async def test_p5_one_person_does_not_starve_the_others(db: str) -> None:
    async with bot(db, ["Five days."], Fate()) as running:
        for _ in range(4):
            await greeted(running, request(user=ANA))
        first = await running.ledger.claim("work")
        late = await greeted(running, request(user=BO))
        second = await running.ledger.claim("work")
        assert first is not None
        assert second is not None
        assert second.request == late


async def test_p5_too_much_is_told_before_the_work(db: str) -> None:
    async with bot(db, ["Five days."], Fate()) as running:
        asked = [request() for _ in range(LIMITS.per_user + 1)]
        for one in asked:
            await running.ledger.accept(one)
        execute(running.db, "UPDATE request SET state = 'running', owner = 'another process'")
        execute(running.db, "UPDATE request SET lease_until_ms = 9e15")
        late = request()
        await running.ledger.accept(late)
        await running.work()
        assert Notice.BUSY.text("en", n=LIMITS.per_user) in final(running, late)
        assert running.generator.begun == 0


@pytest.mark.parametrize("end", ENDS)
async def test_p6_no_prompt_and_no_output_in_the_logs(
    db: str, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    caplog.set_level(logging.DEBUG)
    script: list[Content | str | Exception] = [
        type(step)(f"{CANARY} {step}") if isinstance(step, str | Exception) else step
        for step in ENDS[end]
    ]
    async with bot(db, script, Fate()) as running:
        for prompt in (CANARY, f"{CANARY} forbidden", f"{CANARY} masked"):
            await running.ledger.accept(request(prompt))
        await running.work()
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("unchecked", "It was neither parsed nor run."),
        ("checked", "It parses; it was not run."),
        ("passed", "Its tests were run and passed."),
        ("failed", "It is not valid; it was not run."),
    ],
)
async def test_p8_tested_is_said_of_code_that_was_run(db: str, state: Any, says: str) -> None:
    async with bot(db, [Code("print(1)", "python", state)], Fate()) as running:
        asked = request()
        await running.ledger.accept(asked)
        await running.work()
        assert says in final(running, asked)
        assert "AI-generated · tiny" in final(running, asked)
