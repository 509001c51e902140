"""The one way out: a draft becomes `Cleared` here, or it is `Held` or `Blocked`.

Only the gate makes a `Cleared`, and delivery opens nothing else, so an output that was not
moderated cannot be posted: the type checker says so, and so do the constructor and the seal. A
check that fails, hangs or answers nonsense means *held*, never *allowed*. Knows nothing of Slack
or models.
"""

import hashlib
import hmac
import logging
import secrets
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import InitVar, dataclass, replace
from functools import partial
from typing import Final, final

from generators.draft import (
    Content,
    Destination,
    Draft,
    Grid,
    Illustrated,
    Image,
    Line,
    Request,
    Text,
    UserId,
    is_built_in,
    words,
)
from moderation.advice import Advice, Sight
from moderation.finding import FAULT, Check, Finding
from moderation.grids import Composing, assessed, composed, drawn_by
from moderation.growing import Growing, grown
from moderation.hearing import Heard, Hearing
from moderation.illustrated import assessed as assessed_both
from moderation.illustrated import made_by
from moderation.judge import Assessment, Judge, scope_of
from moderation.panel import Panel
from moderation.policy import UNREADABLE, Policy
from moderation.tables import ANYWHERE, Action, Direction, Scope
from moderation.threads import Stuck, Threads

log = logging.getLogger(__name__)


class SealBroken(Exception):  # noqa: N818 - reads as the state it names
    """Somebody tried to deliver what the gate did not clear, or did not clear for there."""


class _Token:
    """Proof that the gate itself is calling."""


_TOKEN: Final = _Token()


@final
@dataclass(frozen=True, slots=True, weakref_slot=True)
class Cleared:
    """Content that may be shown, once, at one destination."""

    draft: Draft
    assessment: Assessment
    whole: bool
    """False while more of the answer is to come."""
    nonce: str
    seal: bytes
    token: InitVar[_Token]

    def __post_init__(self, token: _Token) -> None:
        """Refuse to exist unless the gate made it."""
        if token is not _TOKEN:
            raise TypeError("only the gate makes a Cleared")


@final
@dataclass(frozen=True, slots=True)
class Held:
    """Content that waits for a person's decision."""

    draft: Draft
    assessment: Assessment


@final
@dataclass(frozen=True, slots=True)
class Blocked:
    """Content that must not be shown."""

    draft: Draft
    assessment: Assessment


Verdict = Cleared | Held | Blocked


@final
@dataclass(frozen=True, slots=True)
class Admitted:
    """A request as the generators may see it: what had to be redacted is."""

    request: Request
    assessment: Assessment


@final
@dataclass(frozen=True, slots=True)
class Refused:
    """A request that no generator may see."""

    request: Request
    assessment: Assessment


