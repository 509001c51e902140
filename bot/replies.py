"""Drafted replies on their way to a customer: a named person approves, edits, or has another made.

What counts is one compare-and-set in the ledger (`bot.ledger.replying`); what goes to the thread of
a customer is judged for that place, written down before it is sent, and sent once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final

from bot.delivery.delivery import Delivery
from bot.delivery.posting import Undeliverable
from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
from bot.intake.meanings import AMEND, AMENDED, ANEW, DECLINE, DECLINED, HAND_OVER, SEND, Press
from bot.ledger.replying import Choice, Pending, Replies, Unsent
from bot.ledger.reviewing import Desk
from bot.ledger.rows import now_ms
from bot.ledger.writer import LedgerUnavailable
from bot.roles import Roles
from bot.seams import Reading
from bot.views.notices import Notice
from bot.views.reply import KNOWN, MOST_CHARS, REASONS, amending, declining
from generators.draft import (
    Cost,
    Destination,
    Draft,
    GenerationError,
    Request,
    Text,
    words,
)
from generators.metering import metered
from generators.sentences import language, sentences
from generators.support.sending import above_the_rule, as_sent
from generators.support.words import informative
from generators.tools import Knowledge, Passage
from moderation.gate import Cleared, Gate

log = logging.getLogger(__name__)

PRESSES: Final = frozenset({SEND, AMEND, AMENDED, DECLINE, DECLINED, HAND_OVER, *ANEW})
LOOK_S: Final = 60.0
"""How often it is looked for what was decided on and not sent, and how old that is then."""
HELD: Final = 0.8
"""From this share of a sentence's words on, an article holds it."""
LEAST: Final = 3
"""Fewer words than that say nothing of where a sentence is from."""


