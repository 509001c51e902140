"""Passwords as people write them in chat, English and Chinese: by the words around the value.

A password of plain letters after an English word is not found: "the password is wrong" reads the
same. After a Chinese word it is, for there ASCII letters stand out.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final

from moderation.checks.linear import finder
from moderation.checks.placeholders import drawn, entropy, invented

_QUOTE: Final = r"[\"'`「『【]?"
_VALUE: Final = r"([!#-&(-;=?-_a-~]{4,})"
"""A run of visible ASCII without quotes or angle brackets."""
_BESIDE: Final = r"([!#-&(-.0-9?-_a-~][!#-&(-;=?-_a-~]{3,})"
"""The same, where nothing stands between."""
_QUOTED: Final = r"[\"'`]([ !#-&(-;=?-_a-~]{4,80})[\"'`]"
_ENGLISH: Final = (
    r"(?i)(?:pass ?word|passwd|pass ?phrase|passcode|pwd|(?:^|[^a-z])(?:pw|pin|otp|pin code|"
    r"(?:verification|security|one-time|access|door|gate|alarm) code))"
)
_FOR: Final = r"(?: (?:for|to|of|on) [^\n:=]{1,40}?)?"
_IS: Final = r"\s{0,3}(?: is now | is | was | to |=>|:=|->|==|=|: ?is |:)\s{0,3}"
_CHINESE: Final = r"(?:密码|密碼|口令|验证码|驗證碼|校验码|提取码|访问码|(?i:PIN)码)"
_SHI: Final = (
    r"\s{0,3}(?:已?经?被?(?:设置|设定|修改|更改|重置|改|换)(?:为|成了?)|设[为成]|[就还都]?是|为|"
    r"\p{Han}{0,6}:|=|->)\s{0,3}"
)
_PERSON: Final = r"[\w.@+-]{2,64}"

_QUOTED_ENGLISH: Final = finder(_ENGLISH + _FOR + _QUOTE + _IS + _QUOTED)
_STATED_ENGLISH: Final = finder(_ENGLISH + _FOR + _QUOTE + _IS + _QUOTE + _VALUE)
_STATED_CHINESE: Final = finder(
    rf"(?:{_CHINESE}|(?:^|[^0-9A-Za-z])(?i:pin))" + _SHI + _QUOTE + _VALUE
)
_BESIDE_ENGLISH: Final = finder(_ENGLISH + r"\s{1,3}" + _BESIDE)
_BESIDE_CHINESE: Final = finder(_CHINESE + r"\s{0,3}" + _BESIDE)
_PASS: Final = finder(r"(?i)(?:^|[^a-z])pass\s{0,2}(?: is |[:=])\s{0,2}" + _QUOTE + _VALUE)
_OWN: Final = finder(
    r"(?i)(?:wi-?fi|guest|temp|temporary|admin|root|default|initial|new|old|my|his|her|our|"
    r"their)'?s? "
    r"(?:password|pw|pass|pwd|passcode|passphrase)\s{0,2}[:=]\s{0,2}([a-z]{6,40})(?:[.,;!]?(?:\s|$))"
)
_LOGIN: Final = finder(
    r"(?i)(?:^|[^a-z])(?:log ?ins?|creds?|credentials|accounts?|log in|sign in|user/pass(?:word)?|"
    r"username/password|basic auth)(?: details?| info| creds?| credentials)?"
    + _FOR
    + r"(?:\s?[:=]| is| are| with| as| using)\s{1,3}[`'\"]?"
    + _PERSON
    + r"[`'\"]?\s{0,2}(?:/|:|,| and | with | - )\s{0,2}[`'\"]?"
    + _VALUE
)
_ACCOUNT: Final = finder(
    r"(?:账号|帐号|账户|用户名?|账密|登录名?)(?:和|及|/|与|、)?(?:密码|口令)?(?:是|为|:|=)?\s{0,3}"
    + _PERSON
    + r"\s{0,2}(?:/|:|,|、|\s)\s{0,2}(?:密码|口令)?(?:是|为|:|=)?\s{0,2}"
    + _VALUE
)
_PHRASE: Final = finder(
    r"(?i)(?:seed|recovery|backup|mnemonic|wallet|助记词)(?: phrase| words?)?[^\n:=]{0,24}"
    r"(?: is |:|=|是|为)\s{0,3}[\"'`]?((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})"
)

STATED: Final = (
    *("pass", "pwd", "pw", "pin", "otp", "code"),
    *("密码", "密碼", "口令", "验证码", "驗證碼", "校验码", "提取码", "访问码"),
)
LOGINS: Final = (
    *("login", "log in", "cred", "account", "sign in", "user", "auth"),
    *("账号", "帐号", "账户", "用户", "账密", "登录"),
)
PHRASES: Final = ("seed", "recovery", "backup", "mnemonic", "wallet", "助记词")
_SHORTEST: Final = 4
"""A PIN's length."""
_MIXED_BITS: Final = 2.5
_ENDING: Final = ".,;:?!)]}"
_AFTER: Final = ".,;:)"
"""What ends a sentence and belongs to no password."""
_SYMBOL: Final = re.compile(r"[!@#$%^&*+=~|\\{}?]")
_TYPED: Final = re.compile(r"[0-9!@#$%^&*+=~|\\{}?]")
"""What every password has that is no plain word."""
_PASS_WORDS: Final = ("pass:", "pass=", "pass ", "pass\t", "pass\n")
_ENGLISH_WORD: Final = re.compile("(?i)p(?:ass|wd?|in)|otp|code")
_LETTER: Final = re.compile(r"[A-Za-z]")
_DIGIT: Final = re.compile(r"[0-9]")
_DATE: Final = re.compile(r"[0-9]{1,4}[-./:][0-9]{1,2}")
_COUNTED: Final = frozenset("位个年月日天次元字号")
"""What follows a number that says how long or how many, not what."""
_KNOWN: Final = frozenset(
    {"ascii", "argon2", "aes256", "base64", "bcrypt", "https", "json", "oauth2", "utf-8", "utf8"}
    | {"required", "string", "sha1", "sha256", "sha512", "unicode", "wrong", "invalid"}
)

