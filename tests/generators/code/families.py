"""A hundred problems in ten families: each has a reference, a broken twin, and its tests.

What the tests expect is what the reference returned when the problem was made, here and now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

COUNT = 100


@dataclass(frozen=True, slots=True)
class Family:
    """A function with one blank, a change that breaks it, and what it is called with."""

    name: str
    source: str
    change: tuple[str, str]
    calls: tuple[str, ...]
    fills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """One problem."""

    name: str
    right: str
    wrong: str
    tests: str


FAMILIES = (
    Family(
        "multiples",
        "def multiples(n):\n    return [x for x in range(1, n + 1) if x % {} == 0]\n",
        ("== 0", "== 1"),
        ("multiples(30)", "multiples(60)", "multiples(0)"),
        ("2", "3", "4", "5", "6", "7", "10", "12", "15", "20"),
    ),
    Family(
        "caesar",
        "def caesar(s):\n    move = lambda c: chr((ord(c) - 97 + {}) % 26 + 97)\n"
        "    return ''.join(move(c) if 'a' <= c <= 'z' else c for c in s)\n",
        ("% 26", "% 25"),
        ("caesar('hello, zebra')", "caesar('退款 xyz')", "caesar('')"),
        ("1", "2", "3", "5", "7", "9", "11", "13", "17", "23"),
    ),
    Family(
        "based",
        "def based(n):\n    out = ''\n    while n:\n        n, r = divmod(n, {})\n"
        "        out = '0123456789abcdef'[r] + out\n    return out or '0'\n",
        ("+ out\n", "\n"),
        ("based(255)", "based(1000)", "based(0)"),
        ("2", "3", "4", "5", "6", "7", "8", "9", "12", "16"),
    ),
    Family(
        "chunks",
        "def chunks(items):\n    return [items[i:i + {0}] for i in range(0, len(items), {0})]\n",
        ("i:i +", "i:i + 1 +"),
        ("chunks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])", "chunks('你好🙂abcdefghijkl')"),
        ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
    ),
    Family(
        "powers",
        "def powers(n):\n    return sum(x ** {} for x in range(n + 1))\n",
        ("n + 1", "n"),
        ("powers(4)", "powers(10)", "powers(1)"),
        ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
    ),
    Family(
        "wrapped",
        "import textwrap\n\ndef wrapped(s):\n    return textwrap.wrap(s, {})\n",
        ("textwrap.wrap(s", "textwrap.wrap(s[:-1]"),
        ("wrapped('the quick brown fox jumps over the lazy dog')", "wrapped('one')"),
        ("6", "7", "8", "9", "10", "12", "14", "16", "20", "30"),
    ),
    Family(
        "rotated",
        "def rotated(items):\n    n = {} % (len(items) or 1)\n    return items[n:] + items[:n]\n",
        ("items[n:] + items[:n]", "items[:n] + items[n:]"),
        ("rotated([1, 2, 3, 4, 5, 6, 7])", "rotated('abcdefghijk')", "rotated([])"),
        ("1", "2", "3", "4", "5", "6", "8", "9", "10", "12"),
    ),
    Family(
        "often",
        "from collections import Counter\n\ndef often(words):\n"
        "    return sorted(w for w, n in Counter(words).items() if n >= {})\n",
        (">=", ">"),
        ("often(list('abbcccddddeeeeeffffffggggggghhhhhhhhiiiiiiiiijjjjjjjjjj'))", "often([])"),
        ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
    ),
    Family(
        "masked",
        "def masked(s):\n    return '*' * max(0, len(s) - {0}) + s[max(0, len(s) - {0}):]\n",
        ("'*' *", "'#' *"),
        ("masked('4111111111111111')", "masked('ab')", "masked('مرحبا بالعالم')"),
        ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
    ),
    Family(
        "stack",
        "class Stack:\n    def __init__(self):\n        self.held = []\n\n"
        "    def push(self, x):\n        if len(self.held) == {}:\n"
        "            raise OverflowError('full')\n        self.held.append(x)\n"
        "        return self\n\n    def pop(self):\n        return self.held.pop()\n\n\n"
        "def last(items):\n    stack = Stack()\n    for item in items[:{}]:\n"
        "        stack.push(item)\n    return stack.pop()\n",
        ("self.held.pop()", "self.held.pop(0)"),
        ("last([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])", "last('ab')"),
        ("2", "3", "4", "5", "6", "7", "8", "9", "10", "11"),
    ),
)


def problems() -> Iterator[Made]:
    """Yield all of them; in each the twin answers at least one call otherwise."""
    for family, fill in product(FAMILIES, FAMILIES[0].fills):
        given = family.fills[FAMILIES[0].fills.index(fill)]
        right = family.source.replace("{0}", given).replace("{}", given)
        wrong = right.replace(*family.change)
        said, other = _answers(right, family.calls), _answers(wrong, family.calls)
        assert said != other, f"{family.name} {given}: the twin is not broken"
        yield Made(f"{family.name} {given}", right, wrong, _tests(said))


def _answers(source: str, calls: tuple[str, ...]) -> dict[str, str]:
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 - a source of this file
    return {call: repr(eval(call, names)) for call in calls}  # noqa: S307 - as above


def _tests(said: dict[str, str]) -> str:
    name = next(iter(said)).partition("(")[0]
    told = (f"def test_{n}():\n    assert {c} == {v}\n" for n, (c, v) in enumerate(said.items()))
    return f"from solution import {name}\n\n" + "\n".join(told)
