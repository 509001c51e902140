"""Proves that requests, outputs, verdicts, usage and messages agree. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from bot.ledger.chain import Head, head
from bot.ledger.database import reading
from bot.ledger.keys import Keys
from bot.ledger.proof import PROOFS, unsealed
from bot.ledger.sketched import SKETCH
from bot.ledger.usage import differences


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold: the query finds where it does not."""

    check: str
    """What is checked, in a few words."""
    of: str
    """Of what, as a FROM clause: its rows are how many were checked."""
    sentence: str
    """What is wrong; its blanks take the columns that the query finds."""
    query: str
    is_usage: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that does not agree with another."""

    check: str
    sentence: str
    request: str = ""
    """The id of the request that it is about, where it is about one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit came to."""

    checked: Mapping[str, int]
    """How many rows each check looked at, by its name."""
    found: Sequence[Mismatch]

    def wrong(self, check: str) -> int:
        """Return how many rows failed a check."""
        return sum(one.check == check for one in self.found)

    @property
    def requests(self) -> Sequence[str]:
        """The ids of the requests that something is wrong with."""
        return sorted({one.request for one in self.found if one.request})


_RULES: tuple[Rule, ...] = (
    Rule(
        "usage rows of each request",
        "request",
        "request {} has {} usage rows, and should have {}",
        """SELECT r.id, count(u.id), r.usage_rows FROM request r
           LEFT JOIN usage u ON u.request_id = r.id
           GROUP BY r.id, r.usage_rows HAVING count(u.id) <> r.usage_rows""",
        is_usage=True,
    ),
    Rule(
        "verdicts of each request",
        "request",
        "request {} has {} verdicts, and should have {}",
        """SELECT r.id, count(v.id), r.verdict_rows FROM request r
           LEFT JOIN verdict v ON v.request_id = r.id
           GROUP BY r.id, r.verdict_rows HAVING count(v.id) <> r.verdict_rows""",
    ),
    Rule(
        "requests of the usage rows",
        "usage",
        "usage row {} belongs to no request ({})",
        """SELECT u.id, u.request_id FROM usage u
           LEFT JOIN request r ON r.id = u.request_id WHERE r.id IS NULL""",
        is_usage=True,
    ),
    Rule(
        "each request counts once",
        "request",
        "request {} counts as {} requests in its usage rows",
        """SELECT request_id, sum(requests) FROM usage
           GROUP BY request_id HAVING sum(requests) > 1""",
        is_usage=True,
    ),
    Rule(
        "requests of the verdicts",
        "verdict",
        "verdict {} belongs to no request ({})",
        """SELECT v.id, v.request_id FROM verdict v
           LEFT JOIN request r ON r.id = v.request_id WHERE r.id IS NULL""",
    ),
    Rule(
        "outputs have a verdict",
        "output",
        "the output of request {}, attempt {}, has no verdict on exactly this content",
        """SELECT o.request_id, o.attempt FROM output o WHERE NOT EXISTS (
             SELECT 1 FROM verdict v WHERE v.request_id = o.request_id
             AND v.direction = 'output' AND v.sha256 = o.sha256)""",
    ),
    Rule(
        "outputs have usage",
        "output",
        "the output of request {}, attempt {}, has no usage row",
        """SELECT o.request_id, o.attempt FROM output o WHERE NOT EXISTS (
             SELECT 1 FROM usage u
             WHERE u.request_id = o.request_id AND u.attempt = o.attempt)
           AND EXISTS (SELECT 1 FROM request r WHERE r.id = o.request_id)""",
        is_usage=True,
    ),
    Rule(
        "what was shown was allowed",
        "request",
        "request {} was delivered, but nothing says that its output may be shown",
        """SELECT r.id FROM request r WHERE r.outcome = 'delivered' AND r.state = 'done'
           AND r.kept < 2 AND NOT EXISTS (SELECT 1 FROM output o JOIN verdict v
             ON v.request_id = o.request_id AND v.sha256 = o.sha256
             WHERE o.request_id = r.id AND v.direction = 'output'
             AND v.action IN ('allow', 'redact'))""",
    ),
    Rule(
        "half-made pictures were allowed",
        f"send WHERE part >= {SKETCH}",
        "a half-made picture of request {} was uploaded, but no verdict of it lets that be shown",
        f"""SELECT s.request_id FROM send s WHERE s.part >= {SKETCH} AND NOT EXISTS (
             SELECT 1 FROM verdict v WHERE v.id = s.part - {SKETCH}
             AND v.request_id = s.request_id AND v.direction = 'output'
             AND v.action IN ('allow', 'redact'))""",  # noqa: S608 - ours
    ),
    Rule(
        "what is done has a message",
        "request",
        "request {} is done, but no message of it was recorded",
        """SELECT r.id FROM request r WHERE r.state = 'done' AND r.only_for IS NULL
           AND r.outcome <> 'undeliverable' AND r.channel <> 'terminal' AND r.kept < 2
           AND NOT EXISTS (SELECT 1 FROM send s
             WHERE s.request_id = r.id AND s.part = 0 AND s.ts IS NOT NULL)""",
    ),
    Rule(
        "replies that were sent have a message",
        "reply",
        "the reply of request {} was sent, but no message of it was recorded",
        """SELECT p.request_id FROM reply p WHERE p.state = 'sent' AND NOT EXISTS (
             SELECT 1 FROM send s WHERE s.request_id = p.request_id AND s.part = -9
             AND s.ts IS NOT NULL)""",
    ),
    Rule(
        "what is done has an outcome",
        "request",
        "request {} is done without an outcome",
        "SELECT r.id FROM request r WHERE r.state = 'done' AND r.outcome IS NULL",
    ),
    Rule(
        "everything is sealed",
        "request",
        "request {} is not sealed",
        "SELECT r.id FROM request r WHERE r.kept < 0",
    ),
    Rule(
        "what expired is gone",
        "request",
        "request {} has words that should have expired",
        """SELECT r.id FROM request r WHERE r.kept > 0 AND (length(r.prompt) + length(r.flags) > 0
           OR EXISTS (SELECT 1 FROM output o WHERE o.request_id = r.id
             AND length(o.text) + length(o.blob) + length(o.details) > 0))""",
    ),
    Rule(
        "what is gone is in the audit log",
        "request",
        "request {} lost something, and the audit log does not say why",
        """SELECT r.id FROM request r WHERE r.kept > 0 AND NOT EXISTS (
             SELECT 1 FROM audit_log a WHERE a.at_ms = r.swept_ms
             AND a.action IN ('empty', 'trim', 'erase'))""",
    ),
    Rule(
        "append-only tables are shut",
        "(SELECT 1) AS one",
        "the append-only tables are open to changes ({})",
        "SELECT why FROM door",
    ),
)
_SUMS = "sums of each day"
USAGE = frozenset({_SUMS, *(rule.check for rule in _RULES if rule.is_usage)})
"""The checks of what was used."""


def audited(engine: Engine, keys: Keys) -> Report:
    """Check everything, at one moment of the database."""
    with reading(engine) as connection:
        found = [*_books(connection), *_sealed(connection, keys)]
        subjects = {rule.check: rule.of for rule in _RULES} | {_SUMS: "usage_day"} | dict(PROOFS)
        checked = {check: _count(connection, of) for check, of in subjects.items()}
    return Report(checked, found)


def books(engine: Engine) -> Sequence[Mismatch]:
    """Check what needs no key: everything but whether what is sealed opens."""
    with reading(engine) as connection:
        return list(_books(connection))


def mismatches(engine: Engine, keys: Keys) -> Iterator[str]:
    """Yield a sentence for everything that does not agree; nothing when all is well."""
    for one in audited(engine, keys).found:
        yield one.sentence


def log_head(engine: Engine) -> Head:
    """Return the end of the audit log, which an operator may keep elsewhere."""
    with reading(engine) as connection:
        return head(Session(connection))


def _books(connection: Connection) -> Iterator[Mismatch]:
    for rule in _RULES:
        for row in connection.execute(text(rule.query)):
            sentence = rule.sentence.format(*map(_shown, row))
            ids = [cell for cell in row if _is_id(cell)]
            yield Mismatch(rule.check, sentence, ids[0] if ids else "")
    for sentence in differences(connection):
        yield Mismatch(_SUMS, sentence)


def _sealed(connection: Connection, keys: Keys) -> Iterator[Mismatch]:
    for check, sentence, request in unsealed(Session(connection), keys):
        yield Mismatch(check, sentence, request)


def _count(connection: Connection, of: str) -> int:
    counted: int = connection.execute(text(f"SELECT count(*) FROM {of}")).scalar_one()  # noqa: S608 - ours
    return counted


def _shown(cell: object) -> object:
    return f"req_{cell[:8]}" if isinstance(cell, str) else cell


def _is_id(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) == _ID_LENGTH


_ID_LENGTH = 32
"""Of a UUID in hex."""
