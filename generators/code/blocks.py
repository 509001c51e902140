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
_SUFFIXES: Final[Mapping[str, str]] = {
    "python": "py",
    "javascript": "js",
    "typescript": "ts",
    "kotlin": "kt",
    "rust": "rs",
    "csharp": "cs",
    "ruby": "rb",
    "perl": "pl",
    "haskell": "hs",
    "shell": "sh",
    "powershell": "ps1",
    "markdown": "md",
    "text": "txt",
    "yaml": "yml",
}
_SAME: Final = frozenset(
    {"java", "swift", "go", "c", "cpp", "php", "lua", "r", "scala", "sql", "html", "css"}
    | {"json", "toml", "dockerfile"}
)
"""Languages whose files end as they are called."""
_SIGNS: Final = (
    ("shell", re.compile(r"\A#!\s*/\S*/(?:env\s+)?(?:ba|z|da)?sh(?![a-z])")),
    ("python", re.compile(r"\A#!\s*/\S*/(?:env\s+)?python")),
    ("javascript", re.compile(r"\A#!\s*/\S*/(?:env\s+)?node")),
    (
        "javascript",
        re.compile(
            r"(?m)^\s*(?:(?:const|let|var)\s+[\w{\[]|(?:async\s+)?function\s*\*?\s*\w*\s*\("
            r"|(?:module\.)?exports\s*[.=])|console\.(?:log|error)\s*\(|=>\s*[{(]"
        ),
    ),
    ("shell", re.compile(r"(?m)^\s*(?:echo\s|set -[eux]|fi$|done$|esac$|export\s+\w+=)")),
)
"""What only one of those that can be run looks like."""


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


def outside(markdown: str) -> str:
    r"""Return a text without its closed fenced blocks.

    >>> outside("Fix this:\n```py\nx = \n```\nplease")
    'Fix this:\n\nplease'
    """
    return _FENCE.sub("", markdown.replace("\r\n", "\n")).strip()


def suffix(language: str) -> str:
    """Return how the name of a file in a language ends, without the dot.

    >>> suffix("python"), suffix("go"), suffix("klingon")
    ('py', 'go', 'txt')
    """
    return _SUFFIXES.get(language) or (language if language in _SAME else "txt")


def guessed(source: str) -> str:
    r"""Return the language that a program seems to be in, of those that can be run; or nothing.

    Python is told by its grammar, see `generators.code.python`.

    >>> guessed("const a = 1"), guessed("#!/bin/sh\nls"), guessed("x = 1")
    ('javascript', 'shell', '')
    """
    return next((name for name, sign in _SIGNS if sign.search(source)), "")


def named(tag: str) -> str | None:
    """Return our name of a language; None for one that is not known.

    >>> named("C++"), named("Klingon")
    ('cpp', None)
    """
    folded = tag.strip().casefold()
    return next((name for name, also in LANGUAGES.items() if folded in {name, *also}), None)
