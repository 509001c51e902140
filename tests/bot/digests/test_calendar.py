"""Days on which the clock is changed, and days that come seldom."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.calendar import DAILY, LAST, WEEKEND, WORKDAYS, Days, Schedule
from bot.digests.holidays import is_holiday
from tests.bot.digests.test_phrases import ZONES

Runs = tuple[str, ...]


def runs(schedule: Schedule, day: date, days: int = 1) -> Runs:
    """Return the runs from midnight on, of so many days, as ISO times with offsets."""
    start = datetime.combine(day, time(), ZoneInfo(schedule.zone))
    end = datetime.combine(day + timedelta(days=days), time(), ZoneInfo(schedule.zone))
    found = islice(schedule.runs(start - timedelta(seconds=1)), 100)
    return tuple(run.strftime("%H:%M%z") for run in found if run < end)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), time(2, 30), ("03:00-0400",)),
        ("America/New_York", date(2026, 11, 1), time(1, 30), ("01:30-0400",)),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 0), ("03:00+0200",)),
        ("Europe/Berlin", date(2026, 10, 25), time(2, 59), ("02:59+0200",)),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), ("02:30+1100",)),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), ("01:45+1100",)),
        ("America/Havana", date(2026, 3, 8), time(0, 0), ("01:00-0400",)),
        ("Pacific/Chatham", date(2026, 9, 27), time(3, 0), ("03:45+1345",)),
        ("Asia/Shanghai", date(2026, 3, 8), time(2, 30), ("02:30+0800",)),
    ],
)
def test_a_named_time_runs_once_a_day_whatever_the_clock_does(
    zone: str, day: date, at: time, expected: Runs
) -> None:
    assert runs(Schedule(times=(at,), zone=zone), day) == expected


def test_what_runs_every_half_hour_follows_real_time() -> None:
    half_hours = tuple(time(hour, minute) for hour in range(24) for minute in (0, 30))
    flowing = Schedule(times=half_hours, zone="America/New_York", flowing=True)
    assert len(runs(flowing, date(2026, 3, 8))) == 46
    assert len(runs(flowing, date(2026, 11, 1))) == 50


def test_two_times_in_one_gap_are_one_run() -> None:
    both = Schedule(times=(time(2, 0), time(2, 30)), zone="America/New_York")
    assert runs(both, date(2026, 3, 8)) == ("03:00-0400",)


def test_a_day_that_never_comes_ends_the_search() -> None:
    never = Days(months=frozenset({2}), month_days=frozenset({30}))
    schedule = Schedule(times=(time(9),), zone="UTC", days=never)
    assert list(schedule.runs(datetime(2026, 1, 1, tzinfo=UTC))) == []


def test_the_29th_of_february_is_found_over_eight_years() -> None:
    leap = Days(months=frozenset({2}), month_days=frozenset({29}))
    schedule = Schedule(times=(time(9),), zone="UTC", days=leap)
    found = islice(schedule.runs(datetime(2096, 3, 1, tzinfo=UTC)), 2)
    assert [run.year for run in found] == [2104, 2108]


def test_every_other_week_goes_on_from_the_first_run_after_a_restart() -> None:
    days = Days(weekdays=frozenset({0, 2}), every_weeks=2)
    schedule = Schedule(times=(time(9),), zone="UTC", days=days)
    start = datetime(2026, 12, 1, tzinfo=UTC)
    whole = list(islice(schedule.runs(start), 8))
    later = list(islice(schedule.runs(whole[4], first=whole[0].date()), 3))
    assert later == whole[5:]


def test_the_last_workday_and_the_last_day_of_a_month() -> None:
    workday = Days(weekdays=WORKDAYS, nth=frozenset({LAST}))
    assert workday.on(date(2027, 1, 29))
    assert not workday.on(date(2027, 1, 31))
    assert Days(month_days=frozenset({LAST})).on(date(2028, 2, 29))


@given(
    st.sampled_from(ZONES),
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.lists(st.times(), min_size=1, max_size=4, unique=True).map(sorted),
)
def test_a_daily_schedule_has_each_day_and_goes_forward(
    zone: str, day: date, times: list[time]
) -> None:
    schedule = Schedule(times=tuple(times), zone=zone)
    start = datetime.combine(day, time(), UTC)
    found = list(islice(schedule.runs(start), 20))
    assert all(one < other for one, other in pairwise(found))
    assert found[0] > start
    days = {run.date() for run in found}
    assert len(days) == (max(days) - min(days)).days + 1
    assert schedule.days.weekdays == DAILY


@given(
    st.sampled_from(["DE", "DE-BY", "CN", "US", "JP"]),
    st.dates(date(2024, 1, 1), date(2028, 1, 1)),
)
def test_a_public_holiday_leaves_out_its_runs_and_no_others(where: str, day: date) -> None:
    plan = Schedule(times=(time(9), time(17)), zone="UTC")
    free = runs(replace(plan, closed=where), day, 3)
    days = [day + timedelta(days=n) for n in range(3)]
    assert len(free) == 2 * sum(not is_holiday(where, one) for one in days)


def test_every_other_week_is_counted_through_a_holiday() -> None:
    plan = Schedule(times=(time(9),), zone="UTC", days=Days(weekdays=frozenset({3}), every_weeks=2))
    closed = replace(plan, closed="CN")
    start = datetime(2026, 9, 16, tzinfo=UTC)
    first = next(plan.runs(start)).date()
    found = [run.date() for run in islice(closed.runs(start, first), 3)]
    assert found == [date(2026, 9, 17), date(2026, 10, 15), date(2026, 10, 29)]


WEEKDAYS = Schedule(times=(time(9),), zone="UTC", days=Days(weekdays=WORKDAYS, working=True))


@pytest.mark.parametrize("where", ["CN", "HU", "VN", "TW"])
def test_working_days_are_those_of_the_region_weekends_that_are_worked_included(where: str) -> None:
    """By the package's own reckoning of a working day, over two years."""
    known = holidays.country_holidays(where, years=[2025, 2026])
    start, days = datetime(2025, 1, 1, tzinfo=UTC), range(730)
    theirs = [day for n in days if known.is_working_day(day := start.date() + timedelta(days=n))]
    ours = replace(WEEKDAYS, closed=where).runs(start)
    assert [next(ours).date() for _ in theirs] == theirs
    assert any(day.weekday() in WEEKEND for day in theirs), "nothing was worked: it proves nothing"


