"""What is new in a feed, in Markdown: each entry's title, and the link that it leads to.

The request's prompt holds the entries, as the bot has read and judged them. Nothing is said that is
not in them.
"""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from generators.builtin import COST
from generators.draft import Draft, PromptRejected, Request, Text
from generators.recap import plain
from generators.sentences import Language, language, one_line
from generators.tools import Tools

FLAG: Final = "url"
"""The flag that a feed's digest has; people cannot type it."""
_LINK: Final = re.compile(r"https?://[^\s()<>\[\]\"|\\`*_~]+")
_CELLS: Final = 4
_DAY_CELLS: Final = 5
_SAY: Final[dict[Language, tuple[str, str, str]]] = {
    "en": ("**New in {title}** ({host})", "and {n} more", "no link"),
    "zh": ("**{title} 有更新**（{host}）", "另有 {n} 条", "无链接"),
}
_NOT_TYPED: Final = (
    "A feed is kept like this: `/digest feed https://news.example.com/rss every weekday at 9:00`.",
    "这样订阅：`/digest feed https://news.example.com/rss 每个工作日9点`。",
)

CHART_DAYS: Final = 7
"""Days that a chart shows, those of the feed's newest entries."""
_BAR: Final = 10
"""Characters of a chart's longest bar."""
_CHARTED: Final[dict[Language, tuple[str, str]]] = {
    "en": ("**Titles by day**, and how many read negative", "{bad} of {all} negative"),
    "zh": ("**每日条目**，及其中偏负面的数量", "{all} 条中 {bad} 条偏负面"),
}

Row = tuple[str, str, str, str]
"""Title, link, author and day."""


class Feed:
    """Shows the entries that a schedule has found."""

    def __init__(self, tools: Tools) -> None:
        """Take the tools, of which none is needed."""
        del tools

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one draft; raise `PromptRejected` where no schedule asks."""
        speak = language(request.prompt)
        if FLAG not in request.flags:
            raise PromptRejected(_NOT_TYPED[speak == "zh"])
        yield Draft(request=request, content=Text(shown(request.prompt, speak)), cost=COST)


def told(title: str, address: str, rows: Sequence[Row], count: int) -> str:
    """Return entries as one prompt; `count` is how many are new in all."""
    head = (title, address, str(count), "")
    return "\n".join("\t".join(one_line(cell) for cell in row) for row in (head, *rows))


def shown(prompt: str, speak: Language) -> str:
    """Return the digest of what `told` has put together, as moderation has left it.

    >>> print(shown(told("News", "https://n.example/rss", [("It works", "https://n.example/1",
    ...       "ana", "2026-11-30")], 3), "en"))
    **New in News** (n.example)
    - It works — ana, 2026-11-30, [n.example](https://n.example/1)
    <BLANKLINE>
    and 2 more
    """
    head, *rows = (line.split("\t") for line in prompt.split("\n"))
    title, address, count = (*head, "", "", "")[:3]
    heading, more, none = _SAY[speak]
    lines = [_line(row, none) for row in rows if len(row) == _CELLS]
    days = [row for row in rows if len(row) == _DAY_CELLS and row[1].isdecimal()]
    host = urlsplit(address).hostname or ""
    said = "\n".join([heading.format(title=_safe(title) or host, host=host), *lines])
    left = int(count) - len(lines) if count.isdecimal() else 0
    parts = [said, more.format(n=left) if left > 0 else "", chart(days, speak)]
    return "\n\n".join(filter(None, parts))


def day_row(day: str, count: int, bad: int, topics: str) -> str:
    """Return one day of a chart as a line of the prompt."""
    return "\t".join(("", str(count), str(bad), day, one_line(topics)))


def chart(days: Sequence[Sequence[str]], speak: Language) -> str:
    """Return a chart in text: a bar of each day's entries, the negative ones dark.

    In text because a picture would wait for a reviewer in every channel without a classifier, and
    because a screen reader reads it.

    >>> print(chart([("", "4", "1", "2026-11-30", "refund")], "en"))
    **Titles by day**, and how many read negative
    - 2026-11-30 `█░░░` 1 of 4 negative: refund
    """
    if not days:
        return ""
    heading, said = _CHARTED[speak]
    most = max(int(row[1]) for row in days)
    return "\n".join([heading, *(_day(row, most, said) for row in days)])


def _day(row: Sequence[str], most: int, said: str) -> str:
    _, count, bad, day, topics = row
    every, dark = (-(-int(one) * min(most, _BAR) // max(1, most)) for one in (count, bad))
    bar = "█" * dark + "░" * (every - dark)
    about = f": {_safe(topics)}" if topics else ""
    return f"- {day} `{bar}` {said.format(bad=bad, all=count)}{about}"


def _line(row: Sequence[str], none: str) -> str:
    title, link, author, day = row
    where = f"[{urlsplit(link).hostname}]({link})" if _LINK.fullmatch(link) else none
    return f"- {_safe(title)} — {', '.join(filter(None, (_safe(author), day, where)))}"


def _safe(text: str) -> str:
    """Return a text that is no markup, whatever was written."""
    return re.sub(r"[*_~`|\\#]", "", plain(text))