class Gate:
    """Runs every check over content and decides by the policy."""

    def __init__(
        self,
        checks: Sequence[Check],
        policy: Policy,
        advice: Advice | None = None,
        sight: Sight | None = None,
    ) -> None:
        """Take the checks to run; there must be at least one, each with a name of its own."""
        self.adopt(checks, policy)
        self._advice = advice
        self._sight = sight
        self._key = secrets.token_bytes(32)
        self._open: set[str] = set()
        self._threads = Threads()
        self.sheets: Composing = composed
        """What puts pictures that were judged one by one on the sheet that leaves."""

    @property
    def policy(self) -> Policy:
        """The rules in force."""
        return self._judge.policy

    def adopt(self, checks: Sequence[Check], policy: Policy) -> None:
        """Decide by other rules from now on; what is being judged ends by the old ones."""
        self._judge = Judge(Panel(checks), policy)
        self._growing = Growing.of(checks, policy, self._checked)

    @property
    def hanging(self) -> int:
        """How many checks hang now."""
        return self._threads.abandoned

    @property
    def stuck(self) -> bool:
        """Whether so many checks hang that everything is held."""
        return self._threads.stuck

    def streams(self, request: Request) -> bool:
        """Tell whether the answer to a request may be seen while it grows."""
        return self.policy.streams(scope_of(request))

    def assess(self, content: Content, direction: Direction, scope: Scope = ANYWHERE) -> Assessment:
        """Judge content by the checks in this thread, however long they take, and by no guard."""
        return self._judge.assess(content, direction, scope)

    async def judge(
        self, content: Content, direction: Direction, scope: Scope = ANYWHERE, asked: str = ""
    ) -> Assessment:
        """Judge content by the checks in time, and by the guard where the policy asks for it.

        `asked` is what an answer answers. Whatever could not be judged is held.
        """
        judge = self._judge
        seen = await self._checked(judge, content, direction, scope)
        if self._sight and (picture := _visible(seen)):
            seen = judge.looked(seen, await self._sight.of(picture), direction, scope)
        rules = judge.policy.guard
        if self._advice is None or seen.action is Action.BLOCK or not rules.asks(seen.score):
            return seen
        if direction is Direction.INPUT:
            said = await self._advice.on(words(seen.content), None)
        else:
            said = await self._advice.on(asked, seen.content)
        return judge.joined(seen, said, direction, scope)

    async def _checked(
        self, judge: Judge, content: Content, direction: Direction, scope: Scope
    ) -> Assessment:
        begun = ["gate"]
        wait_s = judge.policy.check_timeout_s
        try:
            return await self._threads.run(
                lambda: judge.assess(content, direction, scope, begun.append), wait_s
            )
        except TimeoutError:
            about = {"check": begun[-1], "wait_s": wait_s}
            log.warning("check %(check)s took longer than %(wait_s)s s: held", about)
            return judge.held(content, Finding(category="gate.timeout", detector=begun[-1]))
        except Stuck:
            log.error("too many checks hang: held, unlooked")  # noqa: TRY400 - no trace tells more
            return judge.held(content, Finding(category="gate.stuck", detector="gate"))

    async def admit(self, request: Request) -> Admitted | Refused:
        """Judge what a person asked, and the messages that go with it, before any model sees it.

        A message that would be held is left out; a prompt or flag that would be held is refused.
        Where the policy asks for it, the guard hears all that is left (`moderation.hearing`).
        """
        judge, scope = self._judge, scope_of(request)
        given = (request.prompt, *request.flags.values())
        own = [await self._checked(judge, Text(text), Direction.INPUT, scope) for text in given]
        for seen in own:
            if seen.action >= Action.HOLD:
                return Refused(request, seen)
        for given in request.pictures:
            if not given.is_ours:
                seen = await self.judge(given.image, Direction.INPUT, scope)
                if seen.action >= Action.HOLD:
                    return Refused(request, seen)
        passed = [one async for one in self._lines(judge, request.context, scope)]
        heard = Heard(asked=own[0])
        if self._advice is not None:
            hearing = Hearing(judge, self._advice, scope)
            heard = await hearing.of(own, [seen for _, seen in passed])
        if heard.asked.action >= Action.HOLD:
            return Refused(request, heard.asked)
        prompt, *values = (words(seen.content) for seen in own)
        kept = [
            replace(line, text=words(seen.content))
            for number, (line, seen) in enumerate(passed)
            if number not in heard.without
        ]
        flags = dict(zip(request.flags, values, strict=True))
        admitted = replace(request, prompt=prompt, flags=flags, context=tuple(kept))
        return Admitted(admitted, heard.asked)

    async def _lines(
        self, judge: Judge, context: Iterable[Line], scope: Scope
    ) -> AsyncIterator[tuple[Line, Assessment]]:
        """Yield the messages that the checks pass."""
        for line in context:
            seen = await self._checked(judge, Text(line.text), Direction.INPUT, scope)
            if seen.action < Action.HOLD:
                yield line, seen

    async def review(self, draft: Draft, *, whole: bool = True) -> Verdict:
        """Decide one draft."""
        asked = draft.request.prompt
        scope = replace(scope_of(draft.request), vouched=_vouched(self.policy, draft))

        async def judged(content: Content) -> Assessment:
            return await self.judge(content, Direction.OUTPUT, scope, asked)

        content = draft.content
        if isinstance(content, Grid):
            assessment = await assessed(content, judged, partial(self.sheets, draft))
        elif isinstance(content, Illustrated):
            assessment = await assessed_both(content, judged)
        else:
            assessment = await judged(content)
        match assessment.action:
            case Action.BLOCK:
                return Blocked(draft, assessment)
            case Action.HOLD:
                return Held(draft, assessment)
            case Action.ALLOW | Action.REDACT:
                return self._cleared(draft, assessment, whole=whole)

    async def stream(self, drafts: AsyncIterator[Draft]) -> AsyncIterator[Verdict]:
        """Review ever longer drafts of one answer; each verdict is over exactly what it releases.

        What could be half of something forbidden is held back, a rough picture that is not cleared
        is left out, and where the policy does not let
        answers stream, everything is. A draft is released in part only when a later one has come,
        so that an answer that comes in one piece is shown in one piece. Once a part is `Held` or
        `Blocked`, nothing is released before the whole is there. The last verdict is over the
        whole answer, and the same however the answer came.
        """
        last, looked, shown, doubted = None, 0, 0, False
        try:
            async for draft in drafts:
                if draft.rough:
                    verdict = await self.review(draft, whole=False)
                    if isinstance(verdict, Cleared):
                        yield verdict
                    continue
                earlier, last = last, draft
                if doubted or earlier is None or not grown(earlier.content, looked):
                    continue
                looked = len(words(earlier.content))
                ready = await self._growing.ready(earlier, shown)
                if len(words(ready.content)) > shown:
                    shown = len(words(ready.content))
                    verdict = await self.review(ready, whole=False)
                    doubted = not isinstance(verdict, Cleared)
                    if not doubted:
                        yield verdict
            if last is not None:
                yield await self.review(last)
        finally:
            await _closed(drafts)

    def approve(self, held: Held, reviewer: UserId) -> Cleared:
        """Clear what was held because a named person decided so; the only other way out."""
        assessment = replace(held.assessment, reviewer=reviewer)
        return self._cleared(held.draft, assessment, whole=True)

    def open(self, cleared: Cleared, to: Destination) -> Content:
        """Break the seal and return the content; once, and only for its own destination."""
        fresh = cleared.nonce in self._open
        self._open.discard(cleared.nonce)
        seal = self._seal(cleared.draft, cleared.assessment, (to, cleared.whole, cleared.nonce))
        if not fresh or not hmac.compare_digest(seal, cleared.seal):
            raise SealBroken(f"{cleared.draft.request.name} was not cleared for this destination")
        return cleared.assessment.content

    def _cleared(self, draft: Draft, assessment: Assessment, *, whole: bool) -> Cleared:
        nonce = secrets.token_hex(16)
        seal = self._seal(draft, assessment, (draft.request.reply_to, whole, nonce))
        cleared = Cleared(draft, assessment, whole, nonce, seal, _TOKEN)
        self._open.add(nonce)
        weakref.finalize(cleared, self._open.discard, nonce)  # it may never be opened
        return cleared

    def _seal(
        self, draft: Draft, assessment: Assessment, place: tuple[Destination, bool, str]
    ) -> bytes:
        rules = (assessment.policy_sha256, assessment.action, assessment.reviewer)
        message = repr((draft.request.id, assessment.sha256, rules, place)).encode()
        return hmac.digest(self._key, message, hashlib.sha256)


def _vouched(policy: Policy, draft: Draft) -> bool:
    """Tell whether an answer can show nothing but a closed vocabulary, what it began from, too."""
    own = () if is_built_in(draft.cost.model) else (made_by(draft),)
    began = [
        (one.model, drawn_by(one.image).strip() or one.image.alt) for one in draft.request.pictures
    ]
    made = [*own, *began]
    return bool(made) and all(policy.vouches(*each) for each in made)


async def _closed(drafts: AsyncIterator[Draft]) -> None:
    """Close what can be closed: that cancels its work."""
    if isinstance(drafts, AsyncGenerator):
        await drafts.aclose()


def _visible(seen: Assessment) -> Image | None:
    """Return the picture that a classifier can look at: none that is broken, or too large."""
    content = seen.content
    if any(name.startswith((FAULT, UNREADABLE)) for name in seen.categories):
        return None
    if isinstance(content, Grid):
        return Image(content.png, content.alt)
    return content if isinstance(content, Image) else None