Found = tuple[str, int, int]
"""The kind of secret, and its start and end in the folded text."""
_Candidate = tuple[str, int, Callable[[str], bool]]
"""A value, where it starts, and what tells whether it is a password."""


def stated(text: str, known: bytearray) -> Iterator[Found]:
    """Yield every password that the word for one gives away, whatever it looks like.

    `known` has a byte for each character, zero where it is not known to be secret; what is known
    is left out, and whoever takes what is found marks it.

    >>> text = "the password is Tr0ub4dor&3."
    >>> [text[start:end] for _, start, end in stated(text, bytearray(len(text)))]
    ['Tr0ub4dor&3']
    >>> list(stated("the password is required, and your password is too short", bytearray(56)))
    []
    """
    told = (_told(text), _beside(text)) if _TYPED.search(text) else (_latins(text),)
    for value, start, judge in itertools.chain(*told, _short(text)):
        end = start + len(value.rstrip(_AFTER))
        fresh = known.find(0, start, end) >= 0
        if fresh and judge(value) and not invented(text[start:end]):
            yield "password", start, end


def phrases(text: str) -> Iterator[Found]:
    """Yield the words that open a wallet, which stand twelve or more in a row."""
    return (("phrase", start, end) for _, start, end in _PHRASE(text))


def logins(text: str, known: bytearray) -> Iterator[Found]:
    """Yield the second of a name and a password: it has letters with digits or a symbol.

    `known` is as in `stated`.
    """
    if not _TYPED.search(text):
        return
    for find in (_LOGIN,) if text.isascii() else (_LOGIN, _ACCOUNT):
        for value, start, _ in find(text):
            end = start + len(value.rstrip(_AFTER))
            fresh = known.find(0, start, end) >= 0 and len(value) > _SHORTEST
            if fresh and _typed(value) and not _DATE.match(value) and not invented(value):
                yield "password", start, end


def _told(text: str) -> Iterator[_Candidate]:
    quoted = '"' in text or "'" in text or "`" in text
    english = (_QUOTED_ENGLISH, _STATED_ENGLISH) if quoted else (_STATED_ENGLISH,)
    for find in english if _ENGLISH_WORD.search(text) else ():
        for value, start, _ in find(text):
            yield value, start, _typed
    yield from _latins(text)


def _latins(text: str) -> Iterator[_Candidate]:
    """Yield what Chinese words give away: of plain letters too."""
    for value, start, end in () if text.isascii() else _STATED_CHINESE(text):
        if text[end : end + 1] not in _COUNTED:
            yield value, start, _typed_or_latin


def _beside(text: str) -> Iterator[_Candidate]:
    """Without a word like "is" between, only a value with a symbol or a good mixture counts."""
    english = (_BESIDE_ENGLISH,) if _ENGLISH_WORD.search(text) else ()
    for find in english if text.isascii() else (*english, _BESIDE_CHINESE):
        for value, start, _ in find(text):
            yield value, start, _well_typed


def _short(text: str) -> Iterator[_Candidate]:
    lower = text.lower()
    for value, start, _ in _PASS(text) if any(map(lower.__contains__, _PASS_WORDS)) else ():
        yield value, start, _typed
    owned = (":" in text or "=" in text) and (" pass" in lower or " pw" in lower)
    for value, start, _ in _OWN(text) if owned else ():
        yield value, start, _unknown


def _typed(value: str) -> bool:
    """Tell whether a value reads as a password: letters with digits or symbols, or digits alone."""
    value = value.rstrip(_ENDING)
    if len(value) < _SHORTEST or "://" in value or "(" in value or value.lower() in _KNOWN:
        return False
    if value.isdigit():
        return True
    return bool(_LETTER.search(value) and (_DIGIT.search(value) or _SYMBOL.search(value)))


def _typed_or_latin(value: str) -> bool:
    return _typed(value) or _latin(value)


def _well_typed(value: str) -> bool:
    bare = value.rstrip(_ENDING)
    return _typed(value) and (_SYMBOL.search(bare) is not None or _mixed(bare))


def _unknown(value: str) -> bool:
    return value.lower() not in _KNOWN


def _mixed(value: str) -> bool:
    """Tell whether a value is so mixed that nothing needs to call it a password."""
    return (
        len(value) >= 2 * _SHORTEST
        and value.isalnum()
        and entropy(value) > _MIXED_BITS
        and drawn(value)
    )


def _latin(value: str) -> bool:
    value = value.rstrip(_ENDING)
    return value.isalpha() and len(value) > _SHORTEST and value.lower() not in _KNOWN
