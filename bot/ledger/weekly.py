"""How drafts fared week by week, and what they say of the knowledge base. Reads only.

Weeks begin on Monday, UTC. Questions are as they were masked and judged; what has expired or was
erased is in no list, and counts only as a number.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from bot.budgets import EPOCH
from bot.ledger import tables
from bot.ledger.keys import Keys
from bot.ledger.lessons import UNDRAFTED
from bot.ledger.reviewing import newest
from bot.ledger.rows import restored
from bot.ledger.sealed import Unreadable
from bot.ledger.usage import DAY_MS
from generators.draft import words
from generators.support.learning import alike, cited

WEEK_MS: Final = 7 * DAY_MS
FAR: Final = 300
"""From this many thousandths of a draft changed on, an edit contradicts what the draft cites."""
CONTRADICTING: Final = frozenset({"incorrect", "outdated"})
ANSWERS: Final = 5000
"""So many of the newest answers are read for what they cite, at most."""
_MONDAY_DAYS: Final = 4
"""1970-01-05 was a Monday."""
_ROW, _REQUEST, _REPLY = tables.Lesson, tables.Request, tables.Reply


@dataclass(slots=True)
class Week:
    """What became of the drafts of one week."""

    monday: date
    drafts: int = 0
    """Those for a customer's thread: the others are copied by hand."""
    sent: int = 0
    """As they were, or edited."""
    edited: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""
    handed_over: int = 0
    distances: list[int] = field(default_factory=list)
    """How far what was sent is from each draft, in thousandths."""
    abstained: Counter[str] = field(default_factory=Counter)
    """By reason code."""

    @property
    def acceptance(self) -> float | None:
        """Which share of the drafts was sent, edited or not; None where there were none."""
        return self.sent / self.drafts if self.drafts else None

    @property
    def distance(self) -> float | None:
        """The median of the distances; None where nothing was sent."""
        return median(self.distances) if self.distances else None

    @property
    def changed(self) -> float:
        """The median of those of what was changed at all; 0 where nothing was."""
        return median([far for far in self.distances if far] or [0])


@dataclass(frozen=True, slots=True)
class Missing:
    """A question that no article covers, in the words of the newest one that asks the same."""

    question: str
    count: int
    latest: date
    """The week in which it was asked last: its Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """A report over some weeks."""

    weeks: Sequence[Week]
    missing: Sequence[Missing]
    cites: Mapping[str, int]
    """How many answers cite an article, by its id."""
    contradicted: Mapping[str, int]
    """How many drafts that cite an article were rejected as wrong, or changed much."""


def fared(
    session: Session,
    keys: Keys,
    since_ms: int,
    places: Collection[str] | None = None,
    most: int = ANSWERS,
) -> Fared:
    """Return how drafts fared since the Monday of a moment.

    `places`: questions only of these, as `Lesson.place` names them; None: of all. `most`: so many
    of the newest answers are read for what they cite.
    """
    begin = _monday_ms(since_ms)
    weeks: dict[int, Week] = {}
    rows = select(_ROW, _REPLY).join(
        _REPLY, col(_REPLY.request_id) == _ROW.request_id, isouter=True
    )
    for row, reply in session.exec(rows.where(_ROW.asked_ms >= begin)):
        _count(_week(weeks, row.asked_ms), row, reply)
    full = select(_REQUEST.created_ms).where(_REQUEST.verb == "draft", _REQUEST.notice == "BUDGET")
    for at_ms in session.exec(full.where(_REQUEST.created_ms >= begin)):
        _week(weeks, at_ms).abstained["usage_limit"] += 1
    answers = list(_answers(session, keys, begin, most))
    return Fared(
        weeks=[weeks[at] for at in sorted(weeks)],
        missing=_grouped(_missing(session, keys, begin, places)),
        cites=Counter(doc for docs, _ in answers for doc in docs),
        contradicted=Counter(doc for docs, wrong in answers if wrong for doc in docs),
    )


def reported(engine: Engine, keys: Keys, since_ms: int) -> Fared:
    """Return the same of a database that this process only looks at."""
    with Session(engine.execution_options(atelier_read=True)) as session:
        return fared(session, keys, since_ms)


def _week(weeks: dict[int, Week], at_ms: int) -> Week:
    begins = _monday_ms(at_ms)
    return weeks.setdefault(begins, Week(_day(begins)))


def _count(week: Week, row: tables.Lesson, reply: tables.Reply | None) -> None:
    if row.code:
        week.abstained[row.code] += 1
    if reply is None or row.code is None or row.reason == UNDRAFTED:
        return
    week.handed_over += reply.decision == "hand_over"
    if row.code:
        return
    week.drafts += 1
    if reply.decision == "reject":
        week.rejected[reply.reason or "other"] += 1
    if reply.decision in {"send", "edit"} and reply.state == "sent":
        week.sent += 1
        week.edited += reply.decision == "edit"
        week.distances.append(reply.distance)


def _missing(
    session: Session, keys: Keys, begin: int, places: Collection[str] | None
) -> Iterator[tuple[str, date]]:
    """Yield the questions that nothing covers, the newest first, and their weeks."""
    uncovered = _ROW.code == "missing_knowledge", func.length(_ROW.question) > 0
    rows = select(_ROW, _REQUEST).join(_REQUEST).where(*uncovered, _ROW.asked_ms >= begin)
    for row, asked in session.exec(rows.order_by(col(_ROW.asked_ms).desc()).limit(ANSWERS)):
        key = keys.find(session, row.customer or asked.user)
        if key is None or (places is not None and row.place not in places):
            continue
        try:
            text = key.read(f"lesson.question:{row.request_id}", row.question)
        except Unreadable:
            continue
        yield text, _day(_monday_ms(row.asked_ms))


def _grouped(found: Iterator[tuple[str, date]]) -> Sequence[Missing]:
    heads: list[tuple[str, date]] = []
    counts: Counter[int] = Counter()
    for text, day in found:
        at = alike(text, [head for head, _ in heads])
        if at is None:
            at = len(heads)
            heads.append((text, day))
        counts[at] += 1
    return [Missing(heads[at][0], count, heads[at][1]) for at, count in counts.most_common()]


def _answers(
    session: Session, keys: Keys, begin: int, most: int
) -> Iterator[tuple[Sequence[str], bool]]:
    """Yield what each answer cites, and whether a person found it wrong."""
    kept = _REQUEST.kept == tables.WHOLE, _REQUEST.outcome == "delivered"
    rows = select(_REQUEST, _REPLY).join(_REPLY, isouter=True).where(*kept)
    rows = rows.where(_REQUEST.created_ms >= begin).order_by(col(_REQUEST.created_ms).desc())
    for asked, reply in session.exec(rows.limit(most)).all():
        output, key = newest(session, asked.id), keys.find(session, asked.user)
        if output is None or key is None or output.kind != "Text":
            continue
        try:
            docs = cited(words(restored(output, key)))
        except Unreadable:
            continue
        yield docs, reply is not None and _is_wrong(reply)


def _is_wrong(reply: tables.Reply) -> bool:
    rejected = reply.decision == "reject" and reply.reason in CONTRADICTING
    return rejected or (reply.decision == "edit" and reply.distance >= FAR)


def _monday_ms(at_ms: int) -> int:
    start = _MONDAY_DAYS * DAY_MS
    return (at_ms - start) // WEEK_MS * WEEK_MS + start


def _day(at_ms: int) -> date:
    return (EPOCH + timedelta(milliseconds=at_ms)).date()