@dataclass(frozen=True, slots=True)
class Following:
    """A reading that writes down how far the thread of a customer was read."""

    inner: Reading
    replies: Replies

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages. Raises GenerationError."""
        gathered = await self.inner.gather(request)
        if request.about is not None:
            await self.replies.read(request.id.hex, newest(gathered))
        return gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Replying:
    """The buttons of a drafted reply; only approvers send."""

    slack: Slack
    delivery: Delivery
    replies: Replies
    desk: Desk
    gate: Gate
    reading: Reading
    """Reads the customer's thread, and writes nothing down."""
    roles: Roles
    knowledge: Knowledge
    wake: Callable[[], None]
    """Called when there may be something to claim."""

    async def press(self, press: Press) -> None:
        """Do what a button or a form says, if this person may."""
        found = await self.replies.pending(press.request_id)
        if found is None or found.request.about is None or not await self._theirs(press, found):
            await self.tell(press, Notice.REPLY_DECIDED)
            return
        if press.what in ANEW:
            await self._anew(press, found)
        elif press.what == DECLINE:
            await self.open(press, declining(press.request_id))
        elif press.what == DECLINED:
            await self._decline(press, found)
        elif not await self.roles.may(press.person, "reply", fresh=True):
            await self.tell(press, Notice.NOT_AN_APPROVER)
        elif press.what == AMEND:
            await self.open(press, amending(press.request_id, above_the_rule(found.body)))
        elif not await self._outdated(press, found, found.request.about):
            await self._send(press, found, found.request.about)

    async def watch(self) -> None:
        """Send what was decided on and not sent, until cancelled."""
        while True:
            try:
                await self.look(now_ms() - int(LOOK_S * 1000))
            except (LedgerUnavailable, SlackRefused, OutcomeUnknown) as error:
                about = {"error": type(error).__name__}
                log.warning("replies are looked after later: %(error)s", about)
            await asyncio.sleep(LOOK_S)

    async def look(self, before_ms: int) -> None:
        """Send what was decided on before a moment, and is not known to be there."""
        for one in await self.replies.unsent(before_ms):
            await self._again(one)

    async def _theirs(self, press: Press, found: Pending) -> bool:
        if self.roles.is_outsider(press.team):
            return False
        mine = press.person == found.request.user
        return mine or await self.roles.may(press.person, "reply", fresh=True)

    async def _anew(self, press: Press, found: Pending) -> None:
        if await self.replies.anew(press.request_id, press.person, ANEW[press.what]):
            self.wake()
            await self.delivery.close_draft(found.request, Notice.REPLY_ANEW)
        else:
            await self.tell(press, Notice.REPLY_DECIDED)

    async def _decline(self, press: Press, found: Pending) -> None:
        reason = press.reason if press.reason in REASONS else "other"
        choice = Choice(decision="reject", reason=reason)
        if await self.replies.decide(press.request_id, press.person, choice):
            await self.delivery.close_draft(found.request, Notice.REPLY_REJECTED)
        else:
            await self.tell(press, Notice.REPLY_DECIDED)

    async def _outdated(self, press: Press, found: Pending, to: Destination) -> bool:
        """Tell whether nothing may be sent there now, and say why."""
        if await self.roles.is_shared(to.channel):
            await self.tell(press, Notice.REPLY_SHARED)
            return True
        try:
            latest = newest(await self.reading.gather(found.request))
        except GenerationError:
            await self.tell(press, Notice.REPLY_UNREAD)
            return True
        if latest > found.seen_ts:
            await self.tell(press, Notice.REPLY_STALE)
        return latest > found.seen_ts

    async def _send(self, press: Press, found: Pending, to: Destination) -> None:
        if press.what == HAND_OVER:
            await self._hand_over(press, found, to)
            return
        own = as_sent(above_the_rule(found.body))
        said = as_sent(press.said) if press.what == AMENDED else own
        cleared = await self._cleared(press, found, to, said)
        if cleared is None:
            return
        sent = words(cleared.assessment.content)
        choice = Choice(
            decision="send" if press.what == SEND else "edit",
            sent=cleared.assessment,
            distance=await asyncio.to_thread(distance, own, sent),
            sends=True,
        )
        if await self.replies.decide(press.request_id, press.person, choice):
            post = self.delivery.send_reply(cleared, press.person)
            await self._posted(found.request, post, Notice.REPLY_SENT)
        else:
            await self.tell(press, Notice.REPLY_DECIDED)

    async def _hand_over(self, press: Press, found: Pending, to: Destination) -> None:
        choice = Choice(decision="hand_over", sends=True)
        if await self.replies.decide(press.request_id, press.person, choice):
            post = self.delivery.hand_over(found.request, to, language(found.body))
            await self._posted(found.request, post, Notice.REPLY_TAKEN_OVER)
        else:
            await self.tell(press, Notice.REPLY_DECIDED)

    async def _cleared(
        self, press: Press, found: Pending, to: Destination, said: str
    ) -> Cleared | None:
        """Return the words as the gate clears them for there; or give them back, and say why not.

        A form shows words that were judged only, and what is wrong is known of them then.
        """
        draft = _draft(found.request, to, said, found.model)
        problem = None
        with metered() as calls:
            verdict = await self.gate.review(draft)
            if not isinstance(verdict, Cleared) or not said:
                problem = Notice.REPLY_HELD
            elif press.reason != KNOWN and await self.is_internal(said):
                problem = Notice.REPLY_INTERNAL
        billed = replace(draft, cost=replace(draft.cost, calls=tuple(calls)))
        if problem is None and isinstance(verdict, Cleared):
            await self.desk.spent(press.request_id, calls)
            return verdict
        await self.desk.refused(press.request_id, billed, verdict.assessment)
        if len(said) > MOST_CHARS:
            await self.tell(press, Notice.REPLY_HELD)
        else:
            await self.open(press, amending(press.request_id, said, problem))
        return None

    async def is_internal(self, said: str) -> bool:
        """Tell whether a sentence stands in an internal article, and in no public one."""
        for sentence in sentences(said):
            try:
                found = await self.knowledge.search(sentence, shared=None)
            except GenerationError:
                return True  # nobody can tell
            held = [one for one in found if _holds(one, sentence)]
            if held and not any(one.public for one in held):
                return True
        return False

    async def _again(self, one: Unsent) -> None:
        """Send what another process, or an earlier attempt, has decided to send."""
        to = one.request.about
        if to is None:
            return
        if not one.text:
            post = self.delivery.hand_over(one.request, to, language(one.body))
            await self._posted(one.request, post, Notice.REPLY_TAKEN_OVER)
            return
        draft = _draft(one.request, to, one.text, one.model)
        with metered() as calls:
            verdict = await self.gate.review(draft)
        await self.desk.spent(one.request.id.hex, calls)
        if isinstance(verdict, Cleared):
            post = self.delivery.send_reply(verdict, one.who)
            await self._posted(one.request, post, Notice.REPLY_SENT)
        else:  # by today's rules
            await self.replies.sent(one.request.id.hex, lost=True)
            await self.delivery.close_draft(one.request, Notice.REPLY_LOST)

    async def _posted(self, request: Request, post: Awaitable[None], done: Notice) -> None:
        try:
            await post
        except Undeliverable:
            await self.replies.sent(request.id.hex, lost=True)
            await self.delivery.close_draft(request, Notice.REPLY_LOST)
            return
        await self.replies.sent(request.id.hex)
        await self.delivery.close_draft(request, done)

    async def open(self, press: Press, form: dict[str, object]) -> None:
        """Open a form for whoever pressed; tell them if that came too late."""
        try:
            await self.slack.open_form(press.trigger_id, form)
        except (SlackRefused, OutcomeUnknown):
            await self.tell(press, Notice.FORM_LOST)

    async def tell(self, press: Press, item: Notice) -> None:
        """Tell who pressed a fixed sentence: where they did, or in their direct messages."""
        here = press.here
        if here.channel in {"", press.person}:
            here = Destination(channel=await self.slack.open_dm(press.person))
        await self.delivery.whisper(here, item, press.person, "en")


def newest(request: Request) -> str:
    """Return the time of the newest message that a request is about; empty where there is none."""
    return max((line.ts for line in request.context), default="")


def distance(drafted: str, sent: str) -> int:
    """Return how far a text is from another, in thousandths: 0 is the same, 1000 all else.

    >>> distance("abcd", "abcd"), distance("ab", "cd"), distance("退款5天", "退款6天")
    (0, 1000, 250)
    """
    return round(1000 * (1 - SequenceMatcher(None, drafted, sent, autojunk=False).ratio()))


def _draft(request: Request, to: Destination, said: str, model: str) -> Draft:
    there = replace(request, reply_to=to)
    return Draft(request=there, content=Text(said), cost=Cost(model=model))


def _holds(passage: Passage, sentence: str) -> bool:
    terms = informative(sentence)
    held = set(informative(passage.text))
    return len(terms) >= LEAST and sum(term in held for term in terms) >= HELD * len(terms)
