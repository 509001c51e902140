"""All that is said of when, beside cron's own reckoning: `python -m tests.reckoning`.

Every phrase of the tests in each of seven zones over two years, and so many random cron expressions
each over two years of some zone. On days on which clocks change the two mean different things, and
`tests/bot/digests/test_calendar.py` says which; they are left out here. Minutes.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from croniter import croniter

from bot.digests.calendar import Schedule
from bot.digests.phrases import Refused, read
from tests.bot.digests.test_phrases import PHRASES, REFUSED, START, YEARS, ZONES

_FIELDS = ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6))
_FLOWING = timedelta(days=150)
"""Of what runs all day, for there are tens of thousands in two years."""


def main() -> int:
    """Compare, and print how many are understood, and how many of them wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expressions", type=int, default=300, help="random ones")
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    said = [(phrase, cron, zone) for phrase, cron in PHRASES.items() for zone in ZONES]
    chance = random.Random(given.seed)  # noqa: S311 - no secret
    made = [
        (cron := expression(chance), cron, chance.choice(ZONES)) for _ in range(given.expressions)
    ]
    wrong = [one for one in (*said, *made) if not agrees(*one)]
    guessed = [phrase for phrase in REFUSED if not isinstance(read(phrase, "UTC"), Refused)]
    sys.stdout.write(
        f"{len(PHRASES)} phrases in {len(ZONES)} zones and {len(made)} expressions over two years, "
        f"silently wrong: {len(wrong)}; {len(REFUSED)} unclear ones, guessed: {len(guessed)}\n"
    )
    sys.stderr.writelines(f"{one}\n" for one in (*wrong, *guessed))
    return 1 if wrong or guessed else 0


def agrees(phrase: str, cron: str, zone: str) -> bool:
    """Tell whether a phrase runs when cron does, but for days on which clocks change."""
    schedule = read(phrase, zone)
    if not isinstance(schedule, Schedule):
        return False
    start = START.replace(tzinfo=ZoneInfo(zone))
    end = start + (_FLOWING if schedule.flowing else YEARS)
    theirs = croniter(cron, start - timedelta(seconds=1), ret_type=datetime)
    changes = set(_changes(start, end))
    runs = (schedule.runs(start - timedelta(seconds=1)), iter(theirs.get_next, None))
    found = (takewhile(lambda run: run < end, one) for one in runs)
    ours, other = ([run for run in one if run.date() not in changes] for one in found)
    return ours == other


def expression(chance: random.Random) -> str:
    """Return a cron expression of stars, numbers, lists, ranges and steps."""
    first, *rest = _FIELDS
    return " ".join([str(chance.randint(*first)), *(_field(chance, *ends) for ends in rest)])


def _field(chance: random.Random, low: int, high: int) -> str:
    start, end = sorted(chance.sample(range(low, high + 1), 2))
    forms = ("*", "*", str(start), f"{start}-{end}", f"{start}-{end}/2", f"{start},{end}")
    return chance.choice(forms)


def _changes(start: datetime, end: datetime) -> Iterator[object]:
    """Yield the days on which the clock changes, and the ones after them."""
    day = start
    while day < end + timedelta(days=1):
        if day.utcoffset() != (day + timedelta(days=1)).utcoffset():
            yield day.date()
            yield (day + timedelta(days=1)).date()
        day += timedelta(days=1)


if __name__ == "__main__":
    sys.exit(main())
