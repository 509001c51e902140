"""Fenced code blocks in Markdown, and the names of languages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<tag>[^\s`]*)[^\n`]*\n"
    r"(?P<source>.*?)^[ \t]*(?P=fence)[`~]*[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "python": ("py", "python3"),
    "javascript": ("js", "node"),
    "typescript": ("ts",),
    "java": (),
    "kotlin": ("kt",),
    "swift": (),
    "go": ("golang",),
    "rust": ("rs",),
    "c": (),
    "cpp": ("c++", "cxx"),
    "csharp": ("c#", "cs"),
    "ruby": ("rb",),
    "php": (),
    "perl": ("pl",),
    "lua": (),
    "r": (),
    "scala": (),
    "haskell": ("hs",),
    "sql": ("postgresql", "mysql", "sqlite"),
    "shell": ("bash", "sh", "zsh"),
    "powershell": ("ps1",),
    "html": (),
    "css": (),
    "json": (),
    "yaml": ("yml",),
    "toml": (),
    "markdown": ("md",),
    "dockerfile": ("docker",),
    "text": ("txt", "plain"),
}
"""Our name of each language, and what else people and models call it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its source, and its language by our name, or empty."""

    source: str
    language: str


def blocks(markdown: str) -> tuple[Block, ...]:
    r"""Return the closed fenced blocks of a text, in order.

    >>> blocks("Here:\n```py\nprint(1)\n```")
    (Block(source='print(1)\n', language='python'),)
    """
    found = _FENCE.finditer(markdown.replace("\r\n", "\n"))
    return tuple(Block(one["source"], named(one["tag"]) or "") for one in found)


def named(tag: str) -> str | None:
    """Return our name of a language; None for one that is not known.

    >>> named("C++"), named("Klingon")
    ('cpp', None)
    """
    folded = tag.strip().casefold()
    return next((name for name, also in LANGUAGES.items() if folded in {name, *also}), None)
