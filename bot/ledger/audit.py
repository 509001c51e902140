"""Proves that requests, outputs, verdicts, usage and messages agree. Reads only."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Engine, text
from sqlmodel import Session

from bot.ledger.chain import Head, head
from bot.ledger.database import reading
from bot.ledger.keys import Keys
from bot.ledger.proof import unsealed
from bot.ledger.usage import differences

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
        "request {} counts as {} requests in its usage rows",
        """SELECT request_id, sum(requests) FROM usage
           GROUP BY request_id HAVING sum(requests) > 1""",
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
           AND r.kept < 2 AND NOT EXISTS (SELECT 1 FROM output o JOIN verdict v
             ON v.request_id = o.request_id AND v.sha256 = o.sha256
             WHERE o.request_id = r.id AND v.direction = 'output'
             AND v.action IN ('allow', 'redact'))""",
    ),
    (
        "request {} is done, but no message of it was recorded",
        """SELECT r.id FROM request r WHERE r.state = 'done' AND r.only_for IS NULL
           AND r.outcome <> 'undeliverable' AND r.channel <> 'terminal' AND r.kept < 2
           AND NOT EXISTS (SELECT 1 FROM send s
             WHERE s.request_id = r.id AND s.part = 0 AND s.ts IS NOT NULL)""",
    ),
    (
        "request {} is done without an outcome",
        "SELECT r.id FROM request r WHERE r.state = 'done' AND r.outcome IS NULL",
    ),
    (
        "request {} is not sealed",
        "SELECT r.id FROM request r WHERE r.kept < 0",
    ),
    (
        "request {} has words that should have expired",
        """SELECT r.id FROM request r WHERE r.kept > 0 AND (length(r.prompt) + length(r.flags) > 0
           OR EXISTS (SELECT 1 FROM output o WHERE o.request_id = r.id
             AND length(o.text) + length(o.blob) + length(o.details) > 0))""",
    ),
    (
        "request {} lost something, and the audit log does not say why",
        """SELECT r.id FROM request r WHERE r.kept > 0 AND NOT EXISTS (
             SELECT 1 FROM audit_log a WHERE a.at_ms = r.swept_ms
             AND a.action IN ('empty', 'trim', 'erase'))""",
    ),
    ("the append-only tables are open to changes ({})", "SELECT why FROM door"),
)


def mismatches(engine: Engine, keys: Keys) -> Iterator[str]:
    """Yield a sentence for everything that does not agree; nothing when all is well."""
    with reading(engine) as connection:
        for sentence, query in _RULES:
            for row in connection.execute(text(query)):
                yield sentence.format(*_shown(row))
        yield from differences(connection)
        yield from unsealed(Session(connection), keys)


def log_head(engine: Engine) -> Head:
    """Return the end of the audit log, which an operator may keep elsewhere."""
    with reading(engine) as connection:
        return head(Session(connection))


def _shown(row: Iterable[object]) -> list[object]:
    return [f"req_{cell[:8]}" if isinstance(cell, str) else cell for cell in row]
