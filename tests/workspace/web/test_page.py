"""The page in a real browser: what people do with it."""

import re
from typing import Literal

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect

from tests.workspace.web.scripted import Open, Site, message, picture, send, served

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "text", ["hello there", "你好，世界！＠大家", "مرحبا بالعالم", "🦊 <b>&amp;"]
)
def test_what_is_said_appears_as_typed(page: Page, text: str) -> None:
    send(page, text)
    expect(message(page, text)).to_have_attribute("data-user", "U0ANA")
    expect(page.get_by_test_id("composer")).to_have_value("")


def test_shift_enter_writes_a_new_line(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("first")
    composer.press("Shift+Enter")
    composer.press_sequentially("second")
    expect(composer).to_have_value("first\nsecond")


def test_enter_that_ends_a_composition_does_not_send(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.fill("ni hao")
    composer.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(composer).to_have_value("ni hao")


def test_a_draft_waits_in_its_channel(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.fill("half a thought")
    page.locator("#channels [data-channel=C0RANDOM]").click()
    expect(composer).to_have_value("")
    page.locator("#channels [data-channel=C0SUPPORT]").click()
    expect(composer).to_have_value("half a thought")


def test_commands_are_suggested_and_chosen_by_key(page: Page) -> None:
    composer, box = page.get_by_test_id("composer"), page.get_by_test_id("autocomplete").first
    composer.press_sequentially("/d")
    expect(box.get_by_role("option")).to_contain_text(["/draft", "/digest"])
    composer.press("ArrowDown")
    expect(box.locator("[aria-selected=true]")).to_contain_text("/digest")
    composer.press("ArrowUp")
    composer.press("Tab")
    expect(composer).to_have_value("/draft ")
    expect(box).to_contain_text("what to write")
    composer.press("Escape")
    expect(box).to_be_hidden()


def test_people_are_suggested_after_an_at_sign(page: Page) -> None:
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("请看，@晨")
    composer.press("Enter")
    expect(composer).to_have_value("请看，@chen ")
    composer.press("Enter")
    expect(message(page, "请看，@陈晨").locator(".mention")).to_have_text("@陈晨")


def test_a_command_is_answered_to_its_author_only(opened: Open, site: Site) -> None:
    ana, bo = opened(), opened("#/bo/C0SUPPORT")
    send(ana, "/draft a poem about 灯")
    expect(message(ana, "/draft got: a poem about 灯")).to_contain_text("Only visible to you")
    site.tell("a later message")
    expect(message(bo, "a later message")).to_be_visible()
    expect(message(bo, "/draft got")).to_have_count(0)


def test_an_ephemeral_message_can_be_dismissed(page: Page, site: Site) -> None:
    site.api("chat.postEphemeral", channel="C0SUPPORT", user="U0ANA", text="psst")
    expect(message(page, "psst")).to_contain_text("Only visible to you")
    message(page, "psst").get_by_text("Dismiss").click()
    expect(message(page, "psst")).to_have_count(0)


def test_an_unknown_command_is_refused_and_kept(page: Page) -> None:
    send(page, "/nonsense here")
    expect(page.locator("#toasts")).to_contain_text("/nonsense is not a command")
    expect(page.get_by_test_id("composer")).to_have_value("/nonsense here")


def test_a_reply_goes_to_the_thread_and_is_counted(page: Page) -> None:
    send(page, "a question for the thread")
    asked = message(page, "a question for the thread")
    asked.hover()
    asked.get_by_label("Reply in thread").click()
    send(page, "an answer in it", "thread-composer")
    inside = page.get_by_test_id("thread").get_by_test_id("message")
    expect(inside).to_contain_text(["a question for the thread", "an answer in it"])
    expect(asked).to_contain_text("1 reply")
    expect(message(page, "an answer in it")).to_have_count(0)


def test_a_new_reply_marks_its_thread_until_it_is_opened(page: Page, site: Site) -> None:
    ts = site.say("ana", "who knows this?")
    expect(message(page, "who knows this?")).to_be_visible()
    site.say("bo", "I do", thread_ts=ts)
    bar = message(page, "who knows this?").locator(".thread-bar")
    expect(bar).to_have_class(re.compile("fresh"))
    bar.click()
    expect(page.get_by_test_id("thread")).to_contain_text("I do")
    expect(bar).not_to_have_class(re.compile("fresh"))
    page.get_by_test_id("thread-composer").press("Escape")
    expect(page.get_by_test_id("thread")).to_be_hidden()


def test_a_permalink_leads_to_its_message(page: Page, site: Site) -> None:
    ts = site.say("bo", "find me")
    reply = site.tell("find my answer", thread_ts=ts)
    for wanted, query, text in ((ts, "", "find me"), (reply, f"?thread_ts={ts}", "find my answer")):
        link = site.api("chat.getPermalink", channel="C0SUPPORT", message_ts=wanted)["permalink"]
        page.goto(link.partition("?")[0] + query)
        expect(page.locator(".wanted")).to_contain_text(text)


def test_changes_and_deletions_are_followed(page: Page, site: Site) -> None:
    ts = site.tell("first words")
    expect(message(page, "first words")).to_be_visible()
    site.api("chat.update", channel="C0SUPPORT", ts=ts, text="second thoughts")
    expect(message(page, "second thoughts")).to_be_visible()
    expect(message(page, "first words")).to_have_count(0)
    site.api("chat.delete", channel="C0SUPPORT", ts=ts)
    expect(message(page, "second thoughts")).to_have_count(0)


LATE = """async () => {
    const {Store} = await import("/web/store.js");
    const [store, fetched] = [new Store("ana"), window.fetch];
    await store.refresh();
    const message = {ts: "9999999999.000001", user: "U0BO", text: "late"};
    window.fetch = async (...args) => {
        const reply = await fetched(...args);
        store.apply({type: "message", channel: "C0SUPPORT", message});
        return reply;
    };
    await store.load("C0SUPPORT");
    window.fetch = fetched;
    return store.list("C0SUPPORT").map((one) => one.text);
}"""


def test_what_arrives_while_a_channel_is_fetched_is_kept(page: Page, site: Site) -> None:
    site.say("bo", "before the fetch")
    assert page.evaluate(LATE)[-2:] == ["before the fetch", "late"]


def test_streamed_text_grows_and_can_be_stopped(page: Page, site: Site) -> None:
    ts = site.say("ana", "stream please")
    to = {"thread_ts": ts, "recipient_user_id": "U0ANA", "recipient_team_id": "T0LOCAL00"}
    stream = site.api("chat.startStream", channel="C0SUPPORT", markdown_text="**one", **to)["ts"]
    page.goto(f"{site.url}/#/ana/C0SUPPORT/{ts}")
    site.api("chat.appendStream", channel="C0SUPPORT", ts=stream, markdown_text=" two**")
    thread = page.get_by_test_id("thread")
    expect(thread.locator("strong", has_text="one two")).to_be_visible()
    thread.get_by_test_id("stop").click()
    expect(message(page, "stopped as asked")).to_be_visible()
    expect(thread.get_by_test_id("stop")).to_have_count(0)


def test_a_status_is_shown_until_the_app_answers(page: Page, site: Site) -> None:
    ts = site.say("ana", "think about it")
    place = {"channel_id": "C0SUPPORT", "thread_ts": ts}
    site.api("assistant.threads.setStatus", status="is thinking…", **place)
    asked = message(page, "think about it")
    expect(asked.get_by_test_id("status")).to_contain_text("is thinking…")
    expect(asked.get_by_test_id("stop")).to_be_visible()
    site.tell("done", thread_ts=ts)
    expect(asked.get_by_test_id("status")).to_have_count(0)


def test_reactions_are_counted_and_taken_back(page: Page, site: Site) -> None:
    ts = site.say("bo", "react to me")
    site.api("reactions.add", channel="C0SUPPORT", timestamp=ts, name="tada")
    chip = message(page, "react to me").locator(".reaction")
    expect(chip).to_have_text("🎉 1")
    chip.click()
    expect(chip).to_have_text("🎉 2")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    expect(chip).to_have_text("🎉 1")


def test_a_channel_is_bold_and_mentions_are_counted_until_it_is_opened(
    page: Page, site: Site
) -> None:
    link = page.locator("#channels [data-channel=C0RANDOM]")
    site.control("say", user="bo", channel="random", text="anyone?")
    expect(link).to_have_class(re.compile("has-unread"))
    expect(link.locator(".unread")).to_have_count(0)
    site.control("say", user="bo", channel="random", text="@ana, you?")
    expect(link.locator(".unread")).to_have_text("1")
    link.click()
    expect(message(page, "anyone?")).to_be_visible()
    expect(page.locator(".divider.new")).to_be_visible()
    expect(link).not_to_have_class(re.compile("has-unread"))


def test_each_person_sees_their_own_channels(page: Page) -> None:
    expect(page.get_by_test_id("person").get_by_text("陈晨")).to_be_visible()
    expect(page.locator("[data-channel=C0REVIEWERS]")).to_have_count(0)
    page.get_by_test_id("person").get_by_text("bo").click()
    expect(page.locator("[data-channel=C0REVIEWERS]")).to_be_visible()
    expect(page.locator(".person[aria-current]")).to_contain_text("bo")


def test_a_picture_is_uploaded_and_shown(page: Page) -> None:
    chosen = {"name": "lamp 灯.png", "mimeType": "image/png", "buffer": picture(60, 40)}
    page.locator("#composer input[type=file]").set_input_files(chosen)
    expect(page.locator("#composer .chip")).to_contain_text("lamp 灯.png")
    send(page, "look at this")
    image = message(page, "look at this").locator("img")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 60)


def test_another_file_is_a_card_with_its_size(page: Page) -> None:
    chosen = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"a" * 2048}
    page.locator("#composer input[type=file]").set_input_files(chosen)
    page.get_by_test_id("composer").press("Enter")
    expect(message(page, "notes.txt").locator(".file-card")).to_contain_text("2.0 KB")


def test_the_home_shows_what_the_app_publishes(page: Page) -> None:
    page.get_by_test_id("home-link").click()
    home = page.get_by_test_id("home")
    expect(home.locator("strong")).to_have_text("Your")
    home.get_by_role("button", name="Cancel all").click()
    page.locator("#channels [data-channel=C0SUPPORT]").click()
    expect(message(page, 'cancel: {"value": "all"}')).to_be_visible()


def test_a_modal_shows_errors_and_closes_when_it_is_accepted(page: Page) -> None:
    send(page, "/form")
    modal = page.get_by_test_id("modal")
    expect(modal).to_contain_text("New draft")
    modal.get_by_role("button", name="Write").click()
    expect(modal.locator("[data-block=words]")).to_contain_text("complete this required field")
    expect(modal.locator("[data-block=brief] .field-error")).to_be_empty()
    modal.get_by_label("How many words").fill("500")
    modal.get_by_label("Brief").fill("一盏灯")
    modal.get_by_label("Tone").click()
    modal.get_by_role("option", name="dry").click()
    modal.get_by_role("button", name="Write").click()
    expect(modal.locator("[data-block=words]")).to_contain_text("At most 100, please.")
    expect(modal.get_by_label("Brief")).to_have_value("一盏灯")
    modal.get_by_label("How many words").fill("80")
    modal.get_by_role("button", name="Write").click()
    expect(modal).to_be_hidden()
    expect(message(page, "80 words, dry")).to_be_visible()


def test_an_open_modal_survives_a_reload_and_closes_by_escape(page: Page) -> None:
    page.get_by_test_id("shortcuts").click()
    page.get_by_role("menuitem", name="New request").click()
    expect(page.get_by_test_id("modal")).to_contain_text("How many words")
    page.reload()
    expect(page.get_by_test_id("modal")).to_contain_text("How many words")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).to_be_hidden()


