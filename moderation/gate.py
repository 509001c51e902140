"""The one way out: a draft becomes `Cleared` here, or it is `Held` or `Blocked`.

Only the gate makes a `Cleared`, and delivery opens nothing else, so an output that was not
moderated cannot be posted: the type checker says so, and so do the constructor and the seal. A
check that fails, hangs or answers nonsense means *held*, never *allowed*. Knows nothing of Slack
or models.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import InitVar, dataclass, replace
from operator import index
from typing import Final, Protocol, final

from generators.draft import (
    Content,
    Destination,
    Draft,
    Line,
    Request,
    Text,
    UserId,
    fingerprint,
    reworded,
    words,
)
from moderation.holdback import releasable
from moderation.policy import Action, Direction, Policy

log = logging.getLogger(__name__)

_ROUNDS: Final = 3
"""So often is redacted text judged and redacted again; what then is left is held."""
_STEP: Final = 16
_SHARE: Final = 32
"""A stream is judged each time it has grown by 16 characters or a 32nd, whichever is more, so that
the work on a whole answer grows with its length and not with its square."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check saw: `start` and `end` are characters of the text that was given."""

    category: str
    detector: str
    score: float = 1.0
    start: int = 0
    end: int = 0
    replacement: str = ""
    """What stands in its place where the policy says redact."""


class Check(Protocol):
    """Looks at content for one kind of trouble. It is called from several threads at once."""

    @property
    def name(self) -> str:
        """Name the check as policies and reports do."""
        ...

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return what is wrong with it; nothing when all is well."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the checks and the policy say of some content, and the content as it may be shown."""

    action: Action
    findings: tuple[Finding, ...]
    content: Content
    policy_sha256: str
    reviewer: UserId | None = None

    @property
    def sha256(self) -> str:
        """The fingerprint of the exact content that this is about."""
        return fingerprint(self.content)

    @property
    def categories(self) -> tuple[str, ...]:
        """What was found, without what was said."""
        return tuple(sorted({finding.category for finding in self.findings}))


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

    def __init__(self, checks: Sequence[Check], policy: Policy) -> None:
        """Take the checks to run; there must be at least one, each with a name of its own."""
        if not checks:
            raise ValueError("a gate without checks would let everything through")
        if len({check.name for check in checks}) != len(checks):
            raise ValueError("two checks have the same name, so one would hide the other")
        self._checks = tuple(checks)
        self._policy = policy
        self._key = secrets.token_bytes(32)
        self._open: set[str] = set()
        self._threads = ThreadPoolExecutor(thread_name_prefix="gate")

    def assess(self, content: Content, direction: Direction) -> Assessment:
        """Judge content, redact what the policy says, and judge the redacted content again."""
        findings = left = self._findings(content, direction)
        for _ in range(_ROUNDS):
            spans = [f for f in left if self._one(f, direction) is Action.REDACT]
            if not spans:
                break
            content = reworded(content, redacted(words(content), spans))
            left = self._findings(content, direction)
        action, residue = self._action(findings, direction), self._action(left, direction)
        if residue is not Action.ALLOW and left is not findings:
            findings += tuple(replace(f, start=0, end=0) for f in left)
        action = max(action, Action.HOLD if residue is Action.REDACT else residue)
        return Assessment(
            action=action, findings=findings, content=content, policy_sha256=self._policy.sha256
        )

    async def admit(self, request: Request) -> Admitted | Refused:
        """Judge what a person asked, and the messages that go with it, before any model sees it.

        A message that would be held is left out; a prompt or flag that would be held is refused.
        """
        asked = await self._judge(Text(request.prompt), Direction.INPUT)
        if asked.action >= Action.HOLD:
            return Refused(request, asked)
        flags = {}
        for name, value in request.flags.items():
            seen = await self._judge(Text(value), Direction.INPUT)
            if seen.action >= Action.HOLD:
                return Refused(request, seen)
            flags[name] = words(seen.content)
        lines = [line async for line in self._lines(request.context)]
        prompt = words(asked.content)
        return Admitted(replace(request, prompt=prompt, flags=flags, context=tuple(lines)), asked)

    async def _lines(self, context: Iterable[Line]) -> AsyncIterator[Line]:
        for line in context:
            seen = await self._judge(Text(line.text), Direction.INPUT)
            if seen.action < Action.HOLD:
                yield replace(line, text=words(seen.content))

    async def review(self, draft: Draft, *, whole: bool = True) -> Verdict:
        """Decide one draft."""
        assessment = await self._judge(draft.content, Direction.OUTPUT)
        match assessment.action:
            case Action.BLOCK:
                return Blocked(draft, assessment)
            case Action.HOLD:
                return Held(draft, assessment)
            case Action.ALLOW | Action.REDACT:
                return self._cleared(draft, assessment, whole=whole)

    async def stream(self, drafts: AsyncIterator[Draft]) -> AsyncIterator[Verdict]:
        """Review ever longer drafts of one answer; each verdict is over exactly what it releases.

        What could be half of something forbidden is held back. A draft is released in part only
        when a later one has come, so that an answer that comes in one piece is shown in one piece.
        Once a part is `Held`, nothing is released before the whole is there for a person to see;
        after a `Blocked` nothing follows. Otherwise the last verdict is over the whole answer.
        """
        last, looked, shown, doubted = None, 0, 0, False
        try:
            async for draft in drafts:
                earlier, last = last, draft
                if doubted or earlier is None or not _grown(earlier.content, looked):
                    continue
                looked = len(words(earlier.content))
                ready = await self._ready(earlier)
                if len(words(ready.content)) > shown:
                    shown = len(words(ready.content))
                    verdict = await self.review(ready, whole=False)
                    doubted = isinstance(verdict, Held)
                    if not doubted:
                        yield verdict
                    if isinstance(verdict, Blocked):
                        return
            if last is not None:
                yield await self.review(last)
        finally:
            if isinstance(drafts, AsyncGenerator):
                await drafts.aclose()

    async def _ready(self, draft: Draft) -> Draft:
        """Return the part of an unfinished draft that cannot be cut out of a longer finding."""
        sofar = await self._judge(draft.content, Direction.OUTPUT)
        spans = ((finding.start, finding.end) for finding in sofar.findings)
        return replace(draft, content=Text(releasable(words(draft.content), spans)))

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

    async def _judge(self, content: Content, direction: Direction) -> Assessment:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, self.assess, content, direction)
        try:
            return await asyncio.wait_for(work, self._policy.check_timeout_s)
        except TimeoutError:
            log.warning(
                "the checks took longer than %(wait_s)s s: held",
                {"wait_s": self._policy.check_timeout_s},
            )
            late = Finding(category="gate.timeout", detector="gate")
            return Assessment(
                action=Action.HOLD,
                findings=(late,),
                content=content,
                policy_sha256=self._policy.sha256,
            )

    def _findings(self, content: Content, direction: Direction) -> tuple[Finding, ...]:
        text = words(content)
        if len(text) > self._policy.max_chars:
            return (Finding(category="gate.size", detector="gate"),)
        found = (f for check in self._checks for f in _inspect(check, content, direction))
        allow = self._policy.allow
        return tuple(f for f in found if f.start == f.end or text[f.start : f.end] not in allow)

    def _action(self, findings: Iterable[Finding], direction: Direction) -> Action:
        return max((self._one(finding, direction) for finding in findings), default=Action.ALLOW)

    def _one(self, finding: Finding, direction: Direction) -> Action:
        if finding.category.startswith("gate."):
            return Action.HOLD  # a failing gate is not the policy's to allow
        action = self._policy.action(finding.category, direction)
        if action is Action.REDACT and finding.start == finding.end:
            return Action.HOLD  # nothing to redact, yet something is wrong
        return action


