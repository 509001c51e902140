"""What of an answer that still grows may be shown: nothing cut, and nothing too early."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from generators.draft import Content, Draft, Text, words
from moderation.finding import Check
from moderation.holdback import releasable
from moderation.judge import Assessment, Judge, scope_of
from moderation.panel import Panel
from moderation.policy import Policy
from moderation.tables import Direction, Scope

_STEP: Final = 16
_SHARE: Final = 96
"""A stream is judged each time it has grown by 16 characters or a 96th, whichever is more, so that
the work on a whole answer grows with its length and not with its square."""
_REACH: Final = 4_000
"""Characters before the cut in which a finding may begin that reaches over it."""
_HEADS: Final = "heads"
"""The check that only knows how much, not where, and takes long to say it."""

Checked = Callable[[Judge, Content, Direction, Scope], Awaitable[Assessment]]


@dataclass(frozen=True, slots=True)
class Growing:
    """Finds the part that can be released."""

    judge: Judge
    """Of the checks that say where something is."""
    checked: Checked

    @classmethod
    def of(cls, checks: Sequence[Check], policy: Policy, checked: Checked) -> "Growing":
        """Take a gate's checks, and how it runs them in time."""
        placing = [check for check in checks if check.name != _HEADS]
        return cls(Judge(Panel(placing or checks), policy), checked)

    async def ready(self, draft: Draft, shown: int) -> Draft:
        """Return the part of an unfinished draft that neither cuts a finding nor loses one.

        What is found because of words that come after it must not be shown before they are. `shown`
        is how many characters are out already.
        """
        text, scope = words(draft.content), scope_of(draft.request)
        most = len(releasable(text)) if self.judge.policy.streams(scope) else 0
        if most <= shown:
            return replace(draft, content=Text(""))
        start = max(0, most - _REACH)
        spans = await self._spans(text, (start, len(text)), scope)
        ready = releasable(text, spans)
        while len(ready) > shown:
            lost = spans - await self._spans(text, (start, len(ready)), scope)
            early = [begin for begin, end in lost if begin < end <= len(ready)]
            if not early:
                break
            ready = releasable(text, [*spans, (min(early) - 1, len(text))])
        return replace(draft, content=Text(ready))

    async def _spans(self, text: str, part: tuple[int, int], scope: Scope) -> set[tuple[int, int]]:
        """Return where something is found in a part of a text."""
        start, end = part
        seen = await self.checked(self.judge, Text(text[start:end]), Direction.OUTPUT, scope)
        return {(start + found.start, start + found.end) for found in seen.findings}


def grown(content: Content, looked: int) -> bool:
    """Tell whether so much text came since it was last looked at that it pays to look again."""
    step = max(_STEP, looked // _SHARE)
    return isinstance(content, Text) and len(content.body) >= looked + step
