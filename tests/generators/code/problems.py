# ruff: noqa: E501 - a program reads best on one line
"""Small problems with a solution that is right, one that is wrong, and tests in four styles."""

from dataclasses import dataclass
from itertools import chain
from textwrap import indent

STYLES = ("plain", "parametrised", "unittest", "loop")


@dataclass(frozen=True, slots=True)
class Problem:
    """A function's body, the change that breaks it, and calls with what they return.

    `raises` is a call, and the exception that it raises in both the right and the wrong one.
    """

    name: str
    right: str
    change: tuple[str, str]
    cases: tuple[tuple[str, str], ...]
    raises: tuple[str, str] = ("", "")

    @property
    def wrong(self) -> str:
        """The solution after the change."""
        assert self.change[0] in self.right
        return self.right.replace(*self.change)

    def tests(self, style: str, module: str = "solution") -> str:
        """Return the tests, in one of the `STYLES`."""
        body = {
            "plain": _plain,
            "parametrised": _parametrised,
            "unittest": _unittest,
            "loop": _loop,
        }[style](self)
        return f"import pytest\nimport unittest\nfrom {module} import *\n\n{body}"


def _plain(problem: Problem) -> str:
    numbered = enumerate(problem.cases)
    tests = (f"def test_{n}():\n    assert {call} == {value}\n" for n, (call, value) in numbered)
    call, error = problem.raises
    raising = f"def test_error():\n    with pytest.raises({error}):\n        {call}\n"
    return "\n".join(chain(tests, [raising] if call else []))


def _parametrised(problem: Problem) -> str:
    cases = ", ".join(f"(lambda: {call}, {value})" for call, value in problem.cases)
    return (
        f"@pytest.mark.parametrize(('call', 'expected'), [{cases}])\n"
        "def test_it(call, expected):\n    result = call()\n    assert result == expected\n"
    )


def _unittest(problem: Problem) -> str:
    checks = "".join(f"self.assertEqual({call}, {value})\n" for call, value in problem.cases)
    call, error = problem.raises
    checks += f"with self.assertRaises({error}):\n    {call}\n" if call else ""
    body = "def test_it(self):\n" + indent(checks, "    ")
    return "class ItTest(unittest.TestCase):\n" + indent(body, "    ")


def _loop(problem: Problem) -> str:
    cases = ", ".join(f"(lambda: {call}, {value})" for call, value in problem.cases)
    call, error = problem.raises
    raising = f"    try:\n        {call}\n    except {error}:\n        pass\n    else:\n        assert False\n"
    return (
        "def check(call, expected):\n    assert call() == expected, '不对'\n\n\n"
        f"def test_all():\n    for call, expected in [{cases}]:\n        check(call, expected)\n"
        + (raising if call else "")
    )


def _made(*rows: tuple[str, str, tuple[str, str], str]) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            name,
            right,
            change,
            tuple((c.partition(" -> ")[0], c.partition(" -> ")[2]) for c in cases.split("; ")),
        )
        for name, right, change, cases in rows
    )


