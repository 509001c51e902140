"""Whether a program in another language than Python parses, and which language it is in.

JSON and TOML are read by the standard library, the rest by tree-sitter's grammars, each a package
of its own. A grammar is C code that reads what anybody wrote: it works in a child, `syntax`, with
limits and an empty environment, so that what breaks it breaks nothing else.
"""

import importlib.util
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from generators.code.python import MAX_CHARS

WAIT_S: Final = 10.0
SHOWN_CHARS: Final = 40
"""Of the line with a flaw; `syntax` shows as many."""
GRAMMARS: Final[Mapping[str, str]] = {
    "javascript": "tree_sitter_javascript.language",
    "typescript": "tree_sitter_typescript.language_typescript",
    "java": "tree_sitter_java.language",
    "kotlin": "tree_sitter_kotlin.language",
    "go": "tree_sitter_go.language",
    "rust": "tree_sitter_rust.language",
    "c": "tree_sitter_c.language",
    "cpp": "tree_sitter_cpp.language",
    "csharp": "tree_sitter_c_sharp.language",
    "ruby": "tree_sitter_ruby.language",
    "php": "tree_sitter_php.language_php",
    "lua": "tree_sitter_lua.language",
    "shell": "tree_sitter_bash.language",
    "html": "tree_sitter_html.language",
    "css": "tree_sitter_css.language",
    "yaml": "tree_sitter_yaml.language",
}
"""Where each grammar is. SQL's is left out: it refused 159 of 163 scripts of PostgreSQL."""
DOUBTED: Final = frozenset({"c", "cpp", "csharp", "css", "html", "kotlin", "lua", "shell"})
"""Languages whose grammar refuses valid programs too, or was tried on none: no proof of a flaw.

docs/code.md has how many of how many.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """The first place, from 1, where a program is not one, and what is there, or is not."""

    line: int
    column: int
    missing: str = ""
    found: str = ""

    @property
    def said(self) -> str:
        """A sentence without its full stop.

        >>> Flaw(line=2, column=5, missing="}").said
        'line 2, column 5: `}` is missing'
        """
        at = f"line {self.line}, column {self.column}"
        if self.missing:
            return f"{at}: `{self.missing}` is missing"
        if not self.found:
            return f"{at}: it breaks off"
        return f"{at}: it is not understood from `{self.found.replace('`', chr(39))}` on"


def flaws(source: str, languages: Sequence[str]) -> Mapping[str, Flaw | None]:
    r"""Return the first flaw by language; languages that nothing here reads are left out.

    Blocks for some 0.1 s, at most `WAIT_S`.

    >>> flaws('{"a": }', ["json", "klingon"])
    {'json': Flaw(line=1, column=7, missing='', found='}')}
    """
    if len(source) > MAX_CHARS:
        return {}
    found = {name: _OWN[name](source) for name in languages if name in _OWN}
    return {**found, **_parsed(source, [name for name in languages if name in GRAMMARS])}


def likeliest(source: str, languages: Sequence[str]) -> str:
    """Return the first of some languages that a program parses in; none does: the first of all.

    >>> likeliest("a = [1]", ["json", "toml"])
    'toml'
    """
    found = flaws(source, languages) if len(languages) > 1 else {}
    valid = (name for name in languages if name in found and found[name] is None)
    return next(valid, languages[0] if languages else "")


def _parsed(source: str, languages: Sequence[str]) -> dict[str, Flaw | None]:
    if not languages or importlib.util.find_spec("tree_sitter") is None:
        return {}
    child = Path(__file__).with_name("syntax.py")
    asked = [f"{name}={GRAMMARS[name]}" for name in languages]
    try:
        ran = subprocess.run(  # noqa: S603 - the command is ours, the program is its input
            [sys.executable, "-I", "-B", str(child), *asked],
            input=source.encode("utf-8", errors="replace"),
            capture_output=True,
            timeout=WAIT_S,
            check=False,
            env={},
        )
        said: dict[str, dict[str, Any] | None] = json.loads(ran.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return {name: None if one is None else Flaw(**one) for name, one in said.items()}


def _json(source: str) -> Flaw | None:
    try:
        json.loads(source)
    except json.JSONDecodeError as error:
        return _at(source, error.lineno, error.colno)
    except (ValueError, RecursionError):  # a number of 4,300 digits, or 1,000 brackets
        return _at(source, 1, 1)
    return None


def _toml(source: str) -> Flaw | None:
    try:
        tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        return next(_numbered(source, str(error)), _at(source, len(source.splitlines()), 1))
    except (ValueError, RecursionError):
        return _at(source, 1, 1)
    return None


def _numbered(source: str, said: str) -> Iterator[Flaw]:
    """Yield the place that tomllib names in words, if it names one."""
    words = said.rstrip(")").replace(",", "").split()
    if "line" in words and "column" in words:
        yield _at(source, *(int(words[words.index(name) + 1]) for name in ("line", "column")))


def _at(source: str, line: int, column: int) -> Flaw:
    text = "".join(source.split("\n")[max(0, line - 1) : line])
    rest = text[column - 1 :].strip()[:SHOWN_CHARS]
    return Flaw(line=max(1, line), column=column, found=rest)


_OWN: Final[Mapping[str, Callable[[str], Flaw | None]]] = {"json": _json, "toml": _toml}
