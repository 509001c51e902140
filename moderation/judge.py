"""What the checks and the policy say of some content, and the content as it may be shown.

One policy and the checks that go with it; a new policy is a new judge (`moderation.gate`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from generators.draft import (
    Audio,
    Code,
    Content,
    Grid,
    Illustrated,
    Image,
    Request,
    Text,
    UserId,
    fingerprint,
    reworded,
    words,
)
from moderation.advice import failed
from moderation.finding import FAULT, HARM, Finding, harms, redacted
from moderation.panel import Note, Panel
from moderation.policy import UNCLASSIFIED, Policy
from moderation.tables import ANYWHERE, Action, Direction, Kind, Scope

_ROUNDS: Final = 3
"""So often is redacted text judged and redacted again; what then is left is held."""
_KINDS: Final[Mapping[type[Content], Kind]] = {
    Text: "text",
    Code: "code",
    Image: "image",
    Grid: "image",
    Illustrated: "text",
    Audio: "audio",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the checks and the policy say of some content, and the content as it may be shown."""

    action: Action
    findings: tuple[Finding, ...]
    content: Content
    policy_sha256: str
    scores: Mapping[str, float] = field(default_factory=dict)
    """The highest score for each category of harm, in 0..1, also of what no rule acts on."""
    reviewer: UserId | None = None

    @property
    def sha256(self) -> str:
        """The fingerprint of the exact content that this is about."""
        return fingerprint(self.content)

    @property
    def categories(self) -> tuple[str, ...]:
        """What was found, without what was said."""
        return tuple(sorted({finding.category for finding in self.findings}))

    @property
    def score(self) -> float:
        """The highest score of any harm, in 0..1."""
        return max(self.scores.values(), default=0.0)


def scope_of(request: Request) -> Scope:
    """Return where the answer to a request goes."""
    to = request.reply_to
    return Scope(
        workspace=request.team,
        channel=to.channel,
        private=to.only_for is not None or to.channel.startswith("D"),  # Slack: a direct message
        threaded=to.thread_ts is not None,
    )


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides by one policy about what one panel of checks finds."""

    panel: Panel
    policy: Policy

    def assess(
        self,
        content: Content,
        direction: Direction,
        scope: Scope = ANYWHERE,
        note: Note = lambda _: None,
    ) -> Assessment:
        """Judge content, redact what the policy says, and judge the redacted content again."""
        about = _About(self.policy, direction, replace(scope, kind=_KINDS[type(content)]))
        findings = left = self._findings(content, direction, note)
        for _ in range(_ROUNDS):
            spans = [finding for finding in left if about.action(finding) is Action.REDACT]
            if not spans:
                break
            content = reworded(content, redacted(words(content), spans))
            left = self._findings(content, direction, note)
        action, residue = about.gravest(findings), about.gravest(left)
        if residue is not Action.ALLOW and left is not findings:
            findings += tuple(replace(f, start=0, end=0) for f in left)
        return Assessment(
            action=max(action, Action.HOLD if residue is Action.REDACT else residue),
            findings=about.reported(findings),
            content=content,
            policy_sha256=self.policy.sha256,
            scores=harms(findings),
        )

    def joined(
        self, seen: Assessment, advice: Sequence[Finding], direction: Direction, scope: Scope
    ) -> Assessment:
        """Add what a guard says to an assessment; it can only become graver."""
        about = _About(self.policy, direction, replace(scope, kind=_KINDS[type(seen.content)]))
        gravest = about.gravest(advice)
        return replace(
            seen,
            action=max(seen.action, Action.HOLD if gravest is Action.REDACT else gravest),
            findings=(*seen.findings, *about.reported(advice)),
            scores={**seen.scores, **harms(advice)},
        )

    def looked(
        self, seen: Assessment, found: Sequence[Finding], direction: Direction, scope: Scope
    ) -> Assessment:
        """Put what a classifier sees in the place of the finding that nobody has looked."""
        if failed(found):
            return self.joined(seen, found, direction, scope)
        about = _About(self.policy, direction, replace(scope, kind=_KINDS[type(seen.content)]))
        kept = tuple(one for one in seen.findings if one.category != UNCLASSIFIED)
        scores = dict(seen.scores)
        for category, score in harms(found).items():
            scores[category] = max(score, scores.get(category, 0.0))
        return replace(
            seen,
            action=about.gravest((*kept, *found)),
            findings=(*kept, *about.reported(found)),
            scores=scores,
        )

    def held(self, content: Content, why: Finding) -> Assessment:
        """Return that content waits for a person because the gate could not judge it."""
        return Assessment(
            action=Action.HOLD,
            findings=(why,),
            content=content,
            policy_sha256=self.policy.sha256,
        )

    def _findings(self, content: Content, direction: Direction, note: Note) -> tuple[Finding, ...]:
        text = words(content)
        if len(text) > self.policy.max_chars:
            return (Finding(category="gate.size", detector="gate"),)
        allow = self.policy.allow
        found = self.panel.look(content, direction, note)
        return tuple(f for f in found if f.start == f.end or text[f.start : f.end] not in allow)


@dataclass(frozen=True, slots=True)
class _About:
    """The policy as it counts for one content."""

    policy: Policy
    direction: Direction
    scope: Scope

    def action(self, finding: Finding) -> Action:
        if finding.category.startswith(FAULT):
            return Action.HOLD  # a failing gate is not the policy's to allow
        action = self.policy.action(finding.category, self.direction, finding.score, self.scope)
        if action is Action.REDACT and finding.start == finding.end:
            return Action.HOLD  # nothing to redact, yet something is wrong
        return action

    def gravest(self, findings: Iterable[Finding]) -> Action:
        return max(map(self.action, findings), default=Action.ALLOW)

    def reported(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Leave out harm below its least score, which every text has a little of."""
        return tuple(
            finding
            for finding in findings
            if not finding.category.startswith(HARM) or self.action(finding) is not Action.ALLOW
        )
