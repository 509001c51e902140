"""Text that would ring everybody's bell: broadcasts and mentions in Slack's control syntax.

Only a model's output is judged; a person may mention whom they like. Delivery escapes `&`, `<` and
`>` afterwards: this is the second lock on the same door. Links are `moderation.checks.links`.
Source: docs.slack.dev, "Formatting message text", special mentions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from generators.draft import Content, words
from moderation.checks.spans import Span, findings
from moderation.finding import Finding
from moderation.normalise import normalise
from moderation.policy import Direction

_BROADCAST: Final = re.compile(
    r"<!(?:channel|here|everyone|group|subteam\^[0-9A-Za-z]*)(?:[|^][^<>]*)?>"
    r"|(?<![0-9A-Za-z])@(?:channel|here|everyone)(?![0-9A-Za-z_])",
    re.IGNORECASE,
)
_MENTION: Final = re.compile(r"<(?:[@#][0-9A-Za-z]+|!date\^[^<>|]*)(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True)
class SlackSyntax:
    """Finds `slack.broadcast` (pings many) and `slack.mention` (names a person or a channel)."""

    name: str = "slack"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return every control sequence in a model's words; nothing for what a person typed."""
        if direction is Direction.INPUT:
            return ()
        plain = normalise(words(content))
        return findings(self.name, plain, _spans(plain.text))


def _spans(text: str) -> Iterator[Span]:
    for kind, pattern, replacement in (
        ("broadcast", _BROADCAST, "[channel mention]"),
        ("mention", _MENTION, "[mention]"),
    ):
        for match in pattern.finditer(text):
            yield Span(
                category=f"slack.{kind}",
                start=match.start(),
                end=match.end(),
                replacement=replacement,
            )
