"""What people do with messages and files on the page."""

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from tests.workspace.web.scripted import Site, message, picture, send

pytestmark = pytest.mark.browser

DROP = """([name, type, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, {type}));
    const send = (kind) => document.querySelector("#messages").dispatchEvent(
        new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
    send("dragover");
    const shown = document.querySelector("#main .drop-text").textContent;
    send("drop");
    return shown;
}"""
PASTE = """() => {
    const data = new DataTransfer();
    data.items.add(new File(["pasted"], "pasted.txt", {type: "text/plain"}));
    document.querySelector("[data-testid=composer]").dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def test_an_ephemeral_message_is_gone_after_a_reload(page: Page, site: Site) -> None:
    site.api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="only for a moment")
    expect(message(page, "only for a moment")).to_be_visible()
    page.locator("#channels [data-channel=C0RANDOM]").click()
    page.locator("#channels [data-channel=C0SUPPORT]").click()
    expect(message(page, "only for a moment")).to_be_visible()
    ts = site.say("bo", "stays for good")
    page.reload()
    expect(page.locator(f"#messages [data-ts='{ts}']")).to_be_visible()
    expect(message(page, "only for a moment")).to_have_count(0)


def test_one_edits_and_deletes_ones_own_messages(page: Page, site: Site) -> None:
    send(page, "@bo please look at #random & tell")
    own = message(page, "please look at")
    own.hover()
    own.get_by_label("More message actions").click()
    page.get_by_role("menuitem", name="Edit message").click()
    expect(page.get_by_test_id("edit")).to_have_value("@bo please look at #random & tell")
    page.get_by_test_id("edit").fill("@bo 看一看 #random")
    page.get_by_test_id("edit").press("Enter")
    changed = message(page, "看一看")
    expect(changed).to_contain_text("(edited)")
    expect(changed.locator(".mention").first).to_have_text("@bo")
    changed.hover()
    changed.get_by_label("More message actions").click()
    page.get_by_role("menuitem", name="Delete message").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(changed).to_have_count(0)
    others = site.say("bo", "not ana's")
    other = page.locator(f"#messages [data-ts='{others}']")
    other.hover()
    other.get_by_label("More message actions").click()
    expect(page.get_by_role("menuitem", name="Edit message")).to_have_count(0)


def test_a_reaction_is_picked_and_taken_back(page: Page, site: Site) -> None:
    site.say("bo", "what a day")
    day = message(page, "what a day")
    day.hover()
    day.get_by_label("Add a reaction", exact=True).click()
    page.get_by_test_id("picker-search").fill("rocket")
    page.keyboard.press("Enter")
    chip = day.locator("[data-reaction=rocket]")
    expect(chip).to_have_text("🚀 1")
    chip.click()
    expect(chip).to_have_count(0)


def test_a_permalink_in_a_message_leads_to_its_place(page: Page, site: Site) -> None:
    ts = site.control("say", user="bo", channel="random", text="the wanted words")["ts"]
    link = site.api("chat.getPermalink", channel="C0RANDOM", message_ts=ts)["permalink"]
    site.tell(f"see <{link}|there>")
    message(page, "see there").get_by_role("link", name="there").click()
    expect(page.locator(".wanted")).to_contain_text("the wanted words")
    expect(page.locator("#place-title")).to_contain_text("random")


def test_a_reply_is_also_sent_to_the_channel(page: Page, site: Site) -> None:
    ts = site.say("bo", "the root of it")
    page.goto(f"{site.url}/#/ana/C0SUPPORT/{ts}")
    page.get_by_label("Also send to #support").check()
    send(page, "for everybody", "thread-composer")
    shown = message(page, "for everybody")
    expect(shown).to_contain_text("replied to a thread")
    expect(page.get_by_label("Also send to #support")).not_to_be_checked()
    page.get_by_label("Close thread").click()
    shown.get_by_text("replied to a thread").click()
    expect(page.get_by_test_id("thread")).to_contain_text("Also sent to #support")


def test_files_are_dropped_and_pasted(page: Page) -> None:
    assert "#support" in page.evaluate(DROP, ["drop.md", "text/markdown", "# dropped\nwords"])
    page.evaluate(PASTE)
    chips = page.locator("#composer .chip-name")
    expect(chips).to_have_text(["drop.md", "pasted.txt"])
    page.locator("#composer").get_by_label("Remove pasted.txt").click()
    send(page, "here it is")
    card = message(page, "here it is").locator(".file-snippet")
    expect(card.locator("pre")).to_contain_text("# dropped")
    expect(card.locator("a[download]")).to_have_attribute("href", re.compile("/files/"))


def test_a_long_text_file_is_unfolded(page: Page, site: Site) -> None:
    site.upload("bo", "long.txt", "\n".join(f"line {n}" for n in range(40)).encode())
    card = message(page, "long.txt").locator(".file-snippet")
    expect(card.locator("pre")).to_contain_text("line 7")
    expect(card.locator("pre")).not_to_contain_text("line 9")
    card.get_by_role("button", name="Show more").click()
    expect(card.locator("pre")).to_contain_text("line 39")


def test_a_picture_is_shown_in_large(page: Page, site: Site) -> None:
    identity = site.upload("bo", "poster.png", picture(900, 600))
    small = page.locator(f"[data-file={identity}]")
    small.click()
    viewer = page.get_by_test_id("viewer")
    expect(viewer).to_contain_text("poster.png")
    expect(viewer).to_contain_text("900 \u00d7 600")
    expect(viewer.locator("img")).to_have_js_property("naturalWidth", 900)
    expect(viewer).to_contain_text("No alternative text")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(small).to_be_focused()
