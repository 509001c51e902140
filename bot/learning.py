"""What is learnt of replies: one that a person sent is suggested as an article, for others to take.

Nothing is learnt of a mere draft, of what was taken back, and of what an internal article says. The
words are masked once more, and judged; what was said in a private channel stays there.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.delivery.posting import Undeliverable
from bot.delivery.slack import OutcomeUnknown, SlackRefused
from bot.drafted import Span, stale
from bot.intake.meanings import TAUGHT, TEACH, UNTEACH, Press
from bot.ledger.lessons import UNDRAFTED, Lessons, Suggestion, Taught, Wording
from bot.ledger.replying import REPLY
from bot.ledger.weekly import fared
from bot.ledger.writer import LedgerUnavailable
from bot.replies import PRESSES as REPLIED
from bot.replies import Replying
from bot.seams import Reading
from bot.settings import Settings
from bot.views.drafted import chart
from bot.views.learning import MOST_CHARS, TITLE_MOST, Offer, offer, suggestions, teaching
from bot.views.notices import Notice
from bot.views.render import Block
from generators.draft import (
    Destination,
    EngineUnavailable,
    GenerationError,
    Request,
    Text,
    UserId,
    words,
)
from generators.metering import metered
from generators.sentences import one_line
from generators.support.abstaining import code_of
from generators.support.bases import LEARNT, Bases
from generators.support.learning import alike, article, asked_in, says, taught_by, unnamed
from generators.support.words import informative
from moderation.checks.masking import masked
from moderation.checks.pii import Pii
from moderation.judge import Assessment, scope_of
from moderation.tables import Action, Direction
from moderation.threads import Stuck, Threads

log = logging.getLogger(__name__)

PRESSES: Final = REPLIED | {TEACH, UNTEACH, TAUGHT}
LOOK_S: Final = 60.0
"""How often it is looked for what is new, where no press of this bot says so before."""
EARLIER_S: Final = 3600.0
"""So long before its decision is a reply looked for: clocks differ."""
DIRECT: Final = "direct"
"""The place of what was asked in no channel."""
KEPT_CHARS: Final = MOST_CHARS - 200
"""A longer answer is cut: a form takes no more, and stand-ins may make it longer."""
CHARTED: Final = 4
"""Weeks that the home shows."""
READ: Final = 500
"""Answers that are read for it."""
_OTHERS: Final = ("is_ext_shared", "is_shared", "is_pending_ext_shared", "is_im", "is_mpim")


@dataclass(frozen=True, slots=True)
class Noting:
    """A reading that keeps, with stand-ins, the message that a draft is about to be made for."""

    inner: Reading
    """Masks what it reads."""
    lessons: Lessons
    verbs: frozenset[str] = frozenset({"draft"})

    async def gather(self, request: Request) -> Request:
        """Return the request with its messages. Raises GenerationError."""
        gathered = await self.inner.gather(request)
        if request.verb in self.verbs:
            said = (line for line in reversed(gathered.context) if line.text.strip())
            asked, last = gathered.prompt.strip(), next(said, None)
            if asked or last is not None:
                writer = "" if asked or last is None else last.writer
                question = asked or (last.text if last else "")
                await self.lessons.note(request, writer, question)
        return gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """From sent replies to articles; approvers decide."""

    replying: Replying
    lessons: Lessons
    library: Bases
    base: str = LEARNT
    """The knowledge base that articles go to."""
    channel: str = ""
    """Name or id of the channel that is told of suggestions; empty: none."""
    own: tuple[str, ...] = ()
    """The greeting and the signature of the settings."""
    threads: Threads = field(default_factory=Threads)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, replying: Replying, settings: Settings, bases: Bases) -> "Learning":
        """Learn of these replies, as the settings of the verb that drafts them say."""
        verb = settings.verbs.get("draft")
        options: Mapping[str, object] = verb.options if verb else {}
        given = {name: str(options.get(name) or "") for name in ("kb", "greeting", "signature")}
        return cls(
            replying=replying,
            lessons=Lessons(replying.replies.writer, replying.replies.keys),
            library=bases,
            base=given["kb"] or LEARNT,
            channel=settings.approvers_channel,
            own=(given["greeting"], given["signature"]),
        )

    async def press(self, press: Press, show_home: Callable[[UserId], Awaitable[object]]) -> None:
        """Do what a button or a form says, if this person may; `show_home` shows what it led to."""
        if press.what in REPLIED:
            await self.replying.press(press)
            self.news.set()
            return
        if not await self._may(press):
            await self.replying.tell(press, Notice.NOT_AN_APPROVER)
            return
        found = await self._found(press)
        if found is None:
            await self.replying.tell(press, Notice.LESSON_DECIDED)
        elif press.what == TEACH:
            await self.replying.open(press, teaching(offer(found)))
        elif press.what == UNTEACH:
            done = await self.lessons.reject(found.id, press.person)
            said = Notice.LESSON_REJECTED if done else Notice.LESSON_DECIDED
            await self.replying.tell(press, said)
        else:
            await self._accept(press, found)
        if press.what != TEACH:
            await show_home(press.person)

    async def watch(self) -> None:
        """Learn of what was sent, until cancelled."""
        while True:
            try:
                await self.look()
            except LedgerUnavailable as error:
                log.warning("what replies teach is looked after later: %s", error)
            try:
                await asyncio.wait_for(self.news.wait(), LOOK_S)
            except TimeoutError:
                continue
            self.news.clear()

    async def look(self) -> None:
        """Look at what is new, suggest what was sent, and store what was accepted."""
        for taught in await self.lessons.unread():
            await self._tried(self._read(taught))
        for taught in await self.lessons.sent():
            await self._tried(self._learn(taught))
        await self._tried(self._store())

    async def blocks(self, person: UserId) -> Sequence[Block]:
        """Return what an approver's home lists of suggestions, and how drafts fared; or nothing.

        How they fared is also for admins and auditors.
        """
        roles = self.replying.roles
        decides = await roles.may(person, "reply")
        if not decides and not await roles.may(person, "see_usage"):
            return ()
        found = [one async for one in self._visible(person)] if decides else []
        return [*(suggestions(found) if found else ()), *await self._chart()]

    async def _chart(self) -> Sequence[Block]:
        span, keys = Span(weeks=CHARTED), self.lessons.keys
        told = await self.lessons.writer.read(
            lambda session: fared(session, keys, span.since_ms, ("",), READ)
        )
        looked = await asyncio.to_thread(stale, self.library, told, span) if told.weeks else ()
        return chart(told, len({one.name for one in looked}))

    async def _tried(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (SlackRefused, OutcomeUnknown, GenerationError, OSError) as error:
            about = {"error": type(error).__name__}
            log.warning("what a reply teaches is looked after later: %(error)s", about)

    async def _may(self, press: Press) -> bool:
        if self.replying.roles.is_outsider(press.team):
            return False
        return await self.replying.roles.may(press.person, "reply", fresh=True)

    async def _found(self, press: Press) -> Suggestion | None:
        async for one in self._visible(press.person):
            if one.id == press.request_id:
                return one
        return None

    async def _visible(self, person: UserId) -> AsyncIterator[Suggestion]:
        """Yield what waits, and what of it was said in channels only where somebody is a member."""
        inside: dict[str, bool] = {"": True, DIRECT: False}
        for one in await self.lessons.waiting():
            if one.place not in inside:
                inside[one.place] = person in await self._members(one.place)
            if inside[one.place]:
                yield one

    async def _members(self, channel: str) -> frozenset[str]:
        try:
            return await self.replying.slack.members(channel)
        except (SlackRefused, OutcomeUnknown):
            return frozenset()

    async def _read(self, taught: Taught) -> None:
        """Write down whether there was a draft, and of what there was none the question."""
        code = code_of(taught.body) or ""
        place = await self._place(taught.request.about)
        said = None
        if code and taught.question:
            said = await self._judged(taught, asked_in(taught.question))
        shown = said if said is not None and said.action < Action.HOLD else None
        await self.lessons.looked(taught.request.id.hex, code, place, shown)
        if not taught.body or not taught.is_seen:
            await self.lessons.skip(taught.request.id.hex, UNDRAFTED)

    async def _learn(self, taught: Taught) -> None:
        """Suggest what was sent as an article, or write down why not."""
        about, name = taught.request.about, taught.request.id.hex
        if await self._is_withdrawn(taught):
            await self.lessons.skip(name, "taken_back")
            return
        question = asked_in(taught.question)
        answer = taught_by(taught.said, self.own)[:KEPT_CHARS].rstrip()
        if not informative(question) or not informative(answer):
            await self.lessons.skip(name, "nothing")
            return
        names = await self._names(taught.customer)
        said = unnamed(question, names), unnamed(answer, names)
        wording = await self._wording(taught, said, await self._place(about))
        if wording is None:
            await self.lessons.skip(name, "held")
            return
        if reason := await self._needless(taught, wording):
            await self.lessons.skip(name, reason)
            return
        known = await self.lessons.known(wording.place)
        at = alike(words(wording.question.content), [one.question for one in known])
        if await self.lessons.suggest(name, wording, "" if at is None else known[at].head):
            await self._announce(taught.request)

    async def _announce(self, request: Request) -> None:
        """Tell the approvers' channel, if there is one; nobody misses it if it is lost."""
        if not self.channel:
            return
        to = await self.replying.slack.channel_id(self.channel) or self.channel
        if await self.replying.roles.is_shared(to):
            log.error("no approver is told: other workspaces read #%(channel)s", {"channel": to})
            return
        try:
            await self.replying.delivery.announce(request, Notice.LESSON_NEW, to)
        except Undeliverable:
            log.error("no approver is told: is the app in #%(channel)s?", {"channel": to})  # noqa: TRY400 - one line says it

    async def _accept(self, press: Press, found: Suggestion) -> None:
        taught = found.taught
        if await self._is_withdrawn(taught):
            await self.lessons.skip(taught.request.id.hex, "taken_back")
            await self.replying.tell(press, Notice.LESSON_GONE)
            return
        place = found.place or await self._place(taught.request.about)
        wording = await self._wording(taught, (one_line(press.title), press.said), place)
        if wording is None:
            typed = Offer(found.id, press.title, press.said[:MOST_CHARS], place, found.count)
            await self.replying.open(press, teaching(typed, Notice.LESSON_HELD))
            return
        name = f"{self.base}/reply-{found.id[:12]}"
        if await self.lessons.accept(found.id, press.person, wording, name):
            await self._tried(self._store())
            await self.replying.tell(press, Notice.LESSON_ACCEPTED)
        else:
            await self.replying.tell(press, Notice.LESSON_DECIDED)

    async def _store(self) -> None:
        """Put into the knowledge base what was accepted, also by a bot that ended then."""
        for name, made in await self.lessons.accepted():
            base, _, doc = name.partition("/")
            one = article(doc, made.question, made.answer, made.place)
            report = await asyncio.to_thread(self.library.add, base, [one])
            for over in report.skipped:
                log.error("an accepted article is not stored: %(why)s", {"why": over.why})
            if not report.skipped:
                await self.lessons.stored(made.id)

    async def _is_withdrawn(self, taught: Taught) -> bool:
        """Tell whether the reply is in the customer's thread no more, or cannot be read."""
        about = taught.request.about
        if about is None or not taught.is_seen or not taught.said or not taught.question:
            return True
        key = {"request_id": taught.request.id.hex, "part": REPLY}
        since_s = taught.sent_ms / 1000 - EARLIER_S
        try:
            there = await self.replying.slack.find(about.channel, about.thread_ts, since_s, key)
        except SlackRefused:
            return True  # the channel is gone, or the bot is no more in it
        return not there

    async def _place(self, about: Destination | None) -> str:
        """Return the channel that something is kept to; nothing where all colleagues read it."""
        if about is None:
            return DIRECT
        try:
            info = await self.replying.slack.channel(about.channel)
        except SlackRefused:
            return about.channel
        open_ = info.get("is_private") is False and not any(info.get(name) for name in _OTHERS)
        return "" if open_ else about.channel

    async def _wording(self, taught: Taught, said: tuple[str, str], place: str) -> Wording | None:
        """Return the words as they may be shown; None where they may not be, or none are left."""
        seen = [await self._judged(taught, text.strip()) for text in said]
        if any(one.action >= Action.HOLD for one in seen):
            return None
        lengths = [len(words(one.content).strip()) for one in seen]
        if not all(lengths) or lengths[0] > TITLE_MOST or lengths[1] > MOST_CHARS:
            return None
        question, answer = seen
        return Wording(question=question, answer=answer, place=place)

    async def _judged(self, taught: Taught, text: str) -> Assessment:
        """Mask what is personal in a text, and judge what is left for where it was said."""
        request = taught.request
        there = replace(request, reply_to=request.about or request.reply_to)
        clean = await self._masked(text)
        gate = self.replying.gate
        with metered() as calls:
            seen = await gate.judge(Text(clean), Direction.OUTPUT, scope_of(there))
        await self.replying.desk.spent(request.id.hex, calls)
        return seen

    async def _masked(self, text: str) -> str:
        policy = self.replying.gate.policy

        def work() -> str:
            found = Pii().inspect(Text(text), Direction.OUTPUT)
            kept = (one for one in found if text[one.start : one.end] not in policy.allow)
            return masked(text, kept).text

        try:
            return await self.threads.run(work, policy.check_timeout_s)
        except (TimeoutError, Stuck) as error:
            raise EngineUnavailable("personal data was not looked for in time") from error

    async def _needless(self, taught: Taught, wording: Wording) -> str:
        """Return why something is not to be an article: customers must not see it, or it is one."""
        question, answer = words(wording.question.content), words(wording.answer.content)
        with metered() as calls:
            internal = await self.replying.is_internal(answer)
            found = await self.replying.knowledge.search(question, shared=None)
        await self.replying.desk.spent(taught.request.id.hex, calls)
        if internal:
            return "internal"
        same = (one for one in found if one.public and alike(question, [one.title]) == 0)
        return "known" if any(says(one.text, answer) for one in same) else ""

    async def _names(self, customer: str) -> Sequence[str]:
        """Return what somebody is called."""
        if not customer:
            return ()
        person = await self.replying.slack.person(customer)
        profile = person.get("profile") or {}
        keys = ("real_name", "display_name", "first_name", "last_name")
        called = [str(profile.get(key) or person.get(key) or "") for key in keys]
        return [part for name in called for part in (name, *name.split())]
