"""Channels, direct messages and unread marks on the page."""

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from tests.workspace.web.scripted import Open, Site, message, send

pytestmark = pytest.mark.browser


def test_a_channel_is_created_and_people_are_invited(opened: Open) -> None:
    ana = opened()
    ana.get_by_test_id("add-channel").click()
    ana.get_by_role("menuitem", name="Create a channel").click()
    box = ana.get_by_test_id("create")
    box.get_by_test_id("channel-name").fill("Not A Name")
    box.get_by_role("button", name="Create", exact=True).click()
    expect(box.get_by_role("alert")).to_contain_text("lower-case letters")
    box.get_by_test_id("channel-name").fill("plan-灯")
    box.get_by_label("Private").check()
    box.get_by_role("button", name="Create", exact=True).click()
    expect(ana.locator("#place-title")).to_contain_text("plan-灯")
    bo = opened("#/bo/C0SUPPORT")
    entry = bo.locator("#channels").get_by_text("plan-灯")
    expect(entry).to_have_count(0)
    ana.get_by_test_id("details").click()
    ana.get_by_test_id("invite").select_option("U0BO")
    ana.get_by_role("button", name="Invite", exact=True).click()
    expect(entry).to_be_visible()
    expect(ana.get_by_test_id("details-box")).to_contain_text("Bo Lindqvist")


def test_a_public_channel_is_found_joined_and_left(opened: Open, site: Site) -> None:
    body = {"user": "bo", "name": "open-house", "is_private": False}
    where = site.post("/_control/channel", body)["channel"]["id"]
    page = opened()
    page.get_by_test_id("add-channel").click()
    page.get_by_role("menuitem", name="Browse channels").click()
    row = page.get_by_test_id("browse").locator(".pick-row", has_text="open-house")
    row.get_by_role("button", name="Join").click()
    expect(page.locator("#place-title")).to_contain_text("open-house")
    send(page, "hello house")
    expect(message(page, "hello house")).to_be_visible()
    page.get_by_test_id("details").click()
    page.get_by_role("button", name="Leave channel").click()
    expect(page.locator(f"#channels [data-channel={where}]")).to_have_count(0)
    expect(page.locator("#place-title")).not_to_contain_text("open-house")


def test_an_admin_archives_a_channel(opened: Open, site: Site) -> None:
    body = {"user": "chen", "name": "old-things", "is_private": False}
    where = site.post("/_control/channel", body)["channel"]["id"]
    page = opened(f"#/chen/{where}")
    page.get_by_test_id("details").click()
    page.get_by_role("button", name="归档频道").click()
    page.get_by_role("button", name="归档", exact=True).click()
    expect(page.locator(".composer-closed").first).to_contain_text("已归档")
    expect(page.get_by_test_id("composer")).to_be_hidden()


def test_people_write_to_each_other_and_in_groups(opened: Open) -> None:
    ana, bo = opened(), opened("#/bo/C0SUPPORT")
    ana.get_by_test_id("add-direct").click()
    box = ana.get_by_test_id("write-to")
    box.get_by_text("Bo Lindqvist").click()
    box.get_by_role("button", name="Open conversation").click()
    expect(ana.locator("#place-title")).to_have_text("bo")
    send(ana, "just for you")
    entry = bo.locator("#directs .place", has_text="ana").first
    expect(entry.locator(".unread")).to_have_text("1")
    entry.click()
    expect(message(bo, "just for you")).to_be_visible()
    expect(entry.locator(".unread")).to_have_count(0)
    ana.get_by_test_id("add-direct").click()
    box.get_by_text("Bo Lindqvist").click()
    box.get_by_text("陈晨").first.click()
    box.get_by_role("button", name="Open conversation").click()
    expect(ana.locator("#place-title")).to_have_text("bo, 陈晨")
    send(ana, "for both of you")
    expect(bo.locator("#directs").get_by_text("ana, 陈晨")).to_be_visible()


def test_what_is_read_stays_read_after_a_reload(opened: Open, site: Site) -> None:
    page = opened("#/bo/C0GENERAL")
    site.control("say", user="ana", channel="random", text="@bo one")
    link = page.locator("#channels [data-channel=C0RANDOM]")
    expect(link.locator(".unread")).to_have_text(re.compile(r"\d"))
    with page.expect_response("**/_control/read"):
        link.click()
    page.goto(f"{site.url}/#/bo/C0GENERAL")
    page.reload()
    expect(page.locator("#messages .list-start")).to_be_visible()
    expect(link).not_to_have_class(re.compile("has-unread"))


def test_a_message_is_marked_unread(page: Page, site: Site) -> None:
    site.say("bo", "read this later")
    later = message(page, "read this later")
    later.hover()
    later.get_by_label("More message actions").click()
    page.get_by_role("menuitem", name="Mark unread").click()
    expect(page.locator(".divider.new")).to_be_visible()
    page.locator("#channels [data-channel=C0RANDOM]").click()
    link = page.locator("#channels [data-channel=C0SUPPORT]")
    expect(link).to_have_class(re.compile("has-unread"))
    link.click()
    page.locator("#channels [data-channel=C0RANDOM]").click()
    expect(link).not_to_have_class(re.compile("has-unread"))


def test_who_is_removed_no_longer_sees_the_channel(opened: Open, site: Site) -> None:
    body = {"user": "bo", "name": "passing", "is_private": False}
    where = site.post("/_control/channel", body)["channel"]["id"]
    site.control("join", user="ana", channel=where)
    page = opened(f"#/ana/{where}")
    expect(page.locator("#messages .list-start")).to_contain_text("passing")
    site.control("kick", user="bo", channel=where, removed="ana")
    expect(page.locator("#place-title")).not_to_contain_text("passing")
    expect(page.locator(f"[data-channel={where}]")).to_have_count(0)
