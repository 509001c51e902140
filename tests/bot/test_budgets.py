"""Windows, prices and limits: pure, and in whole numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.budgets import (
    EPOCH,
    Amounts,
    Asker,
    Budget,
    Price,
    Prices,
    Reserve,
    Standing,
    Window,
    month_span,
    tightest,
)
from generators.draft import Call

HOUR_MS = 3_600_000
ASKER = Asker(team="T1", channel="C1", user="U1")


def ms(text: str, tz: str = "UTC") -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz))
    return (moment.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)


def budget(window: Window = "day", tz: str = "UTC", **given_: Any) -> Budget:
    usual: dict[str, Any] = {"scope": "user", "window": window, "tz": tz, "requests": 1}
    return Budget(**{**usual, **given_})


def standing(**given_: Any) -> Standing:
    usual: dict[str, Any] = {
        "scope": "user",
        "id": "U1",
        "window": "day",
        "tz": "UTC",
        "unit": "requests",
        "limit": 10,
        "used": 0,
        "reserved": 0,
        "since_ms": 0,
        "until_ms": 86_400_000,
        "currency": "USD",
    }
    return Standing(**{**usual, **given_})


@pytest.mark.parametrize(
    ("tz", "now", "hours"),
    [
        ("UTC", "2026-03-29T12:00", 24),
        ("Europe/Berlin", "2026-03-29T12:00", 23),
        ("Europe/Berlin", "2026-10-25T12:00", 25),
        ("America/New_York", "2026-03-08T12:00", 23),
        ("America/New_York", "2026-11-01T12:00", 25),
        ("America/Havana", "2026-03-08T12:00", 23),  # the clock skips midnight itself
        ("America/Havana", "2026-11-01T12:00", 25),  # midnight happens twice
        ("Asia/Beirut", "2026-03-29T12:00", 23),
        ("Asia/Shanghai", "2026-03-29T12:00", 24),
    ],
)
def test_a_day_of_a_clock_change_is_as_long_as_it_is(tz: str, now: str, hours: int) -> None:
    since, until = budget(tz=tz).span(ms(now, tz))
    assert until - since == hours * HOUR_MS


def test_a_day_of_half_an_hours_change_is_exact() -> None:
    since, until = budget(tz="Australia/Lord_Howe").span(ms("2026-04-05T12:00"))
    assert until - since == 24 * HOUR_MS + HOUR_MS // 2


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        ("2026-01-31T23:59:59.999", "2026-01-01", "2026-02-01"),
        ("2026-02-01T00:00", "2026-02-01", "2026-03-01"),
        ("2028-02-29T12:00", "2028-02-01", "2028-03-01"),
        ("2026-12-31T23:59", "2026-12-01", "2027-01-01"),
    ],
)
def test_a_month_ends_where_the_next_begins(now: str, since: str, until: str) -> None:
    assert budget("month").span(ms(now)) == (ms(since), ms(until))


def test_two_zones_have_two_days() -> None:
    now = ms("2026-11-22T18:00")
    assert budget(tz="Asia/Shanghai").span(now)[0] == ms("2026-11-23", "Asia/Shanghai")
    assert budget(tz="America/New_York").span(now)[0] == ms("2026-11-22", "America/New_York")


ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "Asia/Beirut"]
)


@given(now=st.integers(0, 4_102_444_800_000), tz=ZONES, window=st.sampled_from(["day", "month"]))
def test_windows_follow_each_other_without_a_gap(now: int, tz: str, window: Window) -> None:
    one = budget(window, tz)
    since, until = one.span(now)
    assert since <= now < until
    assert one.span(since) == one.span(until - 1) == (since, until)
    assert one.span(until)[0] == until


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"requests": None}, "a budget needs a limit"),
        ({"tz": "Mars/Olympus"}, "is no time zone"),
        ({"tz": "../etc/passwd"}, "is no time zone"),
        ({"requests": 5.0}, "integer"),
        ({"requests": -1}, "greater than or equal to 0"),
        ({"scope": "workspace", "id": "W1"}, "has no id"),
        ({"window": "week"}, "'day' or 'month'"),
        ({"scope": "galaxy"}, "'user', 'channel', 'team' or 'workspace'"),
        ({"limit": 3}, "Extra inputs"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(given_: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        budget(**given_)


@pytest.mark.parametrize(
    ("scope", "name", "applies"),
    [
        ("user", "", True),
        ("user", "U1", True),
        ("user", "U2", False),
        ("channel", "C1", True),
        ("channel", "C2", False),
        ("team", "T1", True),
        ("team", "T2", False),
        ("workspace", "", True),
    ],
)
def test_a_budget_applies_to_whom_it_names(scope: str, name: str, applies: bool) -> None:
    assert budget(scope=scope, id=name).applies(ASKER) is applies


def test_there_is_room_up_to_the_limit_and_not_beyond() -> None:
    reserve = Reserve(tokens=0)
    assert standing(used=8, reserved=1).has_room(reserve.needs)
    assert not standing(used=9, reserved=1).has_room(reserve.needs)
    assert not standing(limit=0).has_room(reserve.needs)


def test_a_unit_that_a_request_does_not_use_does_not_matter() -> None:
    words, picture = Reserve(tokens=500), Reserve(tokens=0, images=1)
    images = standing(unit="images", limit=0)
    assert images.has_room(words.needs)
    assert not images.has_room(picture.needs)
    assert standing(unit="tokens", limit=0).has_room(picture.needs)
    assert not standing(unit="gpu_ms", limit=5, used=5).has_room(words.needs)


def test_what_uses_no_model_always_has_room() -> None:
    free = Reserve(requests=0)
    assert all(
        standing(unit=unit, limit=0).has_room(free.needs)
        for unit in ("requests", "tokens", "images", "gpu_ms", "money_micro")
    )


@pytest.mark.parametrize(("used", "nearly"), [(7, False), (8, True), (10, True), (99, True)])
def test_from_80_percent_on_it_is_nearly_used(used: int, nearly: bool) -> None:
    assert standing(used=used).nearly is nearly
    assert not standing(used=7, reserved=3).nearly


def test_the_budget_that_lasts_longest_is_named() -> None:
    day, month = standing(until_ms=5), standing(window="month", until_ms=50)
    assert tightest([day, month]) == tightest([month, day]) == month
    assert tightest([]) is None


def test_a_standing_outlives_a_restart() -> None:
    one = standing(tz="Asia/Shanghai", currency="EUR", used=3)
    assert Standing.model_validate_json(one.model_dump_json()) == one


def test_the_reset_is_told_in_the_zone_of_the_budget() -> None:
    until = budget(tz="Asia/Shanghai").span(ms("2026-11-22T18:00"))[1]
    reset = standing(tz="Asia/Shanghai", until_ms=until).reset
    assert f"{reset:%Y-%m-%d %H:%M %Z}" == "2026-11-24 00:00 CST"


@given(
    tokens=st.integers(0, 10**12),
    gpu_ms=st.integers(0, 10**12),
    price=st.integers(0, 10**12),
)
def test_money_is_exact_however_large(tokens: int, gpu_ms: int, price: int) -> None:
    prices = Prices(models={"": Price(prompt_1k_micro=price, gpu_s_micro=price)})
    micro = prices.micro(Call(stage="chat", model="m", prompt_tokens=tokens, gpu_ms=gpu_ms))
    assert isinstance(micro, int)
    assert abs(micro * 1000 - price * (tokens + gpu_ms)) <= 500


def test_the_longest_beginning_of_a_models_name_sets_its_price() -> None:
    prices = Prices(
        models={
            "": Price(image_micro=1),
            "big/": Price(image_micro=10),
            "big/er": Price(image_micro=100),
        }
    )
    names = ("small", "big/one", "big/er-2", "")
    costs = [prices.micro(Call(stage="image", model=name, images=2)) for name in names]
    assert costs == [2, 20, 200, 2]


def test_without_prices_everything_is_free() -> None:
    assert Prices().micro(Call(stage="chat", model="m", output_tokens=10**9)) == 0


@pytest.mark.parametrize("currency", ["eur", "EURO", "€", "", "<!everyone>"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValidationError):
        Prices(currency=currency)
    with pytest.raises(ValidationError):
        standing(currency=currency)


@pytest.mark.parametrize("month", ["2026", "2026-13", "11-2026", "", "2026-11-01"])
def test_a_month_that_is_none_is_refused(month: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        month_span(month)


def test_no_amount_is_a_fraction() -> None:
    kinds = {type(amount) for amount in vars_of(Amounts()).values()}
    assert kinds == {int}


def vars_of(amounts: Amounts) -> dict[str, object]:
    return {name: getattr(amounts, name) for name in Amounts.__dataclass_fields__}
