"""Block Kit on the page: every block is drawn, readable, and can be used."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect

from tests.workspace.web import gallery
from tests.workspace.web.gallery import MESSAGE, actions, button, cell, image, section
from tests.workspace.web.scripted import Json, Site, field, picture, plain, shown
from tests.workspace.web.watching import poor, problems_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bo(browser: Browser, site: Site) -> Iterator[Page]:
    """Bo's page of #support, for all tests of this file; it may not write errors."""
    page = browser.new_page()
    problems = problems_of(page)
    page.goto(f"{site.url}/#/bo/C0SUPPORT")
    yield page
    page.close()
    assert not problems


DRAWN: list[tuple[str, str, str]] = [
    ("section", ".block-section strong", "bold"),
    ("section", ".block-section time", "2024-07-11"),
    ("section-fields", ".section-field em", "b"),
    ("section-image", ".accessory", "beside it — not loaded here: open elsewhere"),
    ("header", "h3", "Title 🎉"),
    ("divider", "[role=separator]", ""),
    ("context", ".block-context code", "small"),
    ("image", "figcaption", "A picture"),
    ("image", ".missing-picture", "outside — not loaded here: open elsewhere"),
    ("actions", ".button.danger", "Stop"),
    ("input", "label", "Label 标签"),
    ("input", ".hint", "hint"),
    ("rich_text", "u", "under"),
    ("rich_text", "ol[type=a] > li", "inner"),
    ("rich_text", "ul.bordered > li", "point"),
    ("rich_text", "blockquote", "quoted 引用"),
    ("rich_text", "pre", "x < y\n  z"),
    ("rich_text", ".color code", "#23645f"),
    ("rich_text", "time", "2024-07-11"),
    ("rich_text", "a[href='https://a.example/r']", "a link"),
    ("markdown", "h1", "Title"),
    ("markdown", "td.right", "41"),
    ("markdown", "li li", "inner"),
    ("markdown", "pre", "x < y"),
    ("table", "th.right", "Asked"),
    ("table", "td strong", "bold"),
    ("context_actions", ".icon-button.with-text", "Remove"),
    ("file", ".file-card", "File X1"),
    ("video", "strong a[href='https://a.example/v']", "Clip"),
    ("video", ".video-about", "What it shows"),
    ("task_card", ".task-mark", "✓"),
    ("task_card", ".task-sources a", "a source"),
    ("plan", "summary", "Plan"),
    ("plan", ".task-error", "!"),
    ("card", ".card-title strong", "card"),
    ("card", ".card-subtext", "small print"),
    ("carousel", ".block-card:nth-child(2) .card-title", "Another"),
    ("container", "summary strong", "Two records"),
    ("container", ".block-section", "inside"),
    ("auth_provider", "a.button", "Connect"),
    ("auth_provider-connected", "small", "ana@a.example"),
    ("data_table", "caption", "Requests of the week"),
    ("data_visualization-bar", "figcaption", "Bars"),
    ("data_visualization-line", "polyline", ""),
    ("data_visualization-area", "polygon", ""),
    ("data_visualization-pie", ".legend li:first-child", "a · 75 %"),
    ("call", "a[href='https://a.example/join']", "Join"),
    ("call", "small", "bo, Guest"),
]


@pytest.fixture(scope="module")
def posted(site: Site) -> dict[str, str]:
    """The message that shows each block."""
    return {name: site.tell(name, blocks=[block]) for name, block in MESSAGE.items()}


@pytest.mark.parametrize(("name", "where", "text"), DRAWN)
def test_every_block_is_drawn(
    bo: Page, posted: dict[str, str], name: str, where: str, text: str
) -> None:
    content = shown(bo, posted[name])
    expect(content.locator(where).first).to_have_text(text)
    expect(content.locator(".unknown-block")).to_have_count(0)


def test_the_gallery_holds_every_block_of_a_message() -> None:
    known = {name.partition("-")[0] for name, _, _ in DRAWN}
    assert known == {block["type"] for block in MESSAGE.values()}


def test_inline_parts_of_rich_text_are_drawn(bo: Page, posted: dict[str, str]) -> None:
    line = shown(bo, posted["rich_text"]).locator(".rich-text > div").first
    said = "bolditalicgonecodeundera link@bo#random@S0WRITERS@here👋🏼🧪2024-07-11#23645f"
    expect(line).to_have_text(f"{said}@Atelier Local")


def test_a_list_in_arabic_has_its_marks_on_the_right(bo: Page, posted: dict[str, str]) -> None:
    item = shown(bo, posted["rich_text"]).locator("ul.circle")
    assert item.evaluate("node => getComputedStyle(node).direction") == "rtl"


