import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.draft import PromptRejected
from generators.feed import CHART_DAYS, Feed, chart, day_row, shown, told
from generators.model import Model
from generators.tools import Tools
from tests.asking import body, request
from tests.fake_engine import closed_url
from tests.fake_knowledge import Shelf

ROW = ("Big news", "https://news.example/1", "Ana", "2026-11-01")


def test_each_entry_is_linked_and_attributed() -> None:
    said = shown(told("Daily", "https://news.example/rss", [ROW], 1), "en")
    assert said.splitlines() == [
        "**New in Daily** (news.example)",
        "- Big news — Ana, 2026-11-01, [news.example](https://news.example/1)",
    ]


def test_a_title_is_no_markup() -> None:
    row = ("*Click* [here](https://evil.example) <!channel> `x`", "", "_A_", "")
    (line,) = shown(told("T", "https://n.example/", [row], 1), "zh").splitlines()[1:]
    assert "evil.example" not in line
    assert line.endswith("无链接")
    assert not re.search(r"[*_`<>]|\[here", line)


@given(st.lists(st.tuples(*[st.text(max_size=40)] * 4), max_size=5), st.text(max_size=60))
def test_nothing_is_said_that_no_entry_holds(
    rows: list[tuple[str, str, str, str]], title: str
) -> None:
    said = shown(told(title, "https://n.example/rss", rows, len(rows)), "en")
    assert len(re.findall(r"^- ", said, re.MULTILINE)) <= len(rows)
    links = re.findall(r"\]\((https?://[^)]*)\)", said)
    assert all(any(link in row[1] for row in rows) for link in links)


async def test_only_a_schedule_asks_for_it() -> None:
    model = Model(closed_url())
    feed = Feed(Tools(model, Shelf()))
    prompt = told("T", "https://n.example/rss", [ROW], 3)
    asked = request(prompt, flags={"url": "https://n.example/rss"})
    assert "and 2 more" in await body(feed, asked)
    with pytest.raises(PromptRejected, match="every weekday"):
        await body(feed, request(prompt))
    await model.close()


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=CHART_DAYS))
def test_a_bar_is_as_long_as_its_day_and_dark_as_it_was(days: list[tuple[int, int]]) -> None:
    rows = [day_row("2026-11-30", count, min(bad, count), "").split("\t") for count, bad in days]
    bars = re.findall(r"`([█░]*)`", chart(rows, "zh"))
    assert len(bars) == len(days)
    assert all(len(bar) <= 10 for bar in bars)
    for bar, (count, bad) in zip(bars, days, strict=True):
        assert bool(bar) == bool(count)
        assert ("█" in bar) == (min(bad, count) > 0)
