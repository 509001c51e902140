"""What may stand in the blanks of a fixed sentence, and how it reads."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budgets import UNITS, Standing
from bot.views.amounts import Quantity, Term, bar, filled, told
from bot.views.mrkdwn import escape
from bot.views.notices import Notice

FULL = Standing(
    scope="user",
    id="U1",
    window="day",
    tz="Asia/Shanghai",
    unit="tokens",
    limit=10_000,
    used=9_950,
    reserved=1_000,
    since_ms=0,
    until_ms=1_795_449_600_000,
    currency="EUR",
)


def test_a_refusal_names_limit_unit_use_and_reset() -> None:
    assert Notice.BUDGET.text("en", **told(FULL)) == (
        "Nothing was started or charged: your budget for today has no room for this. 9,950 of "
        "10,000 tokens are used, and 1,000 set aside for what is under way. It starts anew "
        "on 2026-11-24 00:00 (Asia/Shanghai)."
    )


def test_a_refusal_in_chinese() -> None:
    assert Notice.BUDGET.text("zh", **told(FULL)) == (
        "没有开始，也没有计费：您的额度（今日）不足。10,000 个词元中已用 9,950，另有 1,000 "
        "留给进行中的请求。2026-11-24 00:00（Asia/Shanghai）重新计算。"
    )


def test_a_warning_names_the_same() -> None:
    said = Notice.BUDGET_SOON.text("en", **told(FULL))
    assert "9,950 of 10,000 tokens in your budget for today are used" in said
    assert "2026-11-24 00:00 (Asia/Shanghai)" in said


@pytest.mark.parametrize(
    ("quantity", "english", "chinese"),
    [
        (Quantity(1, "requests"), "1 request", "1 个请求"),
        (Quantity(1_234, "requests"), "1,234 requests", "1,234 个请求"),
        (Quantity(0, "images"), "0 pictures", "0 张图片"),
        (Quantity(61_449, "gpu_ms"), "61.4 GPU seconds", "61.4 GPU 秒"),
        (Quantity(3_600_000, "gpu_ms"), "3,600.0 GPU seconds", "3,600.0 GPU 秒"),
        (Quantity(0, "money_micro", "EUR"), "0.00 EUR", "0.00 EUR"),
        (Quantity(1, "money_micro", "EUR"), "0.0000 EUR", "0.0000 EUR"),
        (Quantity(4_200, "money_micro", "EUR"), "0.0042 EUR", "0.0042 EUR"),
        (Quantity(999_999, "money_micro", "EUR"), "1.00 EUR", "1.00 EUR"),
        (Quantity(1_234_567_891, "money_micro", "CNY"), "1,234.57 CNY", "1,234.57 CNY"),
        (Quantity(1_000, "tokens", bare=True), "1,000", "1,000"),
    ],
)
def test_a_quantity_reads_well(quantity: Quantity, english: str, chinese: str) -> None:
    assert (quantity.text("en"), quantity.text("zh")) == (english, chinese)


@given(number=st.integers(0, 10**18), unit=st.sampled_from(UNITS))
def test_no_quantity_needs_escaping_or_looks_like_science(number: int, unit: Any) -> None:
    said = Quantity(number, unit, "USD").text("en")
    assert escape(said) == said
    assert re.match(r"[0-9][0-9,]*(\.[0-9]+)? ", said)


def test_a_time_is_said_in_its_zone() -> None:
    moment = datetime(2026, 12, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert filled(moment, "en") == "2026-12-01 00:00 (Europe/Berlin)"
    assert filled(moment, "zh") == "2026-12-01 00:00（Europe/Berlin）"


@pytest.mark.parametrize(
    "blank",
    ["<!everyone>", "3", b"3", 3.5, None, ["3"], datetime(2026, 1, 1, tzinfo=UTC), Exception("x")],
)
def test_nothing_that_could_be_a_text_gets_in(blank: Any) -> None:
    with pytest.raises(TypeError):
        filled(blank, "en")
    with pytest.raises(TypeError):
        Notice.QUEUED.text("en", n=blank)


@pytest.mark.parametrize("term", Term)
def test_every_word_is_there_in_both_languages(term: Term) -> None:
    assert re.fullmatch(r"[a-z' ]+", term.text("en"))
    assert re.fullmatch("[\u4e00-\u9fff]+", term.text("zh"))


@given(used=st.integers(0, 10**9), limit=st.integers(0, 10**9))
def test_a_bar_has_ten_cells_and_is_full_only_when_all_is_used(used: int, limit: int) -> None:
    drawn = bar(used, limit)
    assert len(drawn) == 10
    assert (drawn == "▰" * 10) == (used >= limit)