def test_a_stored_picture_is_loaded_from_here(bo: Page, site: Site) -> None:
    file = {"id": site.upload("bo", "灯.png", picture(30, 20))}
    stored = {"slack_file": file}
    blocks = [
        image("large lamp", **stored, title=plain("A lamp")),
        section("beside", accessory=image("small lamp", **stored)),
        {"type": "context", "elements": [image("small lamp", **stored)]},
        gallery.CARD | {"hero_image": image("small lamp", **stored)},
    ]
    content = shown(bo, site.tell("x", blocks=blocks))
    expect(content.locator("figcaption")).to_have_text("A lamp")
    expect(content.get_by_alt_text("small lamp")).to_have_count(3)
    for lamp in (content.get_by_alt_text("large lamp"), *content.get_by_alt_text("small").all()):
        expect(lamp).to_have_js_property("naturalWidth", 30)


def test_a_long_section_opens_and_stays_open(bo: Page, site: Site) -> None:
    block = section("word " * 500, block_id="long")
    ts = site.tell("x", blocks=[block])
    shown(bo, ts).get_by_role("button", name="See more").click()
    head = {"type": "header", "text": plain("changed")}
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="x", blocks=[head, block])
    expect(shown(bo, ts).locator("h3")).to_have_text("changed")
    expect(shown(bo, ts).get_by_role("button", name="See more")).to_have_count(0)
    whole = shown(bo, site.tell("x", blocks=[block | {"expand": True}]))
    expect(whole.locator(".clamped")).to_have_count(0)


def test_a_data_table_is_searched_sorted_and_turned(bo: Page, site: Site) -> None:
    block = gallery.DATA_TABLE | {"block_id": "data"}
    ts = site.tell("x", blocks=[block])
    rows = shown(bo, ts).locator("tbody tr")
    expect(rows).to_have_text(["ana1,200", "bo9"])
    shown(bo, ts).get_by_role("button", name="Next").click()
    expect(rows).to_have_text(["陈晨77"])
    shown(bo, ts).get_by_role("button", name="Count").click()
    expect(rows).to_have_text(["bo9", "陈晨77"])
    shown(bo, ts).get_by_role("button", name="Count").click()
    expect(rows).to_have_text(["ana1,200", "陈晨77"])
    shown(bo, ts).get_by_label("Search the table").fill("晨")
    expect(rows).to_have_text(["陈晨77"])
    blocks = [block, {"type": "divider"}]
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="x", blocks=blocks)
    expect(shown(bo, ts).get_by_role("separator")).to_have_count(1)
    expect(rows).to_have_text(["陈晨77"])


def test_a_chart_has_its_numbers_as_a_table(bo: Page, posted: dict[str, str]) -> None:
    content = shown(bo, posted["data_visualization-bar"])
    content.get_by_text("Show the numbers").click()
    expect(content.locator("tbody tr")).to_have_text(["Mon123", "周二40-9", "Wed2514"])
    expect(content.locator("rect")).to_have_count(6)


def test_a_container_folds_and_stays_folded(bo: Page, site: Site) -> None:
    folded = MESSAGE["container"] | {"block_id": "fold", "default_collapsed": True}
    ts = site.tell("x", blocks=[folded])
    inside = shown(bo, ts).get_by_role("button", name="Inner")
    expect(inside).to_be_hidden()
    shown(bo, ts).get_by_text("Two records").click()
    expect(inside).to_be_visible()
    blocks = [folded, {"type": "divider"}]
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="x", blocks=blocks)
    expect(shown(bo, ts).get_by_role("separator")).to_have_count(1)
    expect(inside).to_be_visible()


def test_a_message_that_changes_under_a_pressed_pointer_takes_the_click(
    bo: Page, site: Site
) -> None:
    folded = MESSAGE["container"] | {"block_id": "fold", "default_collapsed": True}
    ts = site.tell("x", blocks=[folded])
    title = shown(bo, ts).get_by_text("Two records")
    title.click()
    title.click()  # folded again; and nothing moves any more where the pointer goes now
    title.hover()
    bo.mouse.down()
    site.api(
        "chat.update", channel="C0SUPPORT", ts=ts, text="x", blocks=[folded, {"type": "divider"}]
    )
    site.api("chat.postMessage", channel="C0RANDOM", text="told after the change")
    expect(bo.locator("#channels [data-channel=C0RANDOM]")).to_have_class(re.compile("has-unread"))
    bo.mouse.up()
    expect(shown(bo, ts).get_by_role("separator")).to_have_count(1)
    expect(shown(bo, ts).get_by_role("button", name="Inner")).to_be_visible()


OPEN = button("Open", "card-open", value="o")
PRESSED: list[tuple[Json, str]] = [
    (gallery.CARD, "c1"),
    ({"type": "carousel", "elements": [{"type": "card", "actions": [OPEN]}]}, "o"),
    ({"type": "container", "title": plain("t"), "child_blocks": [actions(OPEN)]}, "o"),
    (section(accessory=OPEN), "o"),
]