def redacted(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with each found span replaced; of spans that overlap, one replacement stays.

    >>> spans = [Finding(category="pii.email", detector="d", start=3, end=6, replacement="[e]")]
    >>> redacted("me a@b!", spans)
    'me [e]!'
    """
    parts: list[str] = []
    at = 0
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if finding.start == finding.end:
            continue
        if finding.start >= at:
            parts += [text[at : finding.start], finding.replacement or f"[{finding.category}]"]
        at = max(at, finding.end)
    return "".join([*parts, text[at:]])


def _inspect(check: Check, content: Content, direction: Direction) -> Sequence[Finding]:
    try:
        findings = tuple(check.inspect(content, direction))
        if all(_sound(finding, len(words(content))) for finding in findings):
            return findings
        log.error("check %(check)s answered nonsense: held", {"check": check.name})
    except Exception as error:  # noqa: BLE001 - whatever a check raises, the answer is to hold
        # Its message could quote what was being checked.
        about = {"check": check.name, "error": type(error).__name__}
        log.error("check %(check)s failed with %(error)s: held", about)  # noqa: TRY400 - see above
    return (Finding(category="gate.failure", detector=check.name),)


def _sound(finding: Finding, length: int) -> bool:
    start, end = index(finding.start), index(finding.end)
    return 0 <= finding.score <= 1 and 0 <= start <= end <= length


def _grown(content: Content, looked: int) -> bool:
    """Tell whether so much text came since it was last looked at that it pays to look again."""
    step = max(_STEP, looked // _SHARE)
    return isinstance(content, Text) and len(content.body) >= looked + step
