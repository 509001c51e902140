"""Whether a text is a Python program: it is parsed, never run."""

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Final

MAX_CHARS: Final = 100_000
"""Longer sources are not parsed: it would hold up everybody else."""
_TESTING: Final = re.compile(r"(?m)^\s*(?:async\s+)?def test|^class Test|^class \w+\(.*TestCase")
_WORKS: Final = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.Assign, ast.AugAssign, ast.For, ast.While, ast.If, ast.With, ast.Try),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What parsing told: the names defined at the top, or the line and the reason it stopped."""

    defines: tuple[str, ...] = ()
    lines: int = 0
    error: str = ""
    error_line: int = 0


def parse(source: str) -> Parsed:
    r"""Parse a program; `error` is empty when it is one.

    >>> parse("def f():\n    return 1")
    Parsed(defines=('f',), lines=2, error='', error_line=0)
    """
    if len(source) > MAX_CHARS:
        return Parsed(error="it is too long to be checked")
    try:
        body = tree(source).body
    except SyntaxError as error:
        return Parsed(error=error.msg, error_line=error.lineno or 0)
    except ValueError:
        return Parsed(error="it holds characters that no program may hold")
    except (RecursionError, MemoryError):
        return Parsed(error="it is nested too deeply")
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defines = tuple(node.name for node in body if isinstance(node, kinds))
    return Parsed(defines=defines, lines=len(source.splitlines()))


def tree(source: str) -> ast.Module:
    """Return the syntax of a program, without warnings. Raises what `ast.parse` raises."""
    with warnings.catch_warnings(action="ignore"):  # such as an odd escape in a string
        return ast.parse(source)


def looks_like_python(text: str) -> bool:
    r"""Tell whether an unfenced text is a program: it parses, and no word of plain speech would.

    >>> looks_like_python("import os\nprint(os.name)"), looks_like_python("reverse: list")
    (True, False)
    """
    if parse(text).error:
        return False
    body = tree(text).body
    return any(isinstance(node, _WORKS) or _calls(node) for node in body)


def looks_like_tests(source: str) -> bool:
    """Tell whether pytest would look for tests in a program.

    >>> looks_like_tests("def test_it(): ..."), looks_like_tests("def it(): ...")
    (True, False)
    """
    return _TESTING.search(source) is not None


def _calls(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
