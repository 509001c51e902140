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
_SIGNS: Final = tuple(
    (name, re.compile(sign))
    for name, sign in (
        ("shell", r"\A#!\s*/\S*/(?:env\s+)?(?:ba|z|da)?sh(?![a-z])"),
        ("python", r"\A#!\s*/\S*/(?:env\s+)?python"),
        ("javascript", r"\A#!\s*/\S*/(?:env\s+)?node"),
        ("php", r"<\?php"),
        ("html", r"(?i)\A\s*<(?:!doctype\s+html|html|head|body|div|p)(?![a-z])"),
        ("go", r"(?m)^package \w+$|^func (?:\(\w+ [^)]*\) )?\w+\([^)]*\)[^{:=]*\{"),
        ("rust", r"(?m)^\s*(?:pub )?fn \w+[^{;]*\{|let mut |\w!\(|^use \w+::"),
        ("csharp", r"(?m)^using [\w.]+;|^\s*namespace [\w.]+|Console\.Write"),
        (
            "java",
            r"(?m)^import java|public (?:static |final )*(?:class|void|int) |System\.out\.",
        ),
        ("kotlin", r"(?m)^\s*(?:suspend |private |override )?fun \w+\(|^\s*val \w+\s*[:=]"),
        ("c", r"(?m)^#\s*(?:include|define)\s|^\w[\w\s*]* \**\w+\([^;{]*\)\s*\{"),
        ("cpp", r"(?m)^#include <\w+>|std::|^\s*(?:template\s*<|class \w+\s*(?::|\{))"),
        (
            "javascript",
            (
                r"(?m)^\s*(?:(?:const|let|var)\s+[\w{\[]|(?:async\s+)?function\s*\*?\s*\w*\s*\("
                r"|(?:module\.)?exports\s*[.=])|console\.(?:log|error)\s*\(|=>\s*[{(]"
            ),
        ),
        (
            "typescript",
            r"(?m)^\s*(?:export )?(?:interface|type|enum) \w+|\w\??: (?:string|number|boolean)",
        ),
        (
            "python",
            (
                r"(?m)^\s*(?:def \w+\s*\(|(?:if|for|while|elif|with|class|try|else)(?!\w).*:\s*$"
                r"|from [\w.]+ import |import \w+$)"
            ),
        ),
        ("ruby", r"(?m)^\s*def \w+[^:\n]*$|^\s*(?:puts|require)\s|do \|\w"),
        ("lua", r"(?m)^\s*local (?:function )?\w+|^\s*function [\w.:]+\(|^\s*end$"),
        ("shell", r"(?m)^\s*(?:echo\s|set -[eux]|fi$|done$|esac$|export\s+\w+=)"),
        ("css", r"(?m)^\s*[.#@]?[\w-][^{};=()]*\{\s*[\w-]+\s*:[^{}]*[;}]"),
        ("json", r"\A\s*[{\[][\s\d\"{\[\]}]"),
        ("toml", r"(?m)\A\s*\[[\w.\"-]+\]\s*$|\A\s*[\w-]+ = [\"\d\[{tf]"),
        ("yaml", r"(?m)\A(?:---|[\w-]+:(?:\s|$))|\A- \w"),
    )
)
"""What programs in a language look like; what several look like, a grammar has to tell."""


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


def suspects(source: str) -> tuple[str, ...]:
    r"""Return the languages that a program looks to be in, the likeliest first.

    Python is told by its grammar, see `generators.code.python`.

    >>> suspects("const a = 1"), suspects("#!/bin/sh\nls"), suspects("hello")
    (('javascript',), ('shell',), ())
    """
    return tuple(dict.fromkeys(name for name, sign in _SIGNS if sign.search(source)))


def named(tag: str) -> str | None:
    """Return our name of a language; None for one that is not known.

    >>> named("C++"), named("Klingon")
    ('cpp', None)
    """
    folded = tag.strip().casefold()
    return next((name for name, also in LANGUAGES.items() if folded in {name, *also}), None)
