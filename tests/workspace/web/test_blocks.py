"""Block Kit on the page: every block is drawn, every element reaches the app."""

from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Locator, Page, expect

from tests.workspace.web.scripted import Json, Site, field, message, option, picture, plain, shown

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bo(browser: Browser, site: Site) -> Iterator[Page]:
    """Bo's page of #support, for all tests of this file."""
    page = browser.new_page()
    page.goto(f"{site.url}/#/bo/C0SUPPORT")
    yield page
    page.close()


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def rich(kind: str, *leaves: Json, **more: object) -> Json:
    return {"type": f"rich_text_{kind}", "elements": list(leaves), **more}


def word(text: str, *styles: str) -> Json:
    return {"type": "text", "text": text, "style": dict.fromkeys(styles, True)}


def table() -> Json:
    rows = [["Day", "Asked"], ["周一", "41"]]
    cells = [[{"type": "raw_text", "text": text} for text in row] for row in rows]
    return {"type": "table", "rows": cells, "column_settings": [{}, {"align": "right"}]}


BLOCKS: list[tuple[Json, str, str]] = [
    ({"type": "section", "text": mrkdwn("*bold* 粗")}, ".block-section strong", "bold"),
    ({"type": "section", "fields": [plain("a"), mrkdwn("_b_")]}, ".section-field em", "b"),
    ({"type": "header", "text": plain("Title :tada:")}, "h3", "Title 🎉"),
    ({"type": "divider"}, "[role=separator]", ""),
    ({"type": "context", "elements": [mrkdwn("`small`")]}, ".block-context code", "small"),
    ({"type": "markdown", "text": "## Two\n**b**"}, ".block-markdown h2", "Two"),
    (table(), "td.right", "41"),
    ({"type": "file", "external_id": "X1", "source": "remote"}, ".file-card", "File X1"),
    ({"type": "alert", "level": "error", "text": mrkdwn("Stopped")}, ".alert-error", "Stopped"),
    ({"type": "task_card", "title": "Find", "status": "complete"}, ".block-task_card", "✓Find"),
    ({"type": "plan", "title": "Plan", "tasks": []}, ".block-plan", "Plan"),
    ({"type": "carousel"}, ".unknown-block", "[carousel]"),
    (
        {"type": "video", "title": plain("Clip"), "title_url": "https://a.example/v"},
        ".file-card a[href='https://a.example/v']",
        "Clip",
    ),
    (
        {"type": "image", "image_url": "https://a.example/x.png", "alt_text": "outside"},
        ".missing-picture",
        "outside — open elsewhere",
    ),
    (
        {"type": "rich_text", "elements": [rich("section", word("b", "bold", "italic"))]},
        "em strong",
        "b",
    ),
    (
        {
            "type": "rich_text",
            "elements": [rich("list", rich("section", word("item")), style="ordered", offset=2)],
        },
        "ol[start='3'] > li",
        "item",
    ),
    ({"type": "rich_text", "elements": [rich("quote", word("q"))]}, "blockquote", "q"),
    ({"type": "rich_text", "elements": [rich("preformatted", word("x < y"))]}, "pre", "x < y"),
    (
        {
            "type": "rich_text",
            "elements": [
                rich(
                    "section",
                    {"type": "user", "user_id": "U0BO"},
                    {"type": "emoji", "name": "fire"},
                )
            ],
        },
        ".rich-text",
        "@bo🔥",
    ),
    (
        field("f", "Label 标签", {"type": "plain_text_input"}, hint=plain("hint")),
        "label",
        "Label 标签",
    ),
    (
        {"type": "actions", "elements": [{"type": "workflow_button", "text": plain("w")}]},
        ".block-actions .unknown-block",
        "[workflow_button]",
    ),
]


@pytest.mark.parametrize(("block", "where", "text"), BLOCKS)
def test_every_block_is_drawn(bo: Page, site: Site, block: Json, where: str, text: str) -> None:
    content = shown(bo, site.tell("x", blocks=[block]))
    expect(content.locator(where)).to_have_text(text)
    expect(content.locator(".unknown-block")).to_have_count(int("unknown" in where))


def test_a_stored_picture_is_loaded_from_here(bo: Page, site: Site) -> None:
    file = {"id": site.upload("bo", "灯.png", picture(30, 20))}
    title = plain("A lamp")
    large = {"type": "image", "slack_file": file, "alt_text": "large lamp", "title": title}
    small = large | {"alt_text": "small lamp"}
    text = {"type": "section", "text": plain("beside"), "accessory": small}
    context = {"type": "context", "elements": [small]}
    content = shown(bo, site.tell("x", blocks=[large, text, context]))
    expect(content.locator("figcaption")).to_have_text("A lamp")
    for image in (content.get_by_alt_text("large lamp"), *content.get_by_alt_text("small").all()):
        expect(image).to_have_js_property("naturalWidth", 30)


