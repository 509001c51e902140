"""Proves that requests, outputs, verdicts, usage and messages agree. Reads only."""

from collections.abc import Iterable, Iterator
from contextlib import closing

from sqlalchemy import Engine, text
from sqlmodel import Session, select

from bot.ledger import tables
from bot.ledger.rows import restored
from generators.draft import fingerprint

_RULES: tuple[tuple[str, str], ...] = (
    (
        "request {} has {} usage rows, and should have {}",
        """SELECT r.id, count(u.id), r.usage_rows FROM request r
           LEFT JOIN usage u ON u.request_id = r.id
           GROUP BY r.id, r.usage_rows HAVING count(u.id) <> r.usage_rows""",
    ),
    (
        "request {} has {} verdicts, and should have {}",
        """SELECT r.id, count(v.id), r.verdict_rows FROM request r
           LEFT JOIN verdict v ON v.request_id = r.id
           GROUP BY r.id, r.verdict_rows HAVING count(v.id) <> r.verdict_rows""",
    ),
    (
        "usage row {} belongs to no request ({})",
        """SELECT u.id, u.request_id FROM usage u
           LEFT JOIN request r ON r.id = u.request_id WHERE r.id IS NULL""",
    ),
    (
        "verdict {} belongs to no request ({})",
        """SELECT v.id, v.request_id FROM verdict v
           LEFT JOIN request r ON r.id = v.request_id WHERE r.id IS NULL""",
    ),
    (
        "the output of request {}, attempt {}, has no verdict on exactly this content",
        """SELECT o.request_id, o.attempt FROM output o WHERE NOT EXISTS (
             SELECT 1 FROM verdict v WHERE v.request_id = o.request_id
             AND v.direction = 'output' AND v.sha256 = o.sha256)""",
    ),
    (
        "the output of request {}, attempt {}, has no usage row",
        """SELECT o.request_id, o.attempt FROM output o WHERE NOT EXISTS (
             SELECT 1 FROM usage u
             WHERE u.request_id = o.request_id AND u.attempt = o.attempt)
           AND EXISTS (SELECT 1 FROM request r WHERE r.id = o.request_id)""",
    ),
    (
        "request {} was delivered, but nothing says that its output may be shown",
        """SELECT r.id FROM request r WHERE r.outcome = 'delivered' AND r.state = 'done'
           AND NOT EXISTS (SELECT 1 FROM output o JOIN verdict v
             ON v.request_id = o.request_id AND v.sha256 = o.sha256
             WHERE o.request_id = r.id AND v.direction = 'output'
             AND v.action IN ('allow', 'redact'))""",
    ),
    (
        "request {} is done, but no message of it was recorded",
        """SELECT r.id FROM request r WHERE r.state = 'done' AND r.only_for IS NULL
           AND r.outcome <> 'undeliverable' AND r.channel <> 'terminal'
           AND NOT EXISTS (SELECT 1 FROM send s
             WHERE s.request_id = r.id AND s.part = 0 AND s.ts IS NOT NULL)""",
    ),
    (
        "request {} is done without an outcome",
        "SELECT r.id FROM request r WHERE r.state = 'done' AND r.outcome IS NULL",
    ),
)


def mismatches(engine: Engine) -> Iterator[str]:
    """Yield a sentence for everything that does not agree; nothing when all is well."""
    with closing(engine.connect().execution_options(atelier_read=True)) as connection:
        for sentence, query in _RULES:
            for row in connection.execute(text(query)):
                yield sentence.format(*_shown(row))
        for output in Session(connection).exec(select(tables.Output)).yield_per(100):
            if not _intact(output):
                name = f"req_{output.request_id[:8]}"
                yield f"the output of request {name}, attempt {output.attempt}, is not its hash's"


def _intact(output: tables.Output) -> bool:
    try:
        return fingerprint(restored(output)) == output.sha256
    except (TypeError, ValueError):
        return False


def _shown(row: Iterable[object]) -> list[object]:
    return [f"req_{cell[:8]}" if isinstance(cell, str) else cell for cell in row]
