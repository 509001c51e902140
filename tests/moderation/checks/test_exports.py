"""Tables that browsers and password managers export: the heading says which column is secret."""

import pytest

from moderation.checks.exports import exports
from tests.moderation.planted import PASSWORD, seeded, shape


def found(text: str) -> list[str]:
    return [text[start:end] for _, start, end in exports(text)]


@pytest.mark.parametrize(
    "heading",
    [
        "name,url,password",
        "name,password,note",
        "folder,login_uri,login_password",
        '"Name","User","Password"',
        "User name,Access key ID,Secret access key",
        "名称,账号,密码",
    ],
)
def test_every_row_below_the_heading_has_one(heading: str) -> None:
    random = seeded(heading)
    values = [PASSWORD(random), PASSWORD(random)]
    at = 1 if "password,note" in heading else 2
    rows = [["商店😀", "ana", "ana"], ["shop", "bo", "bo"]]
    for row, value in zip(rows, values, strict=True):
        row[at] = value
    text = "\n".join([heading, *(",".join(row) for row in rows)])
    assert found(text) == values
    assert found(text.replace("\n", "\r\n")) == values


@pytest.mark.parametrize(
    "text",
    [
        "name,url,password",
        "name,password\nana,swordfish",
        "name,url,password\nana,https://shop.test\n",
        "name,url,password\nana,https://shop.test,\n",
        "name,url,password\nana,https://shop.test,<hidden>\n",
        "ask for name, url, password\nthen wait, please, a while",
        "",
    ],
)
def test_nothing_is_found_where_no_row_has_one(text: str) -> None:
    assert not found(text)


def test_a_quoted_cell_is_found_inside_its_quotes() -> None:
    value = shape(("abc123", 8), ",", ("xyz", 4))(seeded(1))
    assert found(f'name,url,password\n"Shop, old",https://shop.test,"{value}"\n') == [value]
