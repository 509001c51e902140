import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.code.lint import MOST, Remark, remarks
from generators.code.python import MAX_CHARS

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("source", "rule", "fatal"),
    [
        ("import os\n", "F401", False),
        ("print(面积)\n", "F821", True),
        ("def f(a=[]):\n    return a\n", "B006", False),
        ("def f(:\n", "invalid-syntax", True),
        ("import os  # noqa\n", "F401", False),
        ("# ruff: noqa\nimport os\n", "F401", False),
    ],
)
def test_what_is_wrong_is_remarked_whatever_the_program_says(
    source: str, rule: str, *, fatal: bool
) -> None:
    found = remarks(source)
    assert found
    assert (found[-1].rule if rule == "F401" else found[0].rule, found[0].fatal) == (rule, fatal)


def test_a_good_program_and_a_long_one() -> None:
    assert remarks("def double(x):\n    return 2 * x\n") == ()
    assert len(remarks("import os\n" * 99) or ()) == MOST
    assert remarks("x" * (MAX_CHARS + 1)) is None


def test_without_ruff_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", f"{tmp_path}/python")
    assert remarks("import os") is None


@settings(max_examples=20)
@given(st.text(max_size=50))
def test_no_text_makes_it_fail(text: str) -> None:
    assert all(isinstance(one, Remark) for one in remarks(text) or ())
