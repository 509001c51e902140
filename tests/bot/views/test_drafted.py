from collections import Counter
from datetime import date

from bot.ledger.weekly import Fared, Missing, Week
from bot.views.drafted import chart
from tests.bot.shown import SECTION, said

WEEK = Week(
    date(2026, 11, 30),
    drafts=4,
    sent=3,
    edited=2,
    distances=[0, 200, 300],
    abstained=Counter(missing_knowledge=3, customer_request=1),
)
NOTHING = Fared(weeks=(), missing=(), cites={}, contradicted={})


def test_bars_numbers_and_questions_are_shown() -> None:
    missing = [Missing(f"可以租帐篷吗？*{n}* <!here>", 9 - n, date(2026, 12, 1)) for n in range(9)]
    told = Fared(weeks=(WEEK,), missing=missing, cites={}, contradicted={})
    blocks = chart(told, 2)
    shown = "\n".join(said(block) for block in blocks)
    line = "week of 30 November: 3 of 4 were sent, 2 of them edited, typically by 25 %"
    assert f"▰▰▰▰▰▰▰▱▱▱ {line}" in shown
    assert "▰▰▰▰▰▰▰▱▱▱ 3 times: the knowledge base does not cover it" in shown
    assert "2 articles look stale" in shown
    plain = [one["text"] for one in blocks if "text" in one and one["text"]["type"] == "plain_text"]
    assert [one["text"] for one in plain] == [one.question for one in missing[:3]]
    assert all(len(said(block)) <= SECTION for block in blocks)


def test_where_nothing_was_drafted_nothing_is_shown() -> None:
    assert chart(NOTHING, 0) == ()


def test_a_week_without_drafts_has_an_empty_bar() -> None:
    told = Fared(weeks=(Week(date(2026, 1, 5)),), missing=(), cites={}, contradicted={})
    assert "▱▱▱▱▱▱▱▱▱▱ week of 5 January: 0 of 0" in said(chart(told, 0)[0])
