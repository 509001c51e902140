"""What people say of when, beside cron's own reckoning of the same: right, or refused."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.calendar import Schedule
from bot.digests.cron import NotCron
from bot.digests.phrases import Refused, _read, following, read
from bot.digests.unclear import in_chinese
from bot.digests.words import Unknown, folded
from bot.digests.zones import NoZone

ZONES = (
    *("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"),
    *("America/Havana", "Pacific/Chatham"),
)
START = datetime(2026, 1, 1)  # noqa: DTZ001 - a clock on any wall
YEARS = timedelta(days=731)

PHRASES = {
    "every weekday at 9:00": "0 9 * * 1-5",
    "weekdays 9:00": "0 9 * * 1-5",
    "Weekdays at 9am": "0 9 * * 1-5",
    "on business days at 9 o'clock": "0 9 * * 1-5",
    "every monday at 10": "0 10 * * 1",
    "Mondays 10:00": "0 10 * * 1",
    "weekly on Monday at 10:00": "0 10 * * 1",
    "every Monday and Thursday at 16:30": "30 16 * * 1,4",
    "mon, wed, fri 9:30": "30 9 * * 1,3,5",
    "Tue/Thu 17:45": "45 17 * * 2,4",
    "every Monday, Wednesday and Friday at 5pm": "0 17 * * 1,3,5",
    "mon-fri 8:15": "15 8 * * 1-5",
    "Monday – Friday, 8.15": "15 8 * * 1-5",
    "Monday to Thursday and Saturday at noon": "0 12 * * 1-4,6",
    "every day at 9": "0 9 * * *",
    "daily at 18:00": "0 18 * * *",
    "Every day, 9:00 a.m.": "0 9 * * *",
    "9am every day": "0 9 * * *",
    "every day at midnight": "0 0 * * *",
    "every day at 12:30 am": "30 0 * * *",
    "every day at 9:00 and 17:00": "0 9,17 * * *",
    "weekdays at 8, 12 and 16": "0 8,12,16 * * 1-5",
    "every morning at 9": "0 9 * * *",
    "every evening at 6": "0 18 * * *",
    "every night at 11": "0 23 * * *",
    "every day at 9 in the morning": "0 9 * * *",
    "every day at half past nine": "30 9 * * *",
    "every day at quarter to 5": "45 4 * * *",
    "weekends at 10:30": "30 10 * * 0,6",
    "every day except Sunday at 9": "0 9 * * 1-6",
    "weekdays except Friday at 9:00": "0 9 * * 1-4",
    "on the 1st and 15th of every month at 12:00": "0 12 1,15 * *",
    "monthly on the 5th at 9:00": "0 9 5 * *",
    "day 5 of each month at 9": "0 9 5 * *",
    "every 31st at 9:00": "0 9 31 * *",
    "quarterly on the 1st at 9": "0 9 1 1,4,7,10 *",
    "every March 3rd at 9:00": "0 9 3 3 *",
    "yearly on January 1 at 0:00": "0 0 1 1 *",
    "weekdays in June and July at 9": "0 9 * 6,7 1-5",
    "last day of the month at 18:00": "0 18 L * *",
    "first Monday of the month at 10:00": "0 10 * * mon#1",
    "2nd and 4th Tuesday of each month at 14:00": "0 14 * * tue#2,tue#4",
    "every second Tuesday of the month at 11": "0 11 * * tue#2",
    "the last Friday of every month at 4pm": "0 16 * * L5",
    "every last Friday at 4pm": "0 16 * * L5",
    "every hour": "0 * * * *",
    "hourly": "0 * * * *",
    "every 30 minutes": "*/30 * * * *",
    "every half hour": "*/30 * * * *",
    "hourly between 9 and 17 on weekdays": "0 9-17 * * 1-5",
    "every 20 minutes from 9:00 to 16:40 on Mondays": "*/20 9-16 * * 1",
    "every two hours from 8am to 6pm": "0 8-18/2 * * *",
    "每天9点": "0 9 * * *",
    "每天早上9点": "0 9 * * *",
    "每天 9am": "0 9 * * *",
    "每日上午九点半": "30 9 * * *",
    "每天晚上八点一刻": "15 20 * * *",
    "每天中午12点": "0 12 * * *",
    "每天中午": "0 12 * * *",
    "每天下午十二点": "0 12 * * *",
    "每天凌晨1点": "0 1 * * *",
    "每天早上8点和晚上8点": "0 8,20 * * *",
    "工作日9:00": "0 9 * * 1-5",
    "工作日上午\uff19：\uff10\uff10": "0 9 * * 1-5",
    "每个工作日上午9点": "0 9 * * 1-5",
    "请在每周一9点": "0 9 * * 1",
    "每周一、三、五 18:30": "30 18 * * 1,3,5",
    "每周一三五下午六点半": "30 18 * * 1,3,5",
    "周六日10点": "0 10 * * 0,6",
    "周六、日10点": "0 10 * * 0,6",
    "每周一至周五9点": "0 9 * * 1-5",
    "周一到周五早上8点半": "30 8 * * 1-5",
    "周一到五 9点05分": "5 9 * * 1-5",
    "星期五下午5点": "0 17 * * 5",
    "礼拜天20点": "0 20 * * 0",
    "周一三点": "0 3 * * 1",
    "周末10点": "0 10 * * 0,6",
    "每天除了周日9点": "0 9 * * 1-6",
    "工作日除周三外9点": "0 9 * * 1,2,4,5",
    "每月1号10点": "0 10 1 * *",
    "每月1日和15日上午9点": "0 9 1,15 * *",
    "每月一、十五号上午9点": "0 9 1,15 * *",
    "每月三十号9点": "0 9 30 * *",
    "每月最后一天18点": "0 18 L * *",
    "每月月底18点": "0 18 L * *",
    "每月第一个周一9点": "0 9 * * mon#1",
    "每月第一、第三个周一上午10点": "0 10 * * mon#1,mon#3",
    "每月最后一个周五下午四点": "0 16 * * L5",
    "每年1月1日9点": "0 9 1 1 *",
    "每季度1号9点": "0 9 1 1,4,7,10 *",
    "每小时": "0 * * * *",
    "每30分钟": "*/30 * * * *",
    "每半小时": "*/30 * * * *",
    "工作日9点到17点每小时": "0 9-17 * * 1-5",
    "每天8点到18点每两小时": "0 8-18/2 * * *",
}
REFUSED = (
    *("", "   ", "at 9", "9:00", "tomorrow at 9", "every monday", "every second", "remind me"),
    *("every third Monday at 9", "biweekly on monday at 9", "every blue moon at 9"),
    *("every monday at 9 and friday at 10", "at 25:00 every day", "every day at 13pm"),
    *("between 9 and 5 every hour", "every hour from 1 to 5pm", "every 7 hours", "2 mondays 9:00"),
    *("every 2 mondays at 9", "9:00 CST every day", "once a week", "twice a day at 9 and 10"),
    *("weekly at 9", "monthly at 9", "every day 9:00 Mars/Base", "not on monday at 9"),
    *("every 5 minutes at 9", "9-17 weekdays", "every day at night", "on the 31st at 9"),
    *("every february 30 at 9", "every 0 days at 9", "every 0 minutes", "every day at 9:60"),
    *("every day at 9:00 from Berlin", "2026-12-01 9:00", "fri-mon 9:00", "every month on Monday"),
    *("every 2 months on the 1st at 9", "every other day on weekdays at 9", "every 40 minutes at"),
    *("weekdays except weekdays at 9", "0 9 * * 8", "61 9 * * *", "0 9 31 2 *", "0 9 * *"),
    *("every day at 9:00 UTC and 17:00 Asia/Tokyo", "every day at 8 and 9 in the evening"),
    *(
        "每周一次",
        "每隔两天9点",
        "每隔一小时",
        "每天25点",
        "每天下午",
        "有空的时候",
        "每天早上13点",
    ),
    *("每天", "9点", "双周周一9点", "下周一9点", "每周五天9点", "明天9点", "每月31号", "每周9点"),
    *(
        "每两个月1号9点",
        "每月周一9点",
        "周五到周一9点",
        "🙂",
        "كل يوم",
        "月底18点",
        "every quarter past 3",
    ),
)


def until(schedule: Schedule, zone: str) -> list[datetime]:
    start, end = span(zone, flowing=schedule.flowing)
    return list(takewhile(lambda run: run < end, schedule.runs(start)))


def span(zone: str, *, flowing: bool) -> tuple[datetime, datetime]:
    """Return two years, or of what runs all day the weeks in which clocks change."""
    start = START.replace(tzinfo=ZoneInfo(zone)) + timedelta(days=62 if flowing else 0)
    return start, start + (timedelta(days=40) if flowing else YEARS)


def reckoned(expression: str, zone: str, *, flowing: bool) -> list[datetime]:
    """Return cron's runs; of two at the same time of day, as the clock is put back, the first."""
    return list(_reckoned(expression, span(zone, flowing=flowing), flowing=flowing))


