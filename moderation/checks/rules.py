"""How a rule of the tables becomes a pattern: RE2, linear time, its first group is the secret.

A value is written with shorthands for the alphabets that tokens are drawn from: `%w` letters and
digits, `%s` those and `_-`, `%l` lower-case letters and digits, `%u` upper-case ones, `%h` hex in
lower case, `%x` hex, `%b` Base64, `%d` digits.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

_ALPHABETS: Final = {
    "%w": "[0-9A-Za-z]",
    "%s": "[0-9A-Za-z_-]",
    "%l": "[0-9a-z]",
    "%u": "[0-9A-Z]",
    "%h": "[0-9a-f]",
    "%x": "[0-9A-Fa-f]",
    "%b": "[0-9A-Za-z+/]",
    "%d": "[0-9]",
}
QUOTES: Final = r"(?:\\{0,2}[\"'`]){0,3}"
"""Around names and values, in code and in JSON that stands in a string."""
SETS: Final = r"\s{0,8}(?:[?.+]=|:{0,3}={1,3}>?|:{1,3}|->|,|>|\bis\b|是|为)\s{0,8}"
"""Between a name and its value: assignments, pairs, an XML tag that closes, a sentence."""
NAMED: Final = (
    r"[\w.-]{0,60}(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key)[\w.-]{0,20}"
)
"""A name that says that its value is a secret."""
_CALLED: Final = (
    r"(?:token|key|secret|pass|auth|pat|pwd|cred|api|dsn|sid|client[ _-]?id|app[ _-]?id|"
    r"密钥|令牌|凭证)"
)
_TELLING: Final = re.compile("token|key|secret|npmrc")
_UUID: Final = "%x{8}-%x{4}-%x{4}-%x{4}-%x{12}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One form of secret. The text is searched only if it has one of the lower-case `keywords`."""

    kind: str
    keywords: tuple[str, ...]
    pattern: str
    entropy: float = 3.0
    """Least Shannon entropy of the value, in bits a character: what is below was typed by hand."""
    needs: str = ""
    """Kinds of character a value must have to count: any of `0`, `a` and `A`."""
    prefixes: tuple[str, ...] = ()
    """How the value begins, where it begins so: then the pattern is what follows them."""
    least: int = 14
    """Characters without a space that a text must have somewhere, where its form needs more."""
    asserted: bool = False
    """True where only the place says that it is a secret: then it may be a word, but no name."""


def starts(kind: str, prefixes: str, value: str, *, entropy: float = 3.0, needs: str = "") -> Rule:
    """Return the rule for tokens that begin with one of some fixed words, wherever they stand."""
    words = tuple(prefixes.split())
    return Rule(
        kind=kind,
        keywords=tuple(word.lower() for word in words),
        pattern=expanded(value),
        prefixes=words,
        entropy=entropy,
        needs=needs,
    )


def beside(kind: str, value: str, *, names: str = "", entropy: float = 3.0) -> Rule:
    """Return the rule for values of a known form after a name that has the vendor's in it."""
    words = (names or kind).split()
    either = "|".join(_said(word) for word in words)
    return Rule(
        kind=kind,
        keywords=tuple(spelled for word in words for spelled in _spellings(word)),
        pattern=rf"(?i)(?:{either})[\w.\[\] \t-]{{0,15}}{QUOTES}[)\]]{{0,2}}{SETS}[(\[]?{QUOTES}"
        rf"({expanded(value)})(?:[^0-9A-Za-z_/+-]|$)",
        entropy=entropy,
    )


def _said(name: str) -> str:
    """Return how a vendor's name stands in the name of a setting, with a word for a secret."""
    spelled = name.replace("_", "[ _.-]" if name.endswith("_") else "[ _.-]?")
    return spelled if _TELLING.search(name) else rf"{spelled}[\w.\[\] \t-]{{0,20}}{_CALLED}"


def _spellings(name: str) -> list[str]:
    gaps = " _.-" if name.endswith("_") else ["", *" _.-"]
    return [name.replace("_", gap) for gap in gaps] if "_" in name else [name]


def shaped(
    kind: str, keywords: str, pattern: str, *, entropy: float = 3.0, needs: str = ""
) -> Rule:
    """Return the rule for tokens whose telling part does not stand at their beginning."""
    return Rule(
        kind=kind,
        keywords=tuple(keywords.split()),
        pattern=expanded(pattern),
        entropy=entropy,
        needs=needs,
    )


def unbroken(least: int, rule: Rule) -> Rule:
    """Return the rule for texts only that have so many characters without a space somewhere."""
    return replace(rule, least=least)


def placed(
    kind: str, keywords: str, pattern: str, *, entropy: float = 0.0, needs: str = ""
) -> Rule:
    """Return the rule for what stands where only secrets do; in a keyword, `~` is a space."""
    return Rule(
        kind=kind,
        keywords=tuple(word.replace("~", " ") for word in keywords.split(" ")),
        pattern=expanded(pattern),
        entropy=entropy,
        needs=needs,
        least=0,
        asserted=True,
    )


def expanded(value: str) -> str:
    """Return the pattern with its shorthands written out.

    >>> expanded("ghp_%w{36}")
    'ghp_[0-9A-Za-z]{36}'
    """
    value = value.replace("%uuid", _UUID)
    return re.sub("%[wsluhxbd]", lambda found: _ALPHABETS[found[0]], value)
