"""Which error codes a method's source can raise, read from the source without running it.

Calls are followed through functions of this package by name, and codes that are handed on as
arguments (`code=`, `outside=`) are followed too. Not followed: functions kept in variables, and
codes that are computed.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import workspace

ROOT = Path(workspace.__file__).parent
Bound = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Source:
    """One function: the module it is in, its syntax, and what its module's names mean."""

    module: str
    node: ast.FunctionDef | ast.AsyncFunctionDef
    names: Mapping[str, str]


def codes(function: str) -> frozenset[str]:
    """Return the codes that `module.function` can raise."""
    return frozenset(_codes(function, (), ()))


@cache
def sources() -> dict[str, Source]:
    """Return every function of the package by dotted name; methods by their class's."""
    found: dict[str, Source] = {}
    for path in ROOT.rglob("*.py"):
        module = ".".join(["workspace", *path.relative_to(ROOT).with_suffix("").parts])
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = dict(_names(module, tree))
        for prefix, body in _scopes(module, tree):
            for node in body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[f"{prefix}.{node.name}"] = Source(module, node, names)
    return found


def _scopes(module: str, tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    yield module, tree.body
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield f"{module}.{node.name}", node.body


def _names(module: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                (each.asname or each.name, f"{node.module}.{each.name}") for each in node.names
            )
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, f"{module}.{node.name}"


def _codes(function: str, bound: Bound, above: tuple[str, ...]) -> Iterator[str]:
    source = sources().get(function)
    if source is None or function in above:
        return
    given = dict(_locals(source.node)) | dict(_defaults(source.node)) | dict(bound)
    for node in _alive(source.node):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "SlackError" and node.args:
            yield from _values(node.args[0], given)
        callee = _callee(node.func, source)
        yield from _codes(callee, _handed(node, callee, given), (*above, function))


def _alive(function: ast.AST) -> Iterator[ast.AST]:
    """Walk a function, without what is tried where SlackError is caught."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Try) and any(_catches(each) for each in child.handlers):
            for handler in child.handlers:
                yield from _alive(handler)
        else:
            yield child
            yield from _alive(child)


def _catches(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.type, ast.Name) and handler.type.id == "SlackError"


def _callee(function: ast.expr, source: Source) -> str:
    if isinstance(function, ast.Name):
        return source.names.get(function.id, "")
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        owner = function.value.id
        if owner == "self":
            owner_class = "Call" if source.module == "workspace.args" else ""
            return f"{source.module}.{owner_class}.{function.attr}"
        if owner == "call":
            return f"workspace.args.Call.{function.attr}"
        return f"{source.names.get(owner, '')}.{function.attr}"
    return ""


def _handed(node: ast.Call, callee: str, given: Mapping[str, str]) -> Bound:
    """Return the callee's parameters that this call gives words."""
    source = sources().get(callee)
    if source is None:
        return ()
    names = [each.arg for each in source.node.args.args]
    if names[:1] == ["self"]:
        names = names[1:]
    pairs: list[tuple[str, ast.expr]] = list(zip(names, node.args, strict=False))
    pairs += [(each.arg, each.value) for each in node.keywords if each.arg is not None]
    return tuple((name, next(_values(value, given), "")) for name, value in pairs)


def _locals(function: ast.AST) -> Iterator[tuple[str, str]]:
    """Return the variables that are set to a word, once."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(word))):
                yield name, word


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, str]]:
    last = node.args.args[len(node.args.args) - len(node.args.defaults) :]
    pairs = [*zip(last, node.args.defaults, strict=True)]
    pairs += [
        (name, value)
        for name, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if value is not None
    ]
    for name, value in pairs:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield name.arg, value.value


def _values(node: ast.expr, given: Mapping[str, str]) -> Iterator[str]:
    """Return the words that an expression can be, as far as they stand in the source."""
    match node:
        case ast.Constant(value=str(word)) if word:
            yield word
        case ast.Name(id=name) if given.get(name):
            yield given[name]
        case ast.IfExp(body=first, orelse=second):
            yield from _values(first, given)
            yield from _values(second, given)
        case ast.JoinedStr(values=[ast.Constant(value=str(head)), ast.FormattedValue(value=tail)]):
            yield from (f"{head}{word}" for word in _values(tail, given))
