"""Turned tests fail exactly where the given ones pass."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code.mutants import plain, turned

TRY = "try:\n        int('x')\n    except"


def outcome(tests: str) -> bool:
    """Run `test_it` here and tell whether it passes; only our own texts get here."""
    space: dict[str, object] = {"pytest": pytest}
    exec(compile(tests, "tests", "exec"), space)  # noqa: S102 - written below
    try:
        space["test_it"]()  # pyrefly: ignore[not-callable] - it is the function
    except Exception:  # noqa: BLE001 - whatever it is, the test fails
        return False
    return True


@pytest.mark.parametrize(
    "body",
    [
        "assert 2 + 2 == 4",
        "assert [1, 2][::-1] == [2, 1]",
        "assert (1, 2) == (1, 2)",
        "assert 'a'.upper() == 'A'",
        "assert '好' + '🙂' == '好🙂'",
        "assert {'a': 1} == {'a': 1}",
        "assert [] == []",
        "assert [[]] == [[]]",
        "assert len('ab') < 3",
        "assert 'a' in 'ab' and 'c' not in 'ab'",
        "assert not ''",
        "assert 1 < 2 < 3",
        "assert None is None",
        "assert (1 > 0) is True",
        "assert 0.1 + 0.2 == pytest.approx(0.3)",
        "with pytest.raises(ValueError): int('x')",
        "with pytest.raises((ValueError, KeyError)) as caught: int('x')\n    assert caught",
        "for a, b in [(1, 1), (2, 2)]:\n        assert a == b",
        f"{TRY} ValueError:\n        pass\n    else:\n        assert False",
        f"{TRY} ValueError as e:\n        assert 'x' in str(e)",
        f"{TRY} Exception as e:\n        assert isinstance(e, ValueError)",
        "print('no assertion')",
        "assert 1e308 * 10 == float('inf')",
    ],
)
def test_an_honest_test_that_passes_fails_when_it_is_turned(body: str) -> None:
    tests = f"def test_it():\n    {body}\n"
    assert outcome(tests)
    assert outcome(plain(tests))
    assert not outcome(turned(tests))


@pytest.mark.parametrize(
    "body",
    [
        "assert (1 == 2, 'no')",
        "assert True",
        "assert 'text'",
        "try:\n        assert 1 == 2\n    except AssertionError:\n        pass",
        "try:\n        assert 1 == 2\n    except:\n        pass",
        "if 0:\n        assert 1 == 2",
    ],
)
@pytest.mark.filterwarnings("ignore:assertion is always true:SyntaxWarning")
def test_a_test_that_cannot_fail_passes_when_it_is_turned(body: str) -> None:
    assert outcome(turned(f"def test_it():\n    {body}\n"))


@given(st.one_of(st.integers(), st.text(), st.booleans(), st.binary(), st.floats(allow_nan=False)))
def test_another_value_is_expected_of_every_kind(value: object) -> None:
    tests = f"def test_it():\n    assert float({value!r}) == 0" if value in (1e400, -1e400) else ""
    tests = tests or f"def test_it():\n    assert {value!r} == {value!r}"
    if "inf" not in repr(value):
        assert not outcome(turned(tests))


def test_what_stands_at_the_top_is_left() -> None:
    tests = "import sys\nassert sys.version_info >= (3, 11)\n\ndef test_it():\n    assert 1 == 1"
    assert "version_info >= (3, 11)" in turned(tests)


def test_tests_of_unittest_are_turned() -> None:
    body = "        self.assertEqual(f(), 1)\n        self.assertIn(1, x)\n"
    tests = f"class T(C):\n    def test_it(self):\n{body}"
    said = ast.unparse(ast.parse(turned(tests)))
    assert "assertEqual(f(), 2)" in said
    assert "assertNotIn(1, x)" in said


def test_no_text_tells_plain_tests_from_turned_ones_but_their_expectations() -> None:
    tests = '# a comment\ndef test_it():\n    assert f("x")  ==  "y"   # another\n'
    assert plain(tests).replace("'y'", "'ys'") == turned(tests)
