"""What only the words before it tell: passports, licences, plates, accounts, dates of birth.

Each recogniser says the word, what may stand between, and how the value is written.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from stdnum.us import rtn

Spans = Iterator[tuple[int, int]]

_BETWEEN: Final = (
    r"(?:[\s:=#(.,'\"*-]|is|was|no|number|nr|num|id|book|card|the|my|his|her|are|date|of|on|for|"
    r"plate|licen[cs]e|registration|code|as|issued|号码?|號碼?|證件|证件|是|为|於|于|在|了){0,12}?"
)
_AFTER: Final = r"(?![0-9A-Za-z])"
_MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE: Final = (
    r"((?:19|20)[0-9]{2}[-/.年] ?[0-9]{1,2}[-/.月] ?[0-9]{1,2}日?"
    r"|[0-9]{1,2}[-/.] ?[0-9]{1,2}[-/.] ?(?:(?:19|20)[0-9]{2}|[0-9]{2})"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)?[ -]{_MONTH}(?:,? |-)(?:19|20)[0-9]{{2}}"
    rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}}|(?:19|20)[0-9]{{6}})"
)


def _after(words: str, value: str, *, ignore_case: bool = True) -> re.Pattern[str]:
    """Return the pattern of a value that stands a few filling words after one of some words."""
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    return re.compile(rf"(?:{words}){_BETWEEN}(?<![0-9A-Za-z])(?:{value}){_AFTER}", flags)


_PASSPORT: Final = _after(
    r"passport|passeport|reisepass|pasaporte|passaporto|护照|護照|港澳通行证|台胞证|通行证",
    r"(?-i:((?=(?:[A-Z]{0,3}[0-9]){4})[0-9A-Z]{6,10}))",
)
_PASSPORT_AFTER: Final = re.compile(
    r"(?<![0-9A-Za-z])((?=(?:[A-Z]{0,3}[0-9]){4})[0-9A-Z]{6,10})"
    r" (?:is|was) (?:my|his|her|their|the|a) (?:[a-zA-Z]{1,12} )?passport"
)
_PASSPORT_CHINESE: Final = re.compile(
    r"(?<![0-9A-Za-z])([A-Z]{1,2}[0-9]{7,8})(?:号|的)?(?:护照|護照|通行证)"
)
_LICENCE: Final = _after(
    r"driv(?:er'?s?|ing) ?licen[cs]e|(?<![a-z])(?:my|his|her) licen[cs]e(?= is|:| \(|,)|"
    r"(?<![a-z])licen[cs]e (?:no|number|#)|"
    r"(?<![a-z])d\.?l\.? ?(?:no|num|#)|f[üu]hrerschein|驾驶证|驾照|"
    r"permis de conduire|licencia de conducir|rijbewijs|patente di guida",
    r"(?-i:((?=[A-Z0-9 -]{0,10}[0-9][A-Z0-9 -]{0,3}[0-9])[A-Z0-9]{1,6}(?:[ "
    r"-]?[A-Z0-9]{2,9}){0,4}))",
)
_BIRTH: Final = _after(
    r"(?<![a-z])born|birth ?day|date of birth|birth ?date|(?<![a-z])d\.?o\.?b|geboren am|"
    r"geburtsdatum|"
    r"née? le|fecha de nacimiento|data di nascita|出生日期|出生年月日?|生日",
    _DATE,
)
_MINE: Final = re.compile(rf"我(?:是)?{_DATE}(?:出生|生的|生日)|我(?:出生于|生于){_DATE}")
_BANK: Final = re.compile(r"[账帐][号户][:是为 ]{0,3}([0-9]{12,21})(?![0-9A-Za-z])")
_ACCOUNT: Final = _after(
    r"(?:bank |checking |savings |current )?(?:account|acct|a/c)\.? ?(?:number|num|no|nr|#)|"
    r"(?:bank|checking|savings|into|from|to|my|his|her) (?:account|acct)(?=:? (?:is )?[0-9]{7})|"
    r"kontonummer|"
    r"银行账[号户]|银行帐[号户]|收款账[号户]|对公账[号户]|银行卡号?|卡号|开户账号|公积金账号",
    r"([0-9](?:[ -]?[0-9]){5,18})",
)
_ROUTING: Final = _after(r"routing|(?<![a-z])aba(?![a-z])|(?<![a-z])rtn(?![a-z])", "([0-9]{9})")
_SORT_CODE: Final = _after(r"sort ?code", "([0-9]{2}[- ]?[0-9]{2}[- ]?[0-9]{2})")
_SWIFT: Final = _after(
    r"swift|(?<![a-z])bic(?![a-z])", "(?-i:([A-Z]{6}[0-9A-Z]{2}(?:[0-9A-Z]{3})?))"
)
_TAX: Final = _after(
    r"(?<![a-z])(?:ein|tin|itin|vat|utr)(?![a-z])|tax ?(?:payer)? ?id|ust-?id|steuernummer|税号|"
    r"纳税人识别号|employer identification",
    r"((?:[A-Z]{2})?[0-9]{2}[- ]?[0-9]{3}[- /]?[0-9]{3,7}|[0-9A-Z]{15,20})",
)
_PLATE: Final = _after(
    r"licen[cs]e plate|car registration|number ?plate|(?<![a-z])plates?(?![a-z])|"
    r"registration (?:number|no|plate)|"
    r"kennzeichen|(?<![a-z])vrm|immatriculation|matr[ií]cula|(?<![a-z])reg(?= (?:no|number|"
    r"is|[A-Z0-9]))",
    r"((?=[0-9A-ZÄÖÜ -]{0,7}[0-9])(?=[0-9 -]{0,7}[A-ZÄÖÜ])(?-i:[0-9A-ZÄÖÜ]{1,4}[ -]?[0-9A-Z]{1,4}"
    r"(?:[ -]?[0-9A-Z]{1,4})?))",
)
_SOCIAL: Final = _after(
    r"(?:我的|加|他的|她的|联系|客服)?(?:(?:QQ号?|微信号?|wechat(?: id)?)(?=[:号 是为])|"
    r"(?:加我?|[我他她]的)微信(?=[a-z]))",
    r"((?=[A-Z_-]{0,19}[0-9])[A-Z0-9][A-Z0-9_-]{4,19})",
)
_QQ: Final = re.compile(r"(?i:qq)号?[: 是为]{0,3}([1-9][0-9]{4,10})(?![0-9A-Za-z])")
_WECHAT: Final = re.compile(r"(?<![0-9A-Za-z_])(wxid_[0-9a-z]{6,20})(?![0-9A-Za-z])")
_NUMBERED: Final = _after(
    r"社保卡?号?|医保卡?号?|军官证|工号|学号|身份证|居住证|台湾通行证|medicare|"
    r"member ?id|employee ?id|national id|identity card|personalausweis",
    r"([A-Z]{0,3}[0-9]{6,18}[0-9A-Z]?)",
)
_CHINESE_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-HJ-NP-Z]"
    r"[ ·•・.-]?(?=[0-9A-Z]{0,4}[0-9][0-9A-Z]{0,4}[0-9])"
    r"(?:[0-9A-HJ-NP-Z]{5,6}|[0-9A-HJ-NP-Z]{4}[挂学警港澳])(?![0-9A-Za-z])"
)
_BRITISH_PLATE: Final = re.compile(
    r"(?<![0-9A-Za-z-])(?!FY)[A-HJ-PR-Y][A-HJ-PR-Y][0-9]{2} [A-HJ-PR-Z]{3}(?![0-9A-Za-z])"
)


def _groups(*patterns: re.Pattern[str]) -> Callable[[str], Spans]:
    def find(text: str) -> Spans:
        for pattern in patterns:
            for match in pattern.finditer(text):
                yield match.span(match.lastindex or 0)

    return find


passports = _groups(_PASSPORT, _PASSPORT_AFTER, _PASSPORT_CHINESE)
licences = _groups(_LICENCE)
births = _groups(_BIRTH, _MINE)
accounts = _groups(_ACCOUNT, _BANK, _SORT_CODE)
swifts = _groups(_SWIFT)
documents = _groups(_TAX, _NUMBERED)
handles = _groups(_SOCIAL, _QQ, _WECHAT)


def routings(text: str) -> Spans:
    """Yield the numbers of American banks, by their check digit."""
    for match in _ROUTING.finditer(text):
        if rtn.is_valid(match[1]):
            yield match.span(1)


def chinese_plates(text: str) -> Spans:
    """Yield number plates that begin with a Chinese province."""
    return (match.span() for match in _CHINESE_PLATE.finditer(text))


def plates(text: str) -> Spans:
    """Yield number plates that the words before them announce, and British ones."""
    yield from (match.span(1) for match in _PLATE.finditer(text))
    yield from (match.span() for match in _BRITISH_PLATE.finditer(text))
