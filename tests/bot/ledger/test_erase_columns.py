"""Every column of the ledger, and what an erasure does to it. One that is new has to be decided."""

from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from bot.budgets import Standing
from bot.ledger.audit import mismatches
from bot.ledger.erasure import erase
from bot.ledger.ledger import Ledger
from bot.ledger.lessons import Lessons
from bot.ledger.masters import MasterFile
from bot.ledger.opening import keys_of
from bot.ledger.replying import Choice, Replies
from bot.ledger.shelves import KbArticle, KbBase, KbVector
from bot.ledger.writer import Writer
from generators.draft import Destination, UserId
from moderation.policy import Action
from tests.bot.builders import BO, LEASE_S, assessment, decide, draft, execute, request, rows
from tests.bot.ledger.working import claimed

WHO = UserId("U0CANARY77")
WORDS = "canary-words-4411"
DIRECT = "D0CANARY77"

PSEUDONYM, EMPTY, GONE = "a pseudonym", "emptied", "the row goes"
ID = "an id of our own, or of the Slack message"
FACT = "a number, a time or a fixed word"
PLACE = "a channel stays; a direct message's is a pseudonym"
SHARED = "holds nobody's name"
TAUGHT = "masked when it was learnt; what they alone taught is taken out (bot.erasing)"

