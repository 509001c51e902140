"""Time zones as people name them. What may mean two zones means none."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final
from zoneinfo import available_timezones

NAMES: Final[Mapping[str, str]] = {
    "utc": "UTC",
    "gmt": "UTC",
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "cet": "Europe/Paris",
    "cest": "Europe/Paris",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "hkt": "Asia/Hong_Kong",
    "sgt": "Asia/Singapore",
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "uk time": "Europe/London",
    "beijing time": "Asia/Shanghai",
    "china time": "Asia/Shanghai",
    "北京时间": "Asia/Shanghai",
    "中国时间": "Asia/Shanghai",
    "上海时间": "Asia/Shanghai",
    "香港时间": "Asia/Hong_Kong",
    "台北时间": "Asia/Taipei",
    "新加坡时间": "Asia/Singapore",
    "东京时间": "Asia/Tokyo",
    "日本时间": "Asia/Tokyo",
    "首尔时间": "Asia/Seoul",
    "伦敦时间": "Europe/London",
    "英国时间": "Europe/London",
    "巴黎时间": "Europe/Paris",
    "柏林时间": "Europe/Berlin",
    "纽约时间": "America/New_York",
    "美东时间": "America/New_York",
    "芝加哥时间": "America/Chicago",
    "洛杉矶时间": "America/Los_Angeles",
    "美西时间": "America/Los_Angeles",
    "悉尼时间": "Australia/Sydney",
}
"""Names that are not the database's. CST, IST, BST and AST have several meanings each."""
_NAMED: Final = re.compile(r"(?<![a-z])[a-z_]+(?:/[a-z0-9_+-]+){1,2}")
_SHIFTED: Final = re.compile(r"(?<![a-z])(?:utc|gmt)\s*([+-])\s*(\d{1,2})(?::?00)?(?!\d)")
_CITY: Final = re.compile(r"(?<![a-z])([a-z]+(?: [a-z]+)?) time(?![a-z])")
_SHIFT_H: Final = 14


class NoZone(ValueError):  # noqa: N818 - reads as the state it names
    """Something is written like a zone, and none or two are meant; the message names it."""


def parted(phrase: str) -> tuple[str, str | None]:
    """Return a phrase in lower case without its zone, and the zone's name. Raises NoZone.

    >>> parted("weekdays 9:00 asia/shanghai")
    ('weekdays 9:00  ', 'Asia/Shanghai')
    """
    found = list(_found(phrase))
    if not found:
        return phrase, None
    names = {name for _, name in found}
    if len(names) != 1:
        raise NoZone("two time zones")
    for said, _ in found:
        phrase = re.sub(_alone(said), " ", phrase)
    return phrase, names.pop()


def named(zone: str) -> str | None:
    """Return the database's name of a zone that a setting or a person's profile names."""
    return _known().get(zone.lower())


def _found(phrase: str) -> Iterator[tuple[str, str]]:
    for shift in _SHIFTED.finditer(phrase):
        yield shift[0], _shifted(shift)
    phrase = _SHIFTED.sub(" ", phrase)
    for found in _NAMED.finditer(phrase):
        zone = _known().get(found[0])
        if zone:
            yield found[0], zone
    for said, zone in NAMES.items():
        if re.search(_alone(said), phrase):
            yield said, zone
    for city in _CITY.finditer(phrase):
        yield from _city(city)


def _alone(said: str) -> str:
    return rf"(?<![a-z]){re.escape(said)}(?![a-z])"


def _city(city: re.Match[str]) -> Iterator[tuple[str, str]]:
    if city[0] in NAMES:
        return
    words = city[1].split()
    for start in range(len(words)):
        name = " ".join(words[start:])
        if zone := _cities().get(name.replace(" ", "_")):
            yield f"{name} time", zone
            return
    if f"{words[-1]} time" not in NAMES:
        raise NoZone(f"the zone {city[0]!r}")


def _shifted(shift: re.Match[str]) -> str:
    hours = int(shift[2])
    name = f"Etc/GMT{'-' if shift[1] == '+' else '+'}{hours}"  # POSIX: the sign says what to add
    if not hours:
        return "UTC"
    if hours > _SHIFT_H or name not in available_timezones():
        raise NoZone(f"the zone {shift[0]!r}")
    return name


@cache
def _known() -> Mapping[str, str]:
    return {name.lower(): name for name in sorted(available_timezones())}


@cache
def _cities() -> Mapping[str, str]:
    """Return the zones by the names of their cities, where one zone alone has a city's name."""
    places: dict[str, list[str]] = {}
    for zone in available_timezones():
        area, _, city = zone.rpartition("/")
        if area.split("/")[0] in {"Africa", "America", "Asia", "Australia", "Europe", "Pacific"}:
            places.setdefault(city.lower(), []).append(zone)
    return {city: zones[0] for city, zones in places.items() if len(zones) == 1}
