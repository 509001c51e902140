"""Tests whose expectations are turned round: an honest program must fail every one of them.

A program that only pretends to pass does not know which answer is right. It cannot tell the tests
from these, and passes both.
"""

import ast
from collections.abc import Mapping
from types import EllipsisType
from typing import Final

from typing_extensions import override

from generators.code.python import tree

_FLIPPED: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_PAIRS: Final = (
    ("assertTrue", "assertFalse"),
    ("assertIs", "assertIsNot"),
    ("assertIn", "assertNotIn"),
    ("assertIsNone", "assertIsNotNone"),
    ("assertIsInstance", "assertNotIsInstance"),
    ("assertAlmostEqual", "assertNotAlmostEqual"),
    ("assertLess", "assertGreaterEqual"),
    ("assertGreater", "assertLessEqual"),
    ("assertRegex", "assertNotRegex"),
)
_OPPOSITES: Final = {
    "assertNotEqual": "assertEqual",
    **dict(_PAIRS),
    **{second: first for first, second in _PAIRS},
}
_SAME: Final = {"assertEqual", "assertListEqual", "assertDictEqual", "assertSetEqual"} | {
    "assertTupleEqual",
    "assertSequenceEqual",
    "assertMultiLineEqual",
    "assertCountEqual",
}
_RAISING: Final = {"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns"}
_WARNING: Final = {"warns", "assertWarns"}
_ALWAYS: Final = (ast.Constant, ast.Tuple, ast.JoinedStr, ast.Lambda)
"""What holds, or does not, whatever the program does."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Literal = str | bytes | bool | int | float | complex | EllipsisType | None


def turned(tests: str) -> str:
    r"""Return tests of which each must fail where the given ones pass.

    Raises SyntaxError for what is no program, RecursionError or ValueError for what is too deep.

    >>> print(turned("def test_it():\n    assert double(2) == 4"))
    def test_it():
        assert double(2) == 5
    """
    other = _Turner().visit(tree(tests))
    return ast.unparse(ast.fix_missing_locations(other))


def plain(tests: str) -> str:
    """Return tests as `turned` would write them, so that only what they expect tells them apart.

    Raises as `turned` does.
    """
    return ast.unparse(tree(tests))


class _Turner(ast.NodeTransformer):
    """Turns assertions; a test where that may not show gets one more that is false."""

    def __init__(self) -> None:
        self._turned = 0
        self._depth = 0

    @override
    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        if not self._depth:  # what fails at the top lets no test run
            return node
        self._turned += 1
        node.test = _opposite(node.test)
        return node

    @override
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = _name(node.func) if self._depth else ""
        if name in _RAISING and node.args:
            node.args[0] = _unlike(node.args[0], warning=name in _WARNING)
        elif name in _SAME and len(node.args) > 1:
            node.args[1] = _other(node.args[1])
        elif name in _OPPOSITES and isinstance(node.func, ast.Attribute):
            node.func.attr = _OPPOSITES[name]
        else:
            return node
        self._turned += 1
        return node

    @override
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    @override
    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    @override
    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if self._depth and node.type is not None and not _catches_assertions(node.type):
            node.type = _unlike(node.type, warning=False)
        return node

    def _function(self, node: Function) -> Function:
        before = self._turned
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        if node.name.startswith("test") and self._turned == before:
            node.body.append(ast.parse("assert len('ok') == 3").body[0])
        return node


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _catches_assertions(kind: ast.expr) -> bool:
    """Tell whether it also catches what a failing assertion raises: then nothing may fail there."""
    said = {_name(each) for each in ast.walk(kind) if isinstance(each, ast.Name | ast.Attribute)}
    return bool(said & {"AssertionError", "Exception", "BaseException"})


def _opposite(test: ast.expr) -> ast.expr:
    if isinstance(test, _ALWAYS):
        return test  # it cannot fail, and that shall be seen
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        if isinstance(test.ops[0], ast.Eq):
            test.comparators[0] = _other(test.comparators[0])
        else:
            test.ops[0] = _FLIPPED[type(test.ops[0])]()
        return test
    return ast.UnaryOp(op=ast.Not(), operand=test)


def _other(expected: ast.expr) -> ast.expr:
    """Return an expression for another value, as ordinary as the one that is expected."""
    if isinstance(expected, ast.Constant):
        return ast.Constant(_changed(expected.value))
    whole = isinstance(expected, ast.List | ast.Tuple)
    if whole and expected.elts and not isinstance(expected.elts[0], ast.Starred):
        expected.elts[0] = _other(expected.elts[0])
        return expected
    return ast.Tuple(elts=[expected], ctx=ast.Load())


def _changed(value: Literal) -> Literal:
    match value:
        case bool():
            return not value
        case int() | float() | complex():
            return value + 1 if value + 1 != value else -value
        case str():
            return f"{value}s"
        case bytes():
            return value + b"s"
        case _:
            return 0


def _unlike(expected: ast.expr, *, warning: bool) -> ast.expr:
    """Return an exception (or warning) that has nothing to do with the one that is expected."""
    names = ("ImportWarning", "BytesWarning") if warning else ("BufferError", "EOFError")
    said = {each.id for each in ast.walk(expected) if isinstance(each, ast.Name)}
    return ast.Name(next(name for name in names if name not in said), ast.Load())
