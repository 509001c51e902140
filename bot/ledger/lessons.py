"""What is to be learnt of customers' messages and of the replies that people sent.

A message is kept from the moment when a draft is made for it: with stand-ins, and sealed, so that
to erase whoever wrote it, or whoever asked for the draft, is to learn nothing of it. What asks
nearly the same is one suggestion; whoever changes its rows from `open` has decided.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, func, select, update

from bot.ledger import tables
from bot.ledger.chain import Entry
from bot.ledger.keys import Keys
from bot.ledger.reviewing import newest
from bot.ledger.rows import now_ms, requested, restored, seen, storable
from bot.ledger.sealed import DataKey, Unreadable
from bot.ledger.writer import Writer
from generators.draft import Request, UserId, fingerprint, words
from moderation.gate import Assessment
from moderation.policy import Direction

BATCH: Final = 20
KNOWN: Final = 500
"""So many of the newest suggestions are compared with another one."""
UNDRAFTED: Final = "undrafted"
"""Why nothing is learnt where nobody saw a draft, nor a reason why there is none."""
DONE: Final = ("accepting", "accepted")
SUGGESTED: Final = ("open", "rejected", *DONE)
_ROW, _REQUEST, _REPLY = tables.Lesson, tables.Request, tables.Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A customer's message, and what was drafted and sent."""

    request: Request
    customer: str
    question: str
    body: str
    """What was drafted; empty where there is nothing that can be read."""
    said: str = ""
    """What was sent."""
    sent_ms: int = 0
    """When it was decided to send that."""
    is_seen: bool = True
    """False once the draft was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An article that a person may accept: of the newest of the replies that say the same."""

    id: str
    taught: Taught
    question: str
    answer: str
    place: str
    count: int = 1
    """How many replies it stands for."""