def test_only_days_that_are_called_working_days_follow_a_decree() -> None:
    sunday, start = date(2026, 9, 20), datetime(2026, 9, 19, tzinfo=UTC)

    def runs_on_it(days: Days, where: str = "CN") -> bool:
        return next(replace(WEEKDAYS, days=days, closed=where).runs(start)).date() == sunday

    assert runs_on_it(WEEKDAYS.days)
    assert not runs_on_it(WEEKDAYS.days, "")
    assert not runs_on_it(Days(weekdays=WORKDAYS)), "Monday to Friday, by name"
    assert not runs_on_it(replace(WEEKDAYS.days, without=frozenset({6})))


def test_the_first_working_day_of_a_month_is_no_holiday() -> None:
    first = Days(weekdays=WORKDAYS, working=True, nth=frozenset({1}))
    plan = Schedule(times=(time(9),), zone="UTC", days=first, closed="CN")
    found = [run.date() for run in islice(plan.runs(datetime(2026, 9, 30, tzinfo=UTC)), 4)]
    assert found == [date(2026, 10, 8), date(2026, 11, 2), date(2026, 12, 1), date(2027, 1, 4)]


def test_what_falls_on_holidays_alone_never_runs_and_says_so_at_once() -> None:
    """It used to be looked for through all the years of the calendar."""
    christmas = Days(months=frozenset({12}), month_days=frozenset({25}))
    plan = Schedule(times=(time(9),), zone="Europe/Berlin", days=christmas, closed="DE")
    assert list(plan.runs(datetime(2026, 1, 1, tzinfo=UTC))) == []