def _reckoned(
    expression: str, within: tuple[datetime, datetime], *, flowing: bool
) -> Iterator[datetime]:
    found, seen = croniter(expression, within[0], ret_type=datetime), set[datetime]()
    while (run := found.get_next()) < within[1]:
        wall = run.replace(tzinfo=None, fold=0)
        if flowing or wall not in seen:
            yield run
        seen.add(wall)


def phrases() -> Iterator[tuple[str, str, str]]:
    """Yield each phrase with one of the zones, and all zones several times."""
    for n, (phrase, expression) in enumerate(PHRASES.items()):
        yield phrase, expression, ZONES[n % len(ZONES)]


@pytest.mark.thorough
@pytest.mark.parametrize(("phrase", "expression", "zone"), list(phrases()))
def test_a_phrase_runs_when_cron_does(phrase: str, expression: str, zone: str) -> None:
    schedule = read(phrase, zone)
    assert isinstance(schedule, Schedule), schedule
    assert until(schedule, zone) == reckoned(expression, zone, flowing=schedule.flowing)


@pytest.mark.parametrize("phrase", REFUSED)
def test_what_is_not_clear_is_refused_with_examples(phrase: str) -> None:
    answer = read(phrase, "Europe/Berlin")
    assert isinstance(answer, Refused), following(answer, datetime(2026, 1, 1).astimezone(), 3)
    assert "9:00" in answer.hint or "9点" in answer.hint