@dataclass(frozen=True, slots=True)
class Known:
    """A question of which something became, or was suggested."""

    head: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the gate says of the words of a suggestion, and where it may be known."""

    question: Assessment
    answer: Assessment
    place: str


@dataclass(frozen=True, slots=True)
class Lessons:
    """The part of the ledger for what is learnt of replies."""

    writer: Writer
    keys: Keys

    async def note(self, request: Request, customer: str, question: str) -> None:
        """Keep the message that a draft is about to be made for."""

        def work(session: Session) -> None:
            name = request.id.hex
            row = session.get(_ROW, name)
            if row is None:
                row = _ROW(request_id=name, customer=customer, question=b"", asked_ms=now_ms())
                session.add(row)
            if row.state == "asked":
                key = self.keys.of(session, customer or request.user)
                row.customer = customer
                row.question = key.seal(f"lesson.question:{name}", storable(question))

        await self.writer.write(work)

    async def unread(self) -> Sequence[Taught]:
        """Return some messages of which nobody has looked whether there was a draft."""
        fresh = col(_ROW.code).is_(None), _REQUEST.state == "done"
        return await self.writer.read(lambda session: self._some(session, *fresh))

    async def looked(self, request_id: str, code: str, place: str, said: Assessment | None) -> None:
        """Record whether there was a draft, and the question as it may be shown to colleagues."""

        def work(session: Session) -> None:
            row = session.get_one(_ROW, request_id)
            row.code, row.place = code, place
            if said is not None and row.question:
                self._say(session, row, question=said)

        await self.writer.write(work)

    async def sent(self) -> Sequence[Taught]:
        """Return some messages whose replies were sent, and of which nothing is learnt yet."""
        chosen = col(_REPLY.decision).in_(("send", "edit")), _REPLY.state == "sent"
        fresh = _ROW.state == "asked", col(_ROW.code).is_not(None), func.length(_ROW.question) > 0
        return await self.writer.read(lambda session: self._some(session, *chosen, *fresh))

    async def skip(self, request_id: str, reason: str) -> None:
        """Learn nothing of a reply, suggested or not yet, and keep no words for that."""
        less = {"state": "skipped", "reason": reason, "question": b"", "answer": b""}
        undecided = col(_ROW.request_id) == request_id, col(_ROW.state).in_(("asked", "open"))
        await self.writer.write(lambda s: s.execute(update(_ROW).where(*undecided).values(**less)))

    async def known(self, place: str) -> Sequence[Known]:
        """Return what was suggested of a place before, the newest first, as far as it is kept."""

        def work(session: Session) -> Sequence[Known]:
            there = _ROW.place == place, col(_ROW.state).in_(SUGGESTED)
            found = select(_ROW, _REQUEST).join(_REQUEST).where(*there)
            newest_first = found.order_by(col(_ROW.asked_ms).desc()).limit(KNOWN)
            rows = session.exec(newest_first).all()
            return [
                Known(row.head, text)
                for row, asked in rows
                if (text := self._question(session, row, asked))
            ]

        return await self.writer.read(work)

    async def suggest(self, request_id: str, wording: Wording, like: str = "") -> bool:
        """Suggest an article, or count it with what asks the same, and share its end.

        Returns whether it is a new suggestion.
        """

        def work(session: Session) -> bool:
            row = session.get_one(_ROW, request_id)
            if row.state != "asked" or not row.question or not self._worded(session, row, wording):
                return False
            same = select(_ROW).where(_ROW.head == like, col(_ROW.state).in_(SUGGESTED))
            first = session.exec(same.limit(1)).first()
            row.place, row.head, row.state = wording.place, request_id, "open"
            if first is not None:
                row.head, row.article = first.head, first.article
                row.state = "accepted" if first.state in DONE else first.state
            return first is None

        return await self.writer.write(work)

    async def waiting(self) -> Sequence[Suggestion]:
        """Return what waits for a person, what was asked most first."""
        return await self.writer.read(self._waiting)

    async def accept(self, head: str, who: UserId, wording: Wording, article: str) -> bool:
        """Record that a person accepts an article, in these words; False if somebody was faster."""

        def work(session: Session) -> bool:
            taken = self._taken(session, head)
            if not taken or not self._final(session, taken[0], wording):
                return False
            for row in taken:
                row.state, row.article = "accepted", article
                row.decided_by, row.decided_ms = who, now_ms()
            taken[0].state, taken[0].place = "accepting", wording.place
            self._log(session, who, "accept", head)
            return True

        return await self.writer.write(work)

    async def reject(self, head: str, who: UserId) -> bool:
        """Record that a person wants no such article; False if somebody was faster."""

        def work(session: Session) -> bool:
            taken = self._taken(session, head)
            for row in taken:
                row.state, row.decided_by, row.decided_ms = "rejected", who, now_ms()
            if taken:
                self._log(session, who, "reject", head)
            return bool(taken)

        return await self.writer.write(work)

    async def accepted(self) -> Sequence[tuple[str, Suggestion]]:
        """Return what was accepted and is not known to be in its base, by the article's name."""

        def work(session: Session) -> Sequence[tuple[str, Suggestion]]:
            rows = select(_ROW, _REQUEST).join(_REQUEST).where(_ROW.state == "accepting")
            found = session.exec(rows.limit(BATCH)).all()
            return [
                (row.article, made)
                for row, asked in found
                if (made := self._suggestion(session, row, asked, 1))
            ]

        return await self.writer.read(work)

    async def stored(self, request_id: str) -> None:
        """Record that the knowledge base has the article."""
        waits = col(_ROW.request_id) == request_id, col(_ROW.state) == "accepting"
        done = update(_ROW).where(*waits).values(state="accepted")
        await self.writer.write(lambda session: session.execute(done))

    def _some(self, session: Session, *which: ColumnElement[bool] | bool) -> Sequence[Taught]:
        rows = select(_ROW, _REQUEST, _REPLY).join(_REQUEST, col(_REQUEST.id) == _ROW.request_id)
        rows = rows.outerjoin(_REPLY, col(_REPLY.request_id) == _ROW.request_id).where(*which)
        found = session.exec(rows.order_by(col(_ROW.asked_ms)).limit(BATCH)).all()
        return [self._taught(session, *each) for each in found]

    def _taught(
        self,
        session: Session,
        row: tables.Lesson,
        asked: tables.Request,
        reply: tables.Reply | None,
    ) -> Taught:
        key = self.keys.find(session, asked.user)
        given: dict[str, Any] = {"request": requested(asked, None), "body": "", "said": ""}
        output = newest(session, asked.id)
        with suppress(Unreadable):
            if key is not None and asked.kept == tables.WHOLE:
                given["request"] = requested(asked, key)
                given["body"] = words(restored(output, key)) if output else ""
                if reply is not None and reply.text:
                    given["said"] = key.read(f"reply.text:{asked.id}", reply.text)
        return Taught(
            customer=row.customer,
            question=self._question(session, row, asked),
            sent_ms=(reply.decided_ms or 0) if reply is not None else 0,
            is_seen=seen(asked),
            **given,
        )

    def _question(self, session: Session, row: tables.Lesson, asked: tables.Request) -> str:
        """Return the question; empty where nobody can read it (any more)."""
        key = self.keys.find(session, row.customer or asked.user)
        with suppress(Unreadable):
            if key is not None and row.question:
                return key.read(f"lesson.question:{row.request_id}", row.question)
        return ""

    def _suggestion(
        self, session: Session, row: tables.Lesson, asked: tables.Request, count: int
    ) -> Suggestion | None:
        key, question = self.keys.find(session, asked.user), self._question(session, row, asked)
        with suppress(Unreadable):
            if key is None or not question or not row.answer:
                return None
            answer = key.read(f"lesson.answer:{row.request_id}", row.answer)
            if row.state == "accepting":
                question, _, answer = answer.partition("\n")
            return Suggestion(
                id=row.request_id if row.state == "accepting" else row.head,
                taught=self._taught(session, row, asked, session.get(_REPLY, asked.id)),
                question=question,
                answer=answer,
                place=row.place,
                count=count,
            )
        return None

    def _waiting(self, session: Session) -> Sequence[Suggestion]:
        rows = select(_ROW, _REQUEST).join(_REQUEST).where(_ROW.state == "open")
        found = session.exec(rows.order_by(col(_ROW.asked_ms).desc()).limit(KNOWN)).all()
        groups: dict[str, list[tuple[tables.Lesson, tables.Request]]] = {}
        for row, asked in found:
            if row.question and row.answer:
                groups.setdefault(row.head, []).append((row, asked))
        ranked = sorted(groups.values(), key=len, reverse=True)
        return [
            made for group in ranked if (made := self._suggestion(session, *group[0], len(group)))
        ]

    def _taken(self, session: Session, head: str) -> Sequence[tables.Lesson]:
        """Return the rows of a suggestion that still waits, the newest first."""
        mine = select(_ROW).where(_ROW.head == head, _ROW.state == "open")
        rows = session.exec(mine.order_by(col(_ROW.asked_ms).desc()).with_for_update()).all()
        return [row for row in rows if row.question and row.answer]

    def _worded(self, session: Session, row: tables.Lesson, wording: Wording) -> bool:
        return self._say(session, row, question=wording.question, answer=wording.answer)

    def _final(self, session: Session, row: tables.Lesson, wording: Wording) -> bool:
        """Put a whole article, its heading first, beside the question that it came from."""
        asked = session.get_one(_REQUEST, row.request_id)
        own = self.keys.find(session, asked.user)
        if own is None:
            return False
        parts = [words(one.content) for one in (wording.question, wording.answer)]
        row.answer = own.seal(f"lesson.answer:{row.request_id}", "\n".join(parts))
        _judged(session, asked, wording.question, own)
        _judged(session, asked, wording.answer, own)
        return True

    def _say(self, session: Session, row: tables.Lesson, **said: Assessment) -> bool:
        """Seal words as the gate lets them be shown, and keep its verdict on exactly them.

        False where the key of somebody is gone: no new one is made for whoever was erased.
        """
        asked = session.get_one(_REQUEST, row.request_id)
        own = self.keys.find(session, asked.user)
        theirs = self.keys.find(session, row.customer) if row.customer else own
        if own is None or theirs is None:
            return False
        for name, one in said.items():
            key = theirs if name == "question" else own
            setattr(row, name, key.seal(f"lesson.{name}:{row.request_id}", words(one.content)))
            _judged(session, asked, one, own)
        return True

    def _log(self, session: Session, who: UserId, what: str, head: str) -> None:
        actor = self.keys.pseudonym(session, who)
        self.keys.log(session, Entry(actor=actor, action=f"article_{what}", object=head))


def taught_alone(engine: Engine, customer: str) -> Sequence[str]:
    """Return the articles, base and id, that stand for nothing but messages of one customer."""
    mine = select(_ROW.article).where(_ROW.customer == customer, _ROW.article != "").distinct()
    others = select(_ROW.article).where(_ROW.customer != customer)
    with Session(engine.execution_options(atelier_read=True)) as session:
        return session.exec(mine.where(col(_ROW.article).not_in(others))).all()


def _judged(session: Session, asked: tables.Request, said: Assessment, key: DataKey) -> None:
    session.add(
        tables.Verdict(
            request_id=asked.id,
            attempt=asked.attempt,
            direction=Direction.OUTPUT,
            action=said.action.name.lower(),
            sha256=key.mark(fingerprint(said.content)),
            categories=" ".join(said.categories),
            policy_sha256=said.policy_sha256,
            at_ms=now_ms(),
        )
    )
    asked.verdict_rows += 1