@pytest.mark.parametrize(("block", "value"), PRESSED)
def test_a_button_inside_another_block_reaches_the_app(
    bo: Page, site: Site, block: Json, value: str
) -> None:
    before = sum(acted == "card-open" for acted in site.actions())
    shown(bo, site.tell("x", blocks=[block])).get_by_role("button", name="Open").click()
    assert site.acted("card-open", before + 1)["actions"][0]["value"] == value


def test_an_account_is_left_through_its_menu(bo: Page, site: Site, posted: dict[str, str]) -> None:
    content = shown(bo, posted["auth_provider-connected"])
    expect(content.get_by_role("link", name="Disconnect")).to_have_attribute("target", "_blank")
    content.get_by_label("More actions").click()
    bo.get_by_role("menuitem", name="cool").click()
    assert site.acted("drive")["actions"][0]["selected_option"]["value"] == "cool"


def test_feedback_is_sent_and_stays_marked(bo: Page, site: Site) -> None:
    block = MESSAGE["context_actions"] | {"block_id": "votes"}
    ts = site.tell("x", blocks=[block])
    shown(bo, ts).get_by_label("Bad").click()
    assert site.acted("vote")["actions"][0]["value"] == "bad"
    expect(shown(bo, ts).get_by_label("Bad")).to_have_attribute("aria-pressed", "true")
    blocks = [block, {"type": "divider"}]
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="x", blocks=blocks)
    expect(shown(bo, ts).get_by_role("separator")).to_have_count(1)
    expect(shown(bo, ts).get_by_label("Bad")).to_have_attribute("aria-pressed", "true")
    shown(bo, ts).get_by_label("Remove").click()
    assert site.acted("rm")["actions"][0]["type"] == "icon_button"


def test_a_table_with_one_row_and_odd_settings_is_drawn(bo: Page, site: Site) -> None:
    table = {"type": "table", "rows": [[cell("only"), cell(5)]], "column_settings": [None]}
    content = shown(bo, site.tell("x", blocks=[table]))
    expect(content.locator("th")).to_have_text(["only", "5"])


MALFORMED = """async () => {
    const {renderBlocks} = await import("/web/blocks.js");
    const {Scope} = await import("/web/scope.js");
    const store = {me: {id: "U0BO"}, users: new Map(), channels: new Map(), user: () => null};
    const kinds = ["section", "input", "table", "carousel", "toString", "__proto__", "spiral"];
    const odd = [null, {type: "actions", elements: [{type: "toString"}]}];
    const blocks = [...kinds.map((type) => ({type})), ...odd];
    return renderBlocks(blocks, new Scope(store, {})).innerText;
}"""


def test_what_cannot_be_drawn_is_named_and_breaks_nothing(page: Page) -> None:
    said = page.evaluate(MALFORMED)
    for name in ("input", "table", "toString", "__proto__", "spiral", "undefined"):
        assert f"[{name}]" in said


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_block_is_readable(
    bo: Page, posted: dict[str, str], scheme: Literal["light", "dark"]
) -> None:
    bo.emulate_media(color_scheme=scheme)
    for ts in posted.values():
        expect(shown(bo, ts)).to_be_attached()
        assert poor(shown(bo, ts)) == []
    assert poor(bo.locator("#messages"), least=21.1)


def test_words_of_the_page_follow_its_language(browser: Browser, site: Site) -> None:
    ts = site.tell("x", blocks=[field("f", "Label", {"type": "plain_text_input"}, optional=True)])
    page = browser.new_page()
    page.add_init_script("localStorage.setItem('language', 'zh')")
    page.goto(f"{site.url}/#/chen/C0SUPPORT")
    expect(shown(page, ts).locator("label")).to_have_text("Label （选填）")
    page.close()


def test_every_word_of_blocks_has_its_chinese() -> None:
    web = Path(__file__).parents[3] / "workspace/web"
    mine = "blocks buttons cards charts choices fileinput inputs media modal richinput scope"
    said = re.compile(r'(?<![0-9A-Za-z])t\("([^"]+)"')
    words = {
        word
        for name in [*mine.split(), "select", "tables"]
        for word in said.findall((web / f"{name}.js").read_text())
    }
    known = (web / "zhblocks.js").read_text() + (web / "zh.js").read_text()
    missing = {word for word in words if f'"{word}":' not in known and f"  {word}:" not in known}
    assert not missing
    assert len(words) > 50


def test_a_picture_that_is_not_loaded_stays_small(bo: Page, posted: dict[str, str]) -> None:
    box = shown(bo, posted["context"]).locator(".missing-picture").bounding_box()
    assert box is not None
    assert box["height"] < 30