Use = Callable[[Locator], object]
OPTIONS = [option("暖"), option("cool")]
USED: list[tuple[Json, Use, str]] = [
    (
        {"type": "button", "text": plain("Go :rocket:"), "value": "v1"},
        lambda all_: all_.get_by_role("button", name="Go 🚀").click(),
        '{"value": "v1"}',
    ),
    (
        {"type": "static_select", "options": OPTIONS},
        lambda all_: all_.get_by_role("combobox").select_option("暖"),
        '"value": "暖"',
    ),
    (
        {"type": "multi_static_select", "options": OPTIONS, "placeholder": plain("Tags")},
        lambda all_: (all_.get_by_text("Tags").click(), all_.get_by_label("cool").check()),
        '{"selected_options": [{"text": {"type": "plain_text", "text": "cool"}, "value": "cool"}]}',
    ),
    (
        {"type": "users_select"},
        lambda all_: all_.get_by_role("combobox").select_option("U0CHEN"),
        '{"selected_user": "U0CHEN"}',
    ),
    (
        {"type": "channels_select"},
        lambda all_: all_.get_by_role("combobox").select_option("C0RANDOM"),
        '{"selected_channel": "C0RANDOM"}',
    ),
    (
        {"type": "conversations_select"},
        lambda all_: all_.get_by_role("combobox").select_option("D0BO"),
        '{"selected_conversation": "D0BO"}',
    ),
    (
        {"type": "overflow", "options": OPTIONS},
        lambda all_: (
            all_.get_by_label("More actions").click(),
            all_.page.get_by_role("menuitem", name="cool").click(),
        ),
        '"value": "cool"',
    ),
    (
        {"type": "checkboxes", "options": OPTIONS},
        lambda all_: all_.get_by_label("cool").check(),
        '"selected_options"',
    ),
    (
        {"type": "radio_buttons", "options": OPTIONS},
        lambda all_: all_.get_by_label("暖").check(),
        '"selected_option"',
    ),
    (
        {"type": "datepicker", "initial_date": "2026-01-31"},
        lambda all_: all_.locator("input[type=date]").fill("2026-02-28"),
        '{"selected_date": "2026-02-28"}',
    ),
    (
        {"type": "timepicker", "initial_time": "08:00"},
        lambda all_: all_.locator("input[type=time]").fill("09:30"),
        '{"selected_time": "09:30"}',
    ),
]


@pytest.mark.parametrize(("element", "use", "told"), USED, ids=[each[0]["type"] for each in USED])
def test_every_element_reaches_the_app(
    bo: Page, site: Site, element: Json, use: Use, told: str
) -> None:
    action = f"{element['type']}-1"
    blocks = [{"type": "actions", "elements": [element | {"action_id": action}]}]
    use(shown(bo, site.tell("x", blocks=blocks)))
    expect(message(bo, f"{action}: ")).to_contain_text(told)


def test_feedback_is_sent_and_stays_marked(bo: Page, site: Site) -> None:
    def vote(text: str) -> Json:
        return {"text": plain(text), "value": text.lower()}

    votes = {"positive_button": vote("Good"), "negative_button": vote("Bad")}
    feedback = {"type": "feedback_buttons", "action_id": "vote", **votes}
    trash = {"type": "icon_button", "action_id": "rm", "icon": "trash", "text": plain("Remove")}
    blocks = [{"type": "context_actions", "elements": [feedback, trash]}]
    content = shown(bo, site.tell("x", blocks=blocks))
    content.get_by_label("Bad").click()
    expect(message(bo, "vote: ")).to_contain_text('{"value": "bad"}')
    expect(content.get_by_label("Bad")).to_have_attribute("aria-pressed", "true")
    content.get_by_label("Remove").click()
    expect(message(bo, "rm: ")).to_be_visible()


def test_a_button_for_others_is_not_drawn(bo: Page, site: Site) -> None:
    button = {"type": "button", "text": plain("Approve"), "visible_to_user_ids": ["U0CHEN"]}
    blocks = [{"type": "actions", "elements": [button]}, {"type": "header", "text": plain("end")}]
    content = shown(bo, site.tell("x", blocks=blocks))
    expect(content.locator("h3")).to_be_visible()
    expect(content.get_by_role("button")).to_have_count(0)


def test_a_confirmation_is_asked_first(bo: Page, site: Site) -> None:
    texts = {"title": plain("Sure?"), "text": plain("It goes out."), "deny": plain("No")}
    confirm = texts | {"confirm": plain("Yes")}
    button = {"type": "button", "action_id": "sent", "text": plain("Send"), "confirm": confirm}
    ts = site.tell("x", blocks=[{"type": "actions", "elements": [button]}])
    shown(bo, ts).get_by_role("button", name="Send").click()
    bo.get_by_role("dialog", name="Sure?").get_by_role("button", name="No").click()
    expect(bo.get_by_role("dialog")).to_have_count(0)
    shown(bo, ts).get_by_role("button", name="Send").click()
    bo.get_by_role("dialog", name="Sure?").get_by_role("button", name="Yes").click()
    expect(message(bo, "sent: ")).to_have_count(1)


def test_a_link_button_opens_elsewhere(bo: Page, site: Site) -> None:
    good = {"type": "button", "text": plain("Docs"), "url": "https://a.example/"}
    bad = {"type": "button", "text": plain("Trap"), "url": "javascript:window.pwned=1"}
    content = shown(bo, site.tell("x", blocks=[{"type": "actions", "elements": [good, bad]}]))
    expect(content.get_by_role("link", name="Docs")).to_have_attribute("rel", "noopener noreferrer")
    content.get_by_role("button", name="Trap").click()
    assert bo.evaluate("window.pwned") is None


def test_what_was_entered_survives_an_update(bo: Page, site: Site) -> None:
    block = field("name", "Name", {"type": "plain_text_input"})
    ts = site.tell("x", blocks=[block])
    shown(bo, ts).get_by_label("Name").fill("灯 lamp")
    head = {"type": "header", "text": plain("changed")}
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="x", blocks=[head, block])
    expect(shown(bo, ts).locator("h3")).to_have_text("changed")
    expect(shown(bo, ts).get_by_label("Name")).to_have_value("灯 lamp")
