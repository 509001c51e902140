"""The facts in a sentence that can be wrong: figures, dates, times, addresses, names of products.

Each is brought to one spelling, so that "1,500 EUR", "€1500" and "1500 欧元" are the same fact.
It knows no arithmetic and no grammar: "half" and a dropped "not" are beyond it.
"""

import re
import unicodedata
from collections.abc import Iterator

_MONTHS = "january february march april may june july august september october november december"
_MONTH = {name[:3]: number for number, name in enumerate(_MONTHS.split(), 1)}
_WEEKDAYS = {
    **{
        day: day
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    },
    **{
        f"{prefix}{sign}": day
        for prefix in ("周", "星期", "礼拜")
        for sign, day in (
            ("一", "monday"),
            ("二", "tuesday"),
            ("三", "wednesday"),
            ("四", "thursday"),
            ("五", "friday"),
            ("六", "saturday"),
            ("日", "sunday"),
            ("天", "sunday"),
        )
    },
}
_UNITS = {
    "%": ("%", "percent", "per cent", "百分之"),
    "minute": ("minutes", "minute", "mins", "min", "分钟"),
    "hour": ("hours", "hour", "hrs", "小时", "个小时"),
    "business day": (
        "business days",
        "business day",
        "working days",
        "working day",
        "个工作日",
        "工作日",
    ),
    "day": ("days", "day", "天", "日内"),
    "week": ("weeks", "week", "周", "个星期", "星期"),
    "month": ("months", "month", "个月"),
    "year": ("years", "year", "年"),
    "eur": ("eur", "euros", "euro", "€", "欧元"),
    "usd": ("usd", "dollars", "dollar", "us$", "$", "美元"),
    "gbp": ("gbp", "pounds", "pound", "£", "英镑"),
    "cny": ("cny", "rmb", "yuan", "¥", "元", "块", "人民币"),
    "point": ("points", "point", "积分"),
    "km": ("km", "公里"),
    "cm": ("cm", "厘米"),
    "mm": ("mm", "毫米"),
    "m": ("m", "米"),
    "kg": ("kg", "公斤", "千克"),
    "g": ("g", "克"),
}
_UNIT_OF = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_WORDS = {word: str(number) for number, word in enumerate(_SMALL.split())}
_WORDS |= {
    word: str(number * 10) for number, word in enumerate(["thirty", "forty", "fifty", "sixty"], 3)
}
_WORDS |= {sign: str(number) for number, sign in enumerate("零一二三四五六七八九十")} | {"两": "2"}


def _either(spellings: Iterator[str] | list[str]) -> str:
    longest = sorted(spellings, key=len, reverse=True)
    return "|".join(
        f"{re.escape(one)}(?![a-z])" if one[-1].isascii() and one[-1].isalpha() else re.escape(one)
        for one in longest
    )


_NUMBER = r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|(?<![\da-z.,])\d+(?:[.,]\d+)?"
_UNIT = _either(list(_UNIT_OF))
_URL = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]|\"'，。；、！？）】]+", re.IGNORECASE)
_MAIL = re.compile(r"(?<![a-z0-9._%+-])[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?(?!\d)"
_NAMED = rf"({'|'.join(_MONTH)})[a-z]*\.?"
_MONTH_DAY = re.compile(rf"(?<![a-z]){_NAMED}\s+{_DAY}")
_DAY_MONTH = re.compile(rf"(?<!\d){_DAY}\.?\s+(?:of\s+)?{_NAMED}(?![a-z])")
_CHINESE_DATE = re.compile(r"(\d{1,2})月(\d{1,2})[日号]")
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m(?![a-z])\.?|(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])"
)
_CODE = re.compile(r"(?<![a-z0-9])(?=[a-z0-9-]{0,40}\d)[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?![a-z0-9])")
_BEFORE = re.compile(rf"(€|us\$|\$|£|¥|eur|usd|gbp|cny|rmb|百分之)\s*({_NUMBER})")
_AFTER = re.compile(rf"({_NUMBER})\s*-?\s*({_UNIT})")
_SPELT = re.compile(
    rf"(?<![a-z])({_either([word for word in _WORDS if word.isascii()])})[\s-]+({_UNIT})"
    rf"|([零一二三四五六七八九十两]{{1,3}})({_UNIT})"
)
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|~|to|and|或|到|至)\s*({_NUMBER})\s*({_UNIT})")
_TENTHS = re.compile("百分之([零一二三四五六七八九十两]{1,3})")
_BARE = re.compile(_NUMBER)
_WEEKDAY = re.compile(
    rf"(?<![a-z])({'|'.join(day for day in _WEEKDAYS if day.isascii())})s?(?![a-z])"
    rf"|((?:周|星期|礼拜)[一二三四五六日天])"
)


