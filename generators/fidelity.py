"""What must come through a rewrite or a translation unchanged: links, numbers and placeholders.

Compares characters, and knows no language.
"""

import re
import unicodedata

_LINK = re.compile(r"https?://[^\s<>()\"'，。！？；：、]+[^\s<>()\"'，。！？；：、.,!?;:]")
_ADDRESS = re.compile(r"[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+\.[A-Za-z]{2,}")
_PLACEHOLDER = re.compile(
    r"\{\{?\w+\}?\}|<[@#!][^>\s]+>|\[[A-Z][A-Z_]*(?:_?\d+)?\]|%\([a-z_]+\)s|%[sd]"
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_KINDS = (_LINK, _ADDRESS, _PLACEHOLDER, _NUMBER)


def lost(before: str, after: str) -> tuple[str, ...]:
    """Return what of `before` is not in `after`, in order and once each.

    A number counts as there without its thousands separators or in full-width digits.

    >>> lost("Pay 1,200 by 9:30 at https://a.example/x, {name}.", "请在 9:30 前付 1200。")
    ('https://a.example/x', '{name}')
    """
    plain = _plain(after)
    return tuple(one for one in _marks(before) if one not in after and _plain(one) not in plain)


def _marks(text: str) -> list[str]:
    """Return links, addresses, placeholders and numbers; a number inside a link is part of it."""
    found: dict[str, None] = {}
    for kind in _KINDS:
        found.update(dict.fromkeys(kind.findall(text)))
        text = kind.sub(" ", text)
    return list(found)


def _plain(text: str) -> str:
    return re.sub(r"(?<=\d),(?=\d{3})", "", unicodedata.normalize("NFKC", text))