TREATED = MappingProxyType(
    {
        "request": {
            **dict.fromkeys(("id", "thread_ts", "owner"), ID),
            **dict.fromkeys(("prompt", "flags", "refusal"), EMPTY),
            **dict.fromkeys(("user", "only_for"), PSEUDONYM),
            "channel": PLACE,
            "team": SHARED,
            **dict.fromkeys(("verb", "state", "outcome", "notice", "lease_until_ms"), FACT),
            **dict.fromkeys(("attempt", "faults", "vtime", "created_ms", "finished_ms"), FACT),
            **dict.fromkeys(("usage_rows", "verdict_rows", "kept", "swept_ms"), FACT),
            **dict.fromkeys(("reserved_requests", "reserved_tokens", "reserved_images"), FACT),
            **dict.fromkeys(("reserved_gpu_ms", "reserved_money_micro"), FACT),
        },
        "flow": dict.fromkeys(("team", "user", "finish"), GONE),
        "send": {"request_id": ID, "part": FACT, "channel": PLACE, "sent_ms": FACT, "ts": ID},
        "output": {
            **dict.fromkeys(("text", "blob", "details"), EMPTY),
            "request_id": ID,
            "sha256": "keyed with the key that is destroyed",
            **dict.fromkeys(("attempt", "kind", "model", "created_ms"), FACT),
        },
        "review": {
            "request_id": ID,
            **dict.fromkeys(("claimed_by", "decided_by"), PSEUDONYM),
            **dict.fromkeys(("note", "original"), EMPTY),
            **dict.fromkeys(("round", "opened_ms", "claimed_ms", "decision"), FACT),
            **dict.fromkeys(("decided_ms", "reason"), FACT),
        },
        "reply": {
            **dict.fromkeys(("request_id", "seen_ts"), ID),
            "decided_by": PSEUDONYM,
            "text": EMPTY,
            **dict.fromkeys(("state", "opened_ms", "decision", "decided_ms"), FACT),
            **dict.fromkeys(("reason", "distance"), FACT),
        },
        "lesson": {
            **dict.fromkeys(("request_id", "head", "article"), ID),
            **dict.fromkeys(("customer", "decided_by"), PSEUDONYM),
            **dict.fromkeys(("question", "answer"), EMPTY),
            "place": SHARED,
            **dict.fromkeys(("code", "state", "reason", "decided_ms", "asked_ms"), FACT),
        },
        "verdict": {
            "reviewer": PSEUDONYM,
            "sha256": "keyed with the key that is destroyed",
            **dict.fromkeys(("id", "request_id"), ID),
            **dict.fromkeys(("attempt", "direction", "action", "categories", "at_ms"), FACT),
            "policy_sha256": SHARED,
        },
        "usage": {
            "user": PSEUDONYM,
            "channel": PLACE,
            "team": SHARED,
            **dict.fromkeys(("id", "request_id"), ID),
            **dict.fromkeys(("attempt", "stage", "verb", "model", "requests"), FACT),
            **dict.fromkeys(("prompt_tokens", "output_tokens", "images", "gpu_ms"), FACT),
            **dict.fromkeys(("queue_ms", "cost_micro", "outcome", "at_ms"), FACT),
        },
        "usage_day": {
            "user": PSEUDONYM,
            "channel": PLACE,
            "team": SHARED,
            **dict.fromkeys(("day", "model", "calls", "requests", "prompt_tokens"), FACT),
            **dict.fromkeys(("output_tokens", "images", "gpu_ms", "queue_ms", "cost_micro"), FACT),
        },
        "warned": dict.fromkeys(("user", "budget", "since_ms"), GONE),
        "instance": dict.fromkeys(("id", "host", "version", "started_ms", "beat_ms"), SHARED),
        "pause": dict.fromkeys(("id", "since_ms"), SHARED),
        "schedule": {
            **dict.fromkeys(("channel", "owner"), GONE),
            **dict.fromkeys(("id", "number", "kind", "phrase", "zone", "options"), FACT),
            **dict.fromkeys(("state", "first_day", "failures"), FACT),
            **dict.fromkeys(("created_ms", "done_ms", "since_ms"), FACT),
            "team": SHARED,
        },
        "fire": {
            **dict.fromkeys(("schedule_id", "request_id"), ID),
            **dict.fromkeys(("period", "outcome", "at_ms", "due_ms", "since_ms", "failures"), FACT),
        },
        "told_entry": {"schedule_id": ID, **dict.fromkeys(("entry", "at_ms"), FACT)},
        "watch_state": {
            "schedule_id": ID,
            **dict.fromkeys(("version", "state", "quiet_ms"), FACT),
        },
        "data_key": {
            "user": PSEUDONYM,
            "wrapped": EMPTY,
            "id": ID,
            **dict.fromkeys(("created_ms", "destroyed_ms"), FACT),
        },
        "audit_log": {
            "actor": "a pseudonym from the first",
            "object": "a pseudonym from the first, or an id",
            **dict.fromkeys(("seq", "at_ms", "action", "detail", "prev_hash", "hash"), FACT),
        },
        "door": {"why": FACT},
        str(KbBase.__tablename__): {"name": SHARED, "stamp": FACT},
        str(KbArticle.__tablename__): {
            "entry": TAUGHT,
            **dict.fromkeys(("base", "key"), SHARED),
            **dict.fromkeys(("place", "live", "chars"), FACT),
        },
        str(KbVector.__tablename__): {
            "id": FACT,
            **dict.fromkeys(("base", "key", "model", "row"), SHARED),
        },
    }
)
"""By table and column."""
SCHEDULED = """INSERT INTO schedule (owner, channel, id, number, kind, team, phrase, zone, options,
    state, first_day, failures, created_ms, done_ms, since_ms)
    VALUES (?, ?, 's1', 1, 'digest', 'T1', 'daily at 9', 'UTC', '{}', 'active', '', 0, 0, 0, 0)"""
NAMING = frozenset({PSEUDONYM, PLACE, GONE, EMPTY})


def test_of_every_column_it_is_decided_what_an_erasure_does() -> None:
    known = {name: set(table.columns.keys()) for name, table in SQLModel.metadata.tables.items()}
    assert {table: set(columns) for table, columns in TREATED.items()} == known


@pytest.fixture
def vault(tmp_path: Path) -> MasterFile:
    return MasterFile(tmp_path / "secret" / "master.key")