EVERY = {
    "every other Monday at 9:00": ("12-07 09:00", "12-21 09:00", "01-04 09:00"),
    "every second Tuesday at 11": ("12-01 11:00", "12-15 11:00", "12-29 11:00"),
    "every other day at 7:00": ("12-01 07:00", "12-03 07:00", "12-05 07:00"),
    "on alternate days at 7:00": ("12-01 07:00", "12-03 07:00", "12-05 07:00"),
    "every 3 days at 13": ("11-30 13:00", "12-03 13:00", "12-06 13:00"),
    "every two weeks on Friday at 15:00": ("12-04 15:00", "12-18 15:00", "01-01 15:00"),
    "every other week on Monday and Wednesday at 9": ("12-02 09:00", "12-14 09:00", "12-16 09:00"),
    "fortnightly on Tuesday at 10": ("12-01 10:00", "12-15 10:00", "12-29 10:00"),
    "first business day of the month at 9": ("12-01 09:00", "01-01 09:00", "02-01 09:00"),
    "every 45 minutes from 9 to 17 on weekdays": ("11-30 12:45", "11-30 13:30", "11-30 14:15"),
    "隔天9点": ("12-01 09:00", "12-03 09:00", "12-05 09:00"),
    "每隔一天9点": ("12-01 09:00", "12-03 09:00", "12-05 09:00"),
    "每两周周一10点": ("12-07 10:00", "12-21 10:00", "01-04 10:00"),
    "隔周周三上午10点": ("12-02 10:00", "12-16 10:00", "12-30 10:00"),
    "工作日9点到17点每45分钟": ("11-30 12:45", "11-30 13:30", "11-30 14:15"),
    "每月最后一个工作日17点": ("11-30 17:00", "12-31 17:00", "01-29 17:00"),
}


