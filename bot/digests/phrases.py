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
from bot.digests.speech import speech
from bot.digests.unclear import in_chinese
from bot.digests.words import Unknown, folded
from bot.digests.zones import NoZone, named, parted
from generators.sentences import Language

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
    speak, what = speech(phrase), str(error)
    said = in_chinese(what) if speak == "zh" else what
    return Refused(_REFUSED[speak].format(what=said, examples=EXAMPLES[speak]))


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