def facts(text: str) -> frozenset[str]:
    """Return every checkable fact in a text, each in its one spelling.

    >>> sorted(facts("Within 14 days you get €1,500 back, by March 3 at 5 pm."))
    ['03-03', '14 day', '1500 eur', '17:00']
    >>> facts("14天内退款1500欧元") == facts("EUR 1500 in fourteen days")
    True
    """
    left = unicodedata.normalize("NFKC", text).casefold()
    found: set[str] = set()
    for take in (_addresses, _dates, _times, _codes, _amounts, _bare):
        left = take(left, found)
    return frozenset(found)


def _addresses(text: str, found: set[str]) -> str:
    found.update(match.rstrip(".,;:!?") for match in _URL.findall(text))
    text = _URL.sub(" ", text)
    found.update(match.rstrip(".") for match in _MAIL.findall(text))
    return _MAIL.sub(" ", text)


def _dates(text: str, found: set[str]) -> str:
    for year, month, day in _ISO.findall(text):
        found.update((year, f"{int(month):02}-{int(day):02}"))
    text = _ISO.sub(" ", text)
    found.update(f"{_MONTH[name]:02}-{int(day):02}" for name, day in _MONTH_DAY.findall(text))
    text = _MONTH_DAY.sub(" ", text)
    found.update(f"{_MONTH[name]:02}-{int(day):02}" for day, name in _DAY_MONTH.findall(text))
    text = _DAY_MONTH.sub(" ", text)
    found.update(f"{int(month):02}-{int(day):02}" for month, day in _CHINESE_DATE.findall(text))
    text = _CHINESE_DATE.sub(" ", text)
    found.update(_WEEKDAYS[first or second] for first, second in _WEEKDAY.findall(text))
    return _WEEKDAY.sub(" ", text)


def _times(text: str, found: set[str]) -> str:
    for hour, minute, half, hour_24, minute_24 in _CLOCK.findall(text):
        if half:
            found.add(f"{int(hour) % 12 + 12 * (half == 'p'):02}:{minute or '00'}")
        else:
            found.add(f"{int(hour_24):02}:{minute_24}")
    return _CLOCK.sub(" ", text)


def _codes(text: str, found: set[str]) -> str:
    """Order numbers and names of products: letters with a digit among them."""
    codes = [code for code in _CODE.findall(text) if not _is_amount(code)]
    found.update(codes)
    return _CODE.sub(lambda match: " " if match[0] in codes else match[0], text)


def _is_amount(code: str) -> bool:
    return _BEFORE.fullmatch(code) is not None


def _amounts(text: str, found: set[str]) -> str:
    text = _RANGE.sub(r"\1 \3 \2 \3", text)
    found.update(f"{_chinese(signs)} %" for signs in _TENTHS.findall(text))
    found.update(f"{_plain(number)} {_UNIT_OF[unit]}" for unit, number in _BEFORE.findall(text))
    text = _BEFORE.sub(" ", text)
    found.update(f"{_plain(number)} {_UNIT_OF[unit]}" for number, unit in _AFTER.findall(text))
    text = _AFTER.sub(" ", text)
    for word, unit, sign, chinese_unit in _SPELT.findall(text):
        number = _WORDS[word] if word else _chinese(sign)
        found.add(f"{number} {_UNIT_OF[unit or chinese_unit]}")
    return _SPELT.sub(" ", text)


def _bare(text: str, found: set[str]) -> str:
    found.update(_plain(number) for number in _BARE.findall(text))
    return text


def _plain(number: str) -> str:
    """Return a number without separators of thousands and without noughts that say nothing."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    whole, _, rest = number.replace(",", ".").partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")


def _chinese(signs: str) -> str:
    tens, ten, ones = signs.partition("十")
    if not ten:
        return "".join(_WORDS[sign] for sign in signs)
    return str(10 * int(_WORDS.get(tens, "1")) + int(_WORDS.get(ones, "0")))
