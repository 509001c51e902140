"""How drafts fared, in the app's home: bars of characters, numbers, and judged questions. Pure.

Slack has a block for charts, but takes it in messages only, not in a home
(docs.slack.dev/reference/block-kit/blocks/data-visualization-block); and a picture of a chart would
say nothing to a screen reader.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.ledger.weekly import Fared, Missing, Week
from bot.views.render import Block, context, section

ASKED: Final = 3
"""Questions that are listed."""
_BARS: Final = (
    "▱▱▱▱▱▱▱▱▱▱",
    "▰▱▱▱▱▱▱▱▱▱",
    "▰▰▱▱▱▱▱▱▱▱",
    "▰▰▰▱▱▱▱▱▱▱",
    "▰▰▰▰▱▱▱▱▱▱",
    "▰▰▰▰▰▱▱▱▱▱",
    "▰▰▰▰▰▰▱▱▱▱",
    "▰▰▰▰▰▰▰▱▱▱",
    "▰▰▰▰▰▰▰▰▱▱",
    "▰▰▰▰▰▰▰▰▰▱",
    "▰▰▰▰▰▰▰▰▰▰",
)
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_WHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer_request": "a person was asked for",
        "missing_knowledge": "the knowledge base does not cover it",
        "unsupported_request": "in a language without drafts",
        "policy_restriction": "only internal articles cover it",
        "tool_failure": "the knowledge base could not be read",
        "pending_clarification": "it was not said what it is about",
        "usage_limit": "a budget had no room",
    }
)


def chart(told: Fared, stale: int) -> Sequence[Block]:
    """Return the part of the home that says how drafts fared; nothing where there were none."""
    if not told.weeks:
        return ()
    why = sum((week.abstained for week in told.weeks), Counter[str]())
    lines = ["*Drafts of replies: how many were sent*", *map(_week, told.weeks)]
    without = ["*Without a draft*", *(_code(*each, why.total()) for each in why.most_common())]
    blocks = [section("\n".join(lines)), *([section("\n".join(without))] if why else [])]
    asked = [block for one in told.missing[:ASKED] for block in _missing(one)]
    tail = f"{stale} articles look stale: `atelier kb report` names them, and has the rest as CSV."
    return [*blocks, *asked, context(tail)]


def _week(week: Week) -> str:
    day, month = week.monday.day, _MONTHS[week.monday.month - 1]
    bar = _bar(week.sent, week.drafts)
    said = [f"{bar} week of {day} {month}: {week.sent} of {week.drafts} were sent"]
    if week.edited:
        said += [f"{week.edited} of them edited", f"typically by {_percent(week)} %"]
    return ", ".join(said)


def _percent(week: Week) -> int:
    return round(week.changed / 10)


def _code(code: str, count: int, of: int) -> str:
    bar, why = _bar(count, of), _WHY.get(code, "for another reason")
    return f"{bar} {count} times: {why}"


def _missing(one: Missing) -> Sequence[Block]:
    question = {"type": "plain_text", "text": one.question}
    return [
        {"type": "section", "text": question},
        context(f"Asked {one.count} times, and no article covers it."),
    ]


def _bar(part: int, of: int) -> str:
    return _BARS[(len(_BARS) - 1) * part // of if of else 0]
