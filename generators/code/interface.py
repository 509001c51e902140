"""What a program offers, without how it works: for who writes its tests."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from generators.code.python import tree

_HEAD: Final = re.compile(
    r"(?m)^(?:export\s+(?:default\s+)?)?("
    r"(?:async\s+)?function\s*\*?\s*\w+\s*\([^)\n]*\)|class\s+\w+(?:\s+extends\s+[\w.]+)?"
    r"|(?:const|let|var)\s+\w+\s*=\s*(?:async\s*)?(?:\([^)\n]*\)|\w+)\s*=>)"
)
"""A function or a class at the beginning of a line of JavaScript."""


def interface(source: str) -> str:
    r"""Return the heads of a program's public functions and classes, and its constants' names.

    Raises what `ast.parse` raises.

    >>> print(interface("def f(a: int) -> str:\n    '''Say it.'''\n    return 'secret'"))
    def f(a: int) -> str: ...  # Say it.
    """
    return "\n".join(_heads(tree(source).body, ""))


def heads(source: str) -> str:
    r"""Return the heads of the functions and classes of a JavaScript program, one a line.

    >>> heads("function f(a) {\n  return secret;\n}\nconst g = (x) => x")
    'function f(a)\nconst g = (x) =>'
    """
    return "\n".join(match[1] for match in _HEAD.finditer(source))


def _heads(body: list[ast.stmt], indent: str) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if _is_public(node.name):
                yield f"{indent}{_head(node)} ...{_told(node)}"
            case ast.ClassDef() if _is_public(node.name):
                bases = ", ".join(map(ast.unparse, node.bases))
                yield f"{indent}class {node.name}({bases}):{_told(node)}"
                yield from list(_heads(node.body, f"{indent}    ")) or [f"{indent}    ..."]
            case ast.AnnAssign(target=ast.Name(name)) if indent:
                yield f"{indent}{name}: {ast.unparse(node.annotation)}"
            case ast.Assign(targets=[ast.Name(name)]) if not indent and name.isupper():
                yield f"{name} = ..."


def _head(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{kind} {node.name}({ast.unparse(node.args)}){returns}:"


def _told(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    said = (ast.get_docstring(node) or "").strip().partition("\n")[0]
    return f"  # {said}" if said else ""


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))