def test_a_message_shortcut_names_its_message(page: Page) -> None:
    send(page, "shorten me")
    message(page, "shorten me").hover()
    message(page, "shorten me").get_by_label("More message actions").click()
    page.get_by_role("menuitem", name="Reply to it").click()
    expect(message(page, "shortcut on: shorten me")).to_be_visible()


def test_the_panel_shows_envelopes_and_calls(page: Page, site: Site) -> None:
    page.get_by_test_id("panel-toggle").click()
    panel = page.get_by_test_id("panel")
    site.tell("seen by the panel")
    site.say("bo", "heard by the app")
    expect(panel.locator(".tag-call + .panel-name").last).to_have_text("chat.postMessage")
    expect(panel.locator(".tag-out").last).to_be_visible()
    expect(panel.locator(".tag-ack").last).to_be_visible()
    panel.get_by_label("Filter").fill("no such thing")
    expect(panel.locator(".panel-row:visible")).to_have_count(0)


def test_the_page_comes_back_after_the_server_did(browser: Browser) -> None:
    page = browser.new_page()
    with served() as before:
        page.goto(f"{before.url}/#/bo/C0SUPPORT")
        before.say("ana", "before the restart")
        expect(message(page, "before the restart")).to_be_visible()
    expect(page.locator("#connection")).to_have_text("Reconnecting…")
    with served(int(before.url.rpartition(":")[2])) as after:
        assert after.url == before.url
        expect(page.locator("#connection")).to_have_text("", timeout=20_000)
        after.say("ana", "after the restart")
        expect(message(page, "after the restart")).to_be_visible()
        expect(message(page, "before the restart")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colour_scheme(
    browser: Browser, site: Site, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(site.url)
    expect(page).to_have_title(re.compile("Atelier workspace"))
    channel = "([r]) => Number(r)"
    red = page.evaluate("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g)")
    assert (page.evaluate(channel, red) < 64) is (scheme == "dark")
    page.close()
