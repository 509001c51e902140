"""Typed chat markup becomes rich text, and back."""

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page

from tests.workspace.web.gallery import rich, rich_text, word

pytestmark = pytest.mark.browser
TYPED = "so *bold* and _slanted_ `x<y` @ana #random :tada: https://a.example/z.\n"
TYPED += "- one\n- [two](https://a.example/2)\n  - deep\n1. first\n> said\n```\ncode & <b>\n```"
BUILT = rich_text(
    rich(
        "section",
        word("so "),
        word("bold", "bold"),
        word(" and "),
        word("slanted", "italic"),
        word(" "),
        word("x<y", "code"),
        word(" "),
        {"type": "user", "user_id": "U0ANA"},
        word(" "),
        {"type": "channel", "channel_id": "C0RANDOM"},
        word(" "),
        {"type": "emoji", "name": "tada"},
        word(" "),
        {"type": "link", "url": "https://a.example/z"},
        word("."),
    ),
    rich(
        "list",
        rich("section", word("one")),
        rich("section", {"type": "link", "url": "https://a.example/2", "text": "two"}),
        style="bullet",
        indent=0,
    ),
    rich("list", rich("section", word("deep")), style="bullet", indent=1),
    rich("list", rich("section", word("first")), style="ordered", indent=0),
    rich("quote", word("said")),
    rich("preformatted", word("code & <b>")),
)
WRITTEN = """async (text) => {
    const {fromRichText, toRichText} = await import("/web/richwrite.js");
    const people = new Map([["U0ANA", {id: "U0ANA", name: "ana"}]]);
    const places = new Map([["C0RANDOM", {id: "C0RANDOM", name: "random"}]]);
    const store = {users: people, channels: places};
    const block = toRichText(text, store);
    const again = toRichText(fromRichText(block), store);
    return [block, again];
}"""


def test_typed_markup_becomes_rich_text_and_back(page: Page) -> None:
    block, again = page.evaluate(WRITTEN, TYPED)
    assert block == BUILT
    assert again == BUILT
