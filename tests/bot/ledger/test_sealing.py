import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from bot.ledger import sealing as module
from bot.ledger import tables
from bot.ledger.audit import mismatches
from bot.ledger.backup import backup
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.masters import MasterFile
from bot.ledger.opening import keys_of
from bot.ledger.reviewing import Desk, Ruling
from bot.ledger.schema import downgrade, upgrade
from bot.ledger.sealing import seal_plain
from bot.ledger.writer import Writer
from generators.draft import Image, Text, fingerprint, payload, words
from tests.bot.builders import (
    ANA,
    BO,
    LEASE_S,
    assessment,
    decide,
    draft,
    execute,
    keys,
    request,
    rows,
)
from tests.bot.ledger.working import held
from tests.bot.line import Line, Scripted, agrees
from tests.bot.unsealing import allowed, prompts

REQUESTS = 7
PICTURE = Image(b"\x89PNG canary-picture", "canary-alt", 7)


@pytest.fixture
def plain(db: str) -> Iterator[Engine]:
    """A database as the version before left it: everything in plain text."""
    engine = connect(db)
    downgrade(engine, "0002")
    for number in range(REQUESTS):
        _row(db, number)
    upgrade(engine)
    yield engine
    engine.dispose()


def _row(db: str, number: int) -> None:
    name, user = f"{number:032x}", (ANA, BO)[number % 2]
    content = PICTURE if number == 0 else Text(f"canary-answer {number} 退款")
    execute(
        db,
        """INSERT INTO request (id, verb, prompt, flags, "user", channel, state, lease_until_ms,
           attempt, created_ms, outcome, usage_rows, verdict_rows)
           VALUES (?, 'ask', ?, '{"to": "canary-flag"}', ?, 'terminal', 'done', 0, 1, ?,
           'delivered', 1, 1)""",
        name,
        f"canary-prompt {number} 😀",
        user,
        number,
    )
    execute(
        db,
        "INSERT INTO output VALUES (?, 1, ?, ?, ?, ?, 'tiny', ?, 1)",
        name,
        type(content).__name__,
        words(content),
        payload(content),
        '{"seed": 7}' if number == 0 else "{}",
        fingerprint(content),
    )
    execute(
        db,
        """INSERT INTO verdict (request_id, attempt, direction, action, sha256, categories,
           policy_sha256, at_ms) VALUES (?, 1, 'output', 'allow', ?, '', 'policy', 1)""",
        name,
        fingerprint(content),
    )
    execute(
        db,
        """INSERT INTO usage (request_id, attempt, stage, "user", channel, verb, model,
           prompt_tokens, output_tokens, images, gpu_ms, outcome, at_ms)
           VALUES (?, 1, 'generate', ?, 'terminal', 'ask', 'tiny', 1, 2, 0, 3, 'ok', 1)""",
        name,
        user,
    )


def sealed_whole(engine: Engine, db: str) -> None:
    """Check that everything is sealed, opens, and is what it was."""
    assert rows(db, "SELECT DISTINCT kept FROM request") == [(tables.WHOLE,)]
    assert sorted(prompts(db)) == [f"canary-prompt {number} 😀" for number in range(REQUESTS)]
    answers = {f"canary-answer {number} 退款" for number in range(1, REQUESTS)}
    assert allowed(db) == answers | {"canary-alt"}
    assert list(mismatches(engine, keys())) == []


def test_what_was_plain_is_sealed_and_nothing_is_lost(plain: Engine, db: str) -> None:
    assert any("is not sealed" in sentence for sentence in mismatches(plain, keys()))
    assert seal_plain(plain, keys()) == REQUESTS
    assert seal_plain(plain, keys()) == 0
    sealed_whole(plain, db)


