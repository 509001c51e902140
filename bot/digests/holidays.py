"""Public holidays, by the country, or the part of one, whose they are.

The days are those of the package `holidays`, which asks nobody: what a government decides at short
notice is not in it, and a year's lunar holidays may be estimated.
"""

import unicodedata
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

MOST_CHARS: Final = 10


def region(said: str) -> str:
    """Return a country, or a part of one, as it is known: `DE`, `DE-BY`; nothing if it is none.

    ISO 3166-1 and -2. What has no public holidays that are known has no region.

    >>> region("de-by"), region("\uff23\uff2e"), region("Bavaria"), region("XX")
    ('DE-BY', 'CN', '', '')
    """
    folded = unicodedata.normalize("NFKC", said).strip().upper()
    country, _, part = folded[:MOST_CHARS].partition("-")
    parts = _regions().get(country)
    if parts is None or (part and part not in parts):
        return ""
    return f"{country}-{part}" if part else country


def region_of(zone: str) -> str:
    """Return the country of a time zone; nothing where it is of none, or of one that has none here.

    >>> region_of("Asia/Shanghai"), region_of("Europe/Berlin"), region_of("UTC")
    ('CN', 'DE', '')
    """
    return region(_countries().get(zone, ""))


def is_holiday(where: str, day: date) -> bool:
    """Tell whether a day is a public holiday of a region; of none, it never is.

    >>> is_holiday("CN", date(2026, 10, 1)), is_holiday("DE", date(2026, 10, 1))
    (True, False)
    """
    return bool(where) and day in _days(where, day.year)


def is_worked_weekend(where: str, day: date) -> bool:
    """Tell whether a day of a weekend is worked instead of another one, by decree.

    >>> is_worked_weekend("CN", date(2026, 10, 10)), is_worked_weekend("CN", date(2026, 10, 17))
    (True, False)
    """
    return bool(where) and day in _worked(where, day.year)


def works_weekends(where: str, year: int) -> bool:
    """Tell whether weekends of a region are worked in a year, as far as is known."""
    return any(day.year == year for day in _worked(where, year))


@cache
def _days(where: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - takes 0.3 s, and most never need it

    country, _, part = where.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


@cache
def _worked(where: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - see above

    country, _, part = where.partition("-")
    made = holidays.country_holidays(country, subdiv=part or None, years=year)
    return frozenset(made.weekend_workdays)


@cache
def _regions() -> dict[str, frozenset[str]]:
    import holidays  # noqa: PLC0415 - see above

    return {
        country: frozenset(parts) for country, parts in holidays.list_supported_countries().items()
    }


@cache
def _countries() -> dict[str, str]:
    """Return the country of each zone, as the time zone database lists them (`zone.tab`)."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}
