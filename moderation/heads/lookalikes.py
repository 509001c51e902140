"""Characters that look like others or mean the same: letters of other scripts, traditional Chinese.

Letters that Unicode itself decomposes are not here. The Chinese table holds common characters only.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_TABLES: Final[Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("lookalikes.toml").read_text(encoding="utf-8")
)
_ALPHABETS: Final = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
"""Where those begin that are set in squares and circles, and that flags are spelled with."""

LETTERS: Final[Mapping[str, str]] = {
    **{other: letter for letter, others in _TABLES["letters"].items() for other in others},
    **{chr(first + at): chr(ord("a") + at) for first in _ALPHABETS for at in range(26)},
}
"""What else than Latin letters is read as one."""

SIMPLIFIED: Final[Mapping[str, str]] = dict(
    zip(
        "".join(_TABLES["chinese"]["traditional"]),
        "".join(_TABLES["chinese"]["simplified"]),
        strict=True,
    )
)
"""Common traditional characters, and what is written for them on the mainland."""