class Killed(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("commit", range(5))
def test_killed_at_any_commit_it_goes_on(
    plain: Engine, db: str, commit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    commits = iter(range(100))

    def dies(_: object) -> None:
        if next(commits) == commit:
            raise Killed

    event.listen(plain, "commit", dies)
    with pytest.raises(Killed):
        seal_plain(plain, keys())
    event.remove(plain, "commit", dies)
    left = rows(db, "SELECT count(*) FROM request WHERE kept = ?", tables.PLAIN)[0][0]
    assert left == max(0, REQUESTS - 2 * commit)
    assert seal_plain(plain, keys()) == left
    sealed_whole(plain, db)


def test_nothing_plain_is_left_in_the_files(file: Path) -> None:
    db = f"sqlite:///{file}"
    engine = connect(db)
    downgrade(engine, "0002")
    for number in range(REQUESTS):
        _row(db, number)
    execute(db, "UPDATE request SET prompt = 'redacted' WHERE id = ?", f"{3:032x}")
    assert b"canary" in _bytes(file)
    upgrade(engine)
    seal_plain(engine, keys())
    assert _found(_bytes(file), "canary") == []
    engine.dispose()


def _bytes(file: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


def _found(data: bytes, *secrets: str) -> list[str]:
    """Return which of these are in some bytes, in any encoding that a file may have."""
    codes = ("utf-8", "utf-16-le", "utf-16-be")
    return [one for one in secrets if any(one.encode(code) in data for code in codes)]


async def test_no_word_is_in_database_log_or_backup_after_work(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vault, engine = MasterFile(tmp_path / "secret" / "master.key"), connect(f"sqlite:///{file}")
    opened = keys_of(engine, "", vault)
    writer = Writer(engine)
    ledger = Ledger(writer, LEASE_S, opened)
    scripts = (
        ["canary-out-1"],
        ["canary-out-2 is masked"],
        ["canary-out-3 is doubtful"],
        ["canary-out-4 is forbidden"],
        [RuntimeError("canary-out-5")],
        [PICTURE],
    )
    asked = ("canary-in", "canary-in masked", "canary-in forbidden", "canary-in 退款 \U0001f600")
    for script in scripts:
        line = Line(ledger, Scripted(script))
        for prompt in asked:
            await line.answer(request(prompt, flags={"tone": "canary-flag"}))
    lease = await held(ledger, request("canary-held", user=BO))
    await decide(ledger, lease.request.id.hex, ANA, approve=True)
    lease = await held(ledger, request("canary-held too", user=BO))
    edit = draft(lease.request, "canary-edit"), assessment("canary-edit")
    ruling = Ruling(approve=True, note="canary-note", edit=edit)
    assert await Desk(writer, opened).decide(lease.request.id.hex, ANA, ruling) == "taken"
    await ledger.accept(request("canary-waits"))
    assert b"canary" not in _bytes(file), "while a bot is at work, the log included"
    await asyncio.to_thread(backup, f"sqlite:///{file}", tmp_path / "copy.db")
    writer.close()
    keys_bytes = vault.path.read_bytes()
    everything = _bytes(file) + _bytes(tmp_path / "copy.db") + caplog.text.encode()
    assert _found(everything, "canary", "doubtful", "forbidden", "tone") == []
    assert keys_bytes.split()[-1] not in everything
    engine = connect(f"sqlite:///{file}")
    assert "canary-out-1" in allowed(file, keys_of(engine, "", vault))
    engine.dispose()


async def test_a_short_answer_cannot_be_guessed_from_its_hash(ledger: Ledger, db: str) -> None:
    line = Line(ledger, Scripted(["Yes."]))
    await line.answer(request("Is she pregnant?"))
    query = "SELECT sha256 FROM verdict UNION SELECT sha256 FROM output"
    hashes = {row[0] for row in rows(db, query)}
    for said in ("Yes.", "Is she pregnant?"):
        assert fingerprint(Text(said)) not in hashes
    agrees(db)


@pytest.mark.parametrize(
    "column", ["request.prompt", "request.flags", "output.text", "output.blob", "output.details"]
)
async def test_one_flipped_bit_in_the_database_is_found(
    ledger: Ledger, engine: Engine, db: str, column: str
) -> None:
    await held(ledger)
    table, _, name = column.partition(".")
    ((value,),) = rows(db, f"SELECT {name} FROM {table}")  # noqa: S608 - ours
    assert list(mismatches(engine, keys())) == []
    for at in (0, 1, 9, 21, len(value) - 1):
        changed = bytes([*value[:at], value[at] ^ 1, *value[at + 1 :]])
        execute(db, f"UPDATE {table} SET {name} = ?", changed)  # noqa: S608 - ours
        assert list(mismatches(engine, keys())), at