@pytest.fixture
async def filled(writer: Writer, engine: Engine, vault: MasterFile, db: str) -> None:
    """Let a person stand wherever the ledger names people."""
    ledger = Ledger(writer, LEASE_S, keys_of(engine, "", vault))
    for number, to in enumerate((DIRECT, WHO, "C1")):
        only_for = WHO if to == "C1" else None
        place = Destination(channel=to, only_for=only_for, thread_ts=f"{number}.5")
        flags = {"tone": WORDS}
        asked = request(f"{number} {WORDS}", user=WHO, reply_to=place, flags=flags)
        lease = await claimed(ledger, asked)
        await ledger.admitted(lease, asked, assessment(asked.prompt))
        for part in (0, 1):
            await ledger.sending(asked, part, to)
        await ledger.sent(asked, 0, DIRECT, "1.5")
        await ledger.settle(lease, draft(asked, WORDS), assessment(WORDS), "delivered")
        await ledger.done(lease, "delivered")
    standing = Standing(
        scope="user",
        id=WHO,
        window="day",
        tz="UTC",
        unit="images",
        limit=1,
        used=1,
        reserved=0,
        since_ms=0,
        until_ms=1,
        currency="EUR",
    )
    full = await claimed(ledger, request(WORDS, user=WHO))
    await ledger.fail(full, "refused", "BUDGET", full=standing)
    await ledger.done(full, "undeliverable")
    execute(db, "INSERT INTO warned VALUES (?, ?, 0)", WHO, standing.name)
    execute(db, SCHEDULED, WHO, DIRECT)
    execute(db, "INSERT INTO told_entry VALUES ('s1', 'hash', 0)")
    execute(db, "INSERT INTO watch_state VALUES ('s1', 1, '{}', 0)")
    execute(db, "INSERT INTO fire VALUES ('s1', '2026-11-30T09:00', 'quiet', NULL, 0, 0, 0, 0)")
    theirs = await claimed(ledger, request("of another", user=BO))
    held = assessment(action=Action.HOLD)
    await ledger.settle(theirs, draft(theirs.request), held, None)
    await ledger.hold(theirs)
    await decide(ledger, theirs.request.id.hex, WHO, approve=True)
    execute(db, "UPDATE review SET claimed_by = ?", WHO)
    replies = Replies(writer, keys_of(engine, "", vault))
    await replies.read(theirs.request.id.hex, "1.5")
    choice = Choice(decision="edit", sent=assessment(WORDS), sends=True)
    await replies.decide(theirs.request.id.hex, WHO, choice)
    lessons = Lessons(writer, keys_of(engine, "", vault))
    await lessons.note(theirs.request, WHO, WORDS)
    execute(db, "UPDATE lesson SET decided_by = ?", WHO)


def places(db: str) -> set[tuple[str, str]]:
    """Return the columns in which something of the person can be read."""
    found = set[tuple[str, str]]()
    for table, columns in TREATED.items():
        for column in columns:
            values = rows(db, f'SELECT "{column}" FROM "{table}"')  # noqa: S608 - ours
            said = [str(value) for (value,) in values if isinstance(value, str)]
            if any(name in one for name in (WHO, DIRECT, WORDS) for one in said):
                found.add((table, column))
    return found


@pytest.mark.usefixtures("filled")
def test_the_person_stands_nowhere_afterwards(engine: Engine, vault: MasterFile, db: str) -> None:
    before = places(db)
    naming = {
        (table, column)
        for table, columns in TREATED.items()
        for column, treated in columns.items()
        if treated in NAMING
    }
    sealed = {("request", "prompt"), ("request", "flags"), ("data_key", "wrapped")}
    sealed |= {("output", column) for column in ("text", "blob", "details")}
    sealed |= {("review", "note"), ("review", "original"), ("reply", "text")}
    sealed |= {("lesson", "question"), ("lesson", "answer")}
    numbers = {("flow", "team"), ("flow", "finish"), ("warned", "since_ms")}
    assert before == naming - sealed - numbers
    done = erase(engine, keys_of(engine, "", vault), WHO, wait_s=0.0)
    assert done.open == 0
    assert places(db) == set()
    emptied = 'SELECT count(*) FROM request WHERE "user" = ? AND length(prompt) > 0'
    assert rows(db, emptied, done.pseudonym) == [(0,)]
    assert rows(db, 'SELECT wrapped FROM data_key WHERE "user" = ?', done.pseudonym) == [(b"",)]
    outputs = "SELECT count(*) FROM output WHERE length(text) + length(blob) + length(details) > 0"
    assert rows(db, outputs) == [(1,)]  # the other person's
    assert rows(db, "SELECT length(question) FROM lesson") == [(0,)]
    assert list(mismatches(engine, keys_of(engine, "", vault))) == []