@pytest.mark.parametrize(("phrase", "runs"), EVERY.items())
def test_what_cron_cannot_say(phrase: str, runs: tuple[str, ...]) -> None:
    schedule = read(phrase, "Asia/Shanghai")
    assert isinstance(schedule, Schedule), schedule
    noon = datetime(2026, 11, 30, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert tuple(f"{run:%m-%d %H:%M}" for run in following(schedule, noon, len(runs))) == runs


@pytest.mark.parametrize(
    ("phrase", "zone"),
    [
        ("weekdays 9:00 Asia/Shanghai", "Asia/Shanghai"),
        ("9:00 america/new_york every day", "America/New_York"),
        ("every day at 9:00 PST", "America/Los_Angeles"),
        ("every day at 9:00 CET", "Europe/Paris"),
        ("every day at 9:00 UTC", "UTC"),
        ("every day at 9:00 UTC+8", "Etc/GMT-8"),
        ("every day at 9:00 gmt-03:00", "Etc/GMT+3"),
        ("every day at 9:00 New York time", "America/New_York"),
        ("every day at 9:00 berlin time", "Europe/Berlin"),
        ("every day between 9 and 12 every hour ET", "America/New_York"),
        ("北京时间每天9点", "Asia/Shanghai"),
        ("每天9点（东京时间）", None),
        ("每天9点 东京时间", "Asia/Tokyo"),
        ("每天9点", "Europe/Berlin"),
    ],
)
def test_a_zone_that_is_said_goes_before_the_usual_one(phrase: str, zone: str | None) -> None:
    schedule = read(phrase, "Europe/Berlin")
    assert (schedule.zone if isinstance(schedule, Schedule) else None) == zone


_MINUTE = st.lists(st.integers(0, 59), min_size=1, max_size=3).map(lambda n: ",".join(map(str, n)))
_FIELDS = {"hour": (0, 23), "day": (1, 28), "month": (1, 12), "weekday": (0, 6)}


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Draw a cron expression: stars, numbers, lists, ranges and steps."""
    return " ".join([draw(_MINUTE), *(draw(_field(*ends)) for ends in _FIELDS.values())])


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    ends = st.lists(number, min_size=2, max_size=2, unique=True).map(sorted)
    span = ends.map(lambda two: f"{two[0]}-{two[1]}")
    step = st.tuples(span, st.integers(1, 7)).map(lambda two: f"{two[0]}/{two[1]}")
    lists = st.lists(number, min_size=1, max_size=3).map(lambda many: ",".join(map(str, many)))
    return st.one_of(st.just("*"), number.map(str), span, step, lists)


@given(expressions(), st.sampled_from(ZONES), st.integers(0, 730))
def test_cron_means_what_it_means_elsewhere(expression: str, zone: str, day: int) -> None:
    """Ten days of two years, in any zone; on which the clock changes is tried in test_calendar."""
    schedule = read(expression, zone)
    assert isinstance(schedule, Schedule), schedule
    start = START.replace(tzinfo=ZoneInfo(zone)) + timedelta(days=day)
    end = start + timedelta(days=10)
    ours = takewhile(lambda run: run < end, schedule.runs(start))
    found = croniter(expression, start, ret_type=datetime, max_years_between_matches=10)
    theirs = takewhile(lambda run: run < end, iter(found.get_next, None))
    changes = {day.date() for day in _changes(start, end)}
    steady = [[run for run in runs if run.date() not in changes] for runs in (ours, theirs)]
    assert steady[0] == steady[1]


def _changes(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the days on which the clock changes."""
    day = start
    while day < end + timedelta(days=1):
        if day.utcoffset() != (day + timedelta(days=1)).utcoffset():
            yield day
            yield day + timedelta(days=1)
        day += timedelta(days=1)


@given(st.text(max_size=250))
def test_nothing_breaks_it(text: str) -> None:
    read(text, "UTC")


@pytest.mark.parametrize("phrase", [one for one in REFUSED if one.strip()])
def test_a_refusal_in_chinese_has_no_english_reason(phrase: str) -> None:
    """What was not clear is said in Chinese, or quoted from the phrase."""
    with pytest.raises((Unknown, NotCron, NoZone)) as error:
        _read(folded(phrase), "Europe/Berlin")
    said = in_chinese(str(error.value))
    assert said != str(error.value) or said.strip("'\"") in folded(phrase)


@pytest.mark.parametrize(
    ("phrase", "working"),
    [
        ("every weekday at 9:00", True),
        ("每个工作日9点", True),
        ("每月最后一个工作日17点", True),
        ("every other week on weekdays at 9", True),
        ("mon-fri 9:00", False),
        ("周一到周五9点", False),
        ("0 9 * * 1-5", False),
        ("every day at 9", False),
    ],
)
def test_working_days_are_told_from_monday_to_friday(phrase: str, working: bool) -> None:
    schedule = read(phrase, "Asia/Shanghai")
    assert isinstance(schedule, Schedule), schedule
    assert schedule.days.working == working
