import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.code.blocks import LANGUAGES, Block, blocks, named


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("```python\nx = 1\n```", [Block("x = 1\n", "python")]),
        ("Hi\n\n```C++\nint x;\n```\nBye", [Block("int x;\n", "cpp")]),
        ("```\nx\n```", [Block("x\n", "")]),
        ("```klingon\nx\n```", [Block("x\n", "")]),
        ("```py title=a\r\nx\r\n```\r\n", [Block("x\n", "python")]),
        ("~~~sh\nls\n~~~", [Block("ls\n", "shell")]),
        ("````md\n```\nx\n```\n````", [Block("```\nx\n```\n", "markdown")]),
        ("```py\na\n```\n```js\nb\n```", [Block("a\n", "python"), Block("b\n", "javascript")]),
        ("```py\nnever closed", []),
        ("`x = 1` and ```y```", []),
        ("", []),
    ],
)
def test_closed_fences_are_found(markdown: str, found: list[Block]) -> None:
    assert list(blocks(markdown)) == found


@given(st.text(alphabet=st.characters(exclude_characters="`~\r", exclude_categories=["Cs"])))
def test_the_source_comes_out_as_it_went_in(source: str) -> None:
    assert blocks(f"```py\n{source}\n```") == (Block(f"{source}\n", "python"),)


def test_no_name_stands_for_two_languages() -> None:
    names = [name for own, also in LANGUAGES.items() for name in (own, *also)]
    assert len(names) == len(set(names))
    assert [named(name) for name in ("PY", " rust ", "cobol", "")] == ["python", "rust", None, None]
