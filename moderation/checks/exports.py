"""Passwords in exported tables, where only the heading of a column says what stands in it.

Reads comma-separated values as browsers and password managers write them; a quoted line break ends
a row here.
"""

import csv
import re
from collections.abc import Iterator
from typing import Final

from moderation.checks.passwords import Found
from moderation.checks.placeholders import invented

_HEADING: Final = re.compile(
    r"(?im)^[^\n]{0,200}?(?:^|,)\"?(?:login_)?(?:password|passwd|passphrase|secret(?: access)? key|"
    r"api[ _-]?key|token|密码)\"?(?:,[^\n\r]{0,200})?\r?$"
)
_SECRET: Final = re.compile(
    r"(?i)(?:login_)?(?:password|passwd|passphrase|secret(?: access)? key|api[ _-]?key|token|"
    r"密码)\Z"
)
EXPORTED: Final = (
    *(
        ",password",
        ",passwd",
        ",passphrase",
        ",secret",
        ",token",
        ",api",
        ",login_password",
        ",密码",
    ),
    *(',"p', ',"s', ',"t', ',"a', ',"l', ',"密', "password,", "token,", "key,", "密码,"),
)
"""Lower-case words of which a text has one wherever `exports` finds anything."""
_LEAST: Final = 4
"""Characters of a password."""
_LONGEST: Final = 10_000
"""Characters of a row."""
_COLUMNS: Final = 3
"""Fewest columns of a table: two words with a comma are a sentence."""


def exports(text: str) -> Iterator[Found]:
    r"""Yield what stands below a heading like "password" in comma-separated values.

    >>> text = "name,url,username,password\nShop,https://shop.test,ana,swordfish\n"
    >>> [text[start:end] for _, start, end in exports(text)]
    ['swordfish']
    """
    heading = _HEADING.search(text) if "," in text and "\n" in text else None
    if heading is None:
        return
    columns = _cells(heading[0])
    secret = [n for n, name in enumerate(columns) if _SECRET.match(name.strip())]
    for at, line, cells in _rows(text, heading.end() + 1, len(columns)):
        for value in (cells[n] for n in secret):
            start = line.find(value)
            if len(value) >= _LEAST and start >= 0 and not invented(value):
                yield "password", at + start, at + start + len(value)


def _rows(text: str, at: int, width: int) -> Iterator[tuple[int, str, list[str]]]:
    """Yield where each row begins, the row and its cells, until one is not as wide as its heading.

    What is narrower than a table has none.
    """
    for line in text[at:].split("\n") if width >= _COLUMNS else ():
        cells = _cells(line) if len(line) < _LONGEST else []
        if len(cells) != width:
            return
        yield at, line, cells
        at += len(line) + 1


def _cells(line: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r")]), [])