PROBLEMS: tuple[Problem, ...] = (
    *_made(
        (
            "double",
            "def double(x):\n    return 2 * x\n",
            ("2 * x", "x ** 2"),
            "double(3) -> 6; double(-1) -> -2",
        ),
        (
            "reverse",
            "def reverse(s):\n    return s[::-1]\n",
            ("[::-1]", "[::1]"),
            "reverse('你好') -> '好你'; reverse('a🙂') -> '🙂a'",
        ),
        (
            "is_even",
            "def is_even(n):\n    return n % 2 == 0\n",
            ("== 0", "== 1"),
            "is_even(4) -> True; is_even(7) -> False",
        ),
        (
            "factorial",
            "def factorial(n):\n    return 1 if n < 2 else n * factorial(n - 1)\n",
            ("n < 2 else n", "n < 2 else 2"),
            "factorial(0) -> 1; factorial(5) -> 120",
        ),
        (
            "fibonacci",
            "def fibonacci(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a\n",
            ("return a", "return b"),
            "fibonacci(0) -> 0; fibonacci(10) -> 55",
        ),
        (
            "palindrome",
            "def palindrome(s):\n    s = [c.lower() for c in s if c.isalnum()]\n    return s == s[::-1]\n",
            (".lower()", ""),
            "palindrome('A man, a plan, a canal: Panama') -> True; palindrome('no') -> False",
        ),
        (
            "vowels",
            "def vowels(s):\n    return sum(c in 'aeiou' for c in s.lower())\n",
            ("aeiou", "aeio"),
            "vowels('Education') -> 5; vowels('') -> 0",
        ),
        (
            "flatten",
            "def flatten(x):\n    return [z for y in x for z in (flatten(y) if isinstance(y, list) else [y])]\n",
            ("[y])]", "[])]"),
            "flatten([1, [2, [3]]]) -> [1, 2, 3]; flatten([]) -> []",
        ),
        (
            "gcd",
            "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a\n",
            ("a % b", "a // b"),
            "gcd(12, 18) -> 6; gcd(7, 5) -> 1",
        ),
        (
            "primes",
            "def primes(n):\n    return [p for p in range(2, n + 1) if all(p % d for d in range(2, p))]\n",
            ("n + 1", "n"),
            "primes(11) -> [2, 3, 5, 7, 11]; primes(1) -> []",
        ),
        (
            "counts",
            "from collections import Counter\ndef counts(words):\n    return dict(Counter(words))\n",
            ("Counter(words)", "Counter(set(words))"),
            "counts(['a', 'b', 'a']) -> {'a': 2, 'b': 1}; counts([]) -> {}",
        ),
        (
            "unique",
            "def unique(x):\n    return list(dict.fromkeys(x))\n",
            ("dict.fromkeys(x)", "x"),
            "unique([3, 1, 3]) -> [3, 1]; unique('') -> []",
        ),
        (
            "clamp",
            "def clamp(x, low, high):\n    return max(low, min(x, high))\n",
            ("max(low, min(x, high))", "min(x, high)"),
            "clamp(5, 0, 3) -> 3; clamp(-5, 0, 3) -> 0",
        ),
        (
            "roman",
            "def roman(n):\n    out = ''\n    for v, s in ((10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')):\n        while n >= v:\n            out, n = out + s, n - v\n    return out\n",
            ("(9, 'IX'), ", ""),
            "roman(9) -> 'IX'; roman(14) -> 'XIV'",
        ),
        (
            "transpose",
            "def transpose(m):\n    return [list(r) for r in zip(*m)]\n",
            ("zip(*m)", "m"),
            "transpose([[1, 2], [3, 4]]) -> [[1, 3], [2, 4]]; transpose([]) -> []",
        ),
        (
            "balanced",
            "def balanced(s):\n    depth = 0\n    for c in s:\n        depth += {'(': 1, ')': -1}.get(c, 0)\n        if depth < 0:\n            return False\n    return depth == 0\n",
            ("return False", "pass"),
            "balanced('(())') -> True; balanced(')(') -> False",
        ),
        (
            "binary",
            "def binary(n):\n    return format(n, 'b')\n",
            ("'b'", "'o'"),
            "binary(5) -> '101'; binary(8) -> '1000'",
        ),
        (
            "median",
            "from statistics import median_low, median\n",
            ("import median_low, median", "import median_low as median"),
            "median([1, 2, 3, 4]) -> 2.5; median([5]) -> 5",
        ),
        (
            "rotate",
            "def rotate(x, n):\n    n %= len(x) or 1\n    return x[n:] + x[:n]\n",
            ("x[n:] + x[:n]", "x[:n] + x[n:]"),
            "rotate([1, 2, 3], 1) -> [2, 3, 1]; rotate([], 2) -> []",
        ),
        (
            "initials",
            "def initials(name):\n    return ''.join(p[0].upper() for p in name.split())\n",
            (".upper()", ""),
            "initials('ada lovelace') -> 'AL'; initials('') -> ''",
        ),
    ),
    Problem(
        "divide",
        "def divide(a, b):\n    return a / b\n",
        ("a / b", "a / b + 1"),
        (("divide(6, 3)", "2.0"),),
        ("divide(1, 0)", "ZeroDivisionError"),
    ),
    Problem(
        "number",
        "def number(s):\n    return int(s)\n",
        ("int(s)", "abs(int(s))"),
        (("number('-7')", "-7"),),
        ("number('x')", "ValueError"),
    ),
    Problem(
        "stack",
        "class Stack:\n    def __init__(self):\n        self.held = []\n    def push(self, x):\n        self.held.append(x)\n        return self\n    def pop(self):\n        return self.held.pop()\n",
        ("self.held.pop()", "self.held.pop(0)"),
        (("Stack().push(1).push(2).pop()", "2"),),
        ("Stack().pop()", "IndexError"),
    ),
    Problem(
        "root",
        "import math\ndef root(x):\n    if x < 0:\n        raise ValueError(x)\n    return math.isqrt(x)\n",
        ("math.isqrt(x)", "x // 2"),
        (("root(16)", "4"), ("root(99)", "9")),
        ("root(-1)", "ValueError"),
    ),
    Problem(
        "lookup",
        "def lookup(d, *path):\n    for key in path:\n        d = d[key]\n    return d\n",
        ("return d", "return path"),
        (("lookup({'a': {'b': 1}}, 'a', 'b')", "1"),),
        ("lookup({}, 'x')", "KeyError"),
    ),
)
