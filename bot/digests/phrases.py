"""A phrase -> a schedule and its next runs, or a sentence that says what was not understood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from bot.digests import grammar
from bot.digests.calendar import Schedule
from bot.digests.cron import NotCron, cron
from bot.digests.words import Unknown, folded
from bot.digests.zones import NoZone, named, parted
from generators.sentences import Language, language

MOST_CHARS: Final = 200
_SOME_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
EXAMPLES: Final[dict[Language, str]] = {
    "en": (
        "every weekday at 9:00; every Monday and Thursday at 16:30 Europe/Berlin; first Friday of "
        "the month at 10:00; every 45 minutes from 9 to 17 on weekdays; 0 9 * * 1-5"
    ),
    "zh": (
        "每个工作日9点；每周一和周四下午4点半；每月第一个周五10:00；"
        "工作日9点到17点每45分钟；0 9 * * 1-5"
    ),
}
_REFUSED: Final[dict[Language, str]] = {
    "en": "Not understood: {what}. Say it like one of these: {examples}.",
    "zh": "没有看懂：{what}。可以这样说：{examples}。",
}
_CHINESE: Final = {
    "at what time": "几点",
    "on which days": "哪几天",
    "on which day of the week": "星期几",
    "on which day of the month": "每月哪一天",
    "in which month": "几月",
    "in which months": "是否每月",
    "both times and how often": "时间点与间隔不能同时用",
    "a span of time without how often in it": "有时间段，但没有间隔",
    "a span of time that ends before it begins": "时间段的结束早于开始",
    "days and a rhythm that do not go together": "日期与周期不一致",
    "two separate times": "两处时间",
    "two kinds of days": "两处日期",
    "two rhythms": "两种周期",
    "two time zones": "两个时区",
    "a day that never comes": "不存在的日期",
    "two kinds of reports": "两种内容",
    "channels in two places": "频道出现在两处",
    "two words on whom it is for": "两处收件人",
    "two words on whom it is of": "两处统计对象",
    "two words on holidays": "两处节假日",
    "two digests": "两个摘要",
    "channels, and a report that is of none": "该内容与频道无关",
    "more channels than ten": "频道超过十个",
    "everybody, and what is not of people": "该内容不按人员统计",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A phrase that is not understood, and why; nothing was guessed."""

    hint: str


def read(phrase: str, zone: str, closed: str = "") -> Schedule | Refused:
    """Return the schedule that a phrase says; `zone` counts where it names none.

    It does not run on the public holidays of the region `closed`.
    """
    try:
        return replace(_read(folded(phrase), zone), closed=closed)
    except (Unknown, NotCron, NoZone) as error:
        return refused(phrase, error)


def refused(phrase: str, error: ValueError) -> Refused:
    """Return what is said of a phrase that is not understood."""
    speech, what = language(phrase), str(error)
    said = _CHINESE.get(what, what) if speech == "zh" else what
    return Refused(_REFUSED[speech].format(what=said, examples=EXAMPLES[speech]))


def _read(text: str, zone: str) -> Schedule:
    if not text or len(text) > MOST_CHARS:
        raise Unknown(f"a phrase of {len(text)} characters")
    home = named(zone)
    if home is None:
        raise NoZone(f"the zone {zone!r}")
    rest, own = parted(text)
    made = cron(rest.strip(), own or home) or grammar.schedule(grammar.said(rest), own or home)
    if not following(made, _SOME_DAY, 1):
        raise Unknown("a day that never comes")
    return made


def following(schedule: Schedule, after: datetime, count: int) -> Sequence[datetime]:
    """Return the next runs after a moment; fewer where there are no more."""
    return tuple(islice(schedule.runs(after), count))


def local(text: str, zone: str) -> datetime:
    """Return a moment that a clock on the wall of a zone shows. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
