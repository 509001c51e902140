"""Views of the scripted app on a person's page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from tests.workspace.web.scripted import Json, Site, plain, send
from tests.workspace.web.watching import problems_of

if TYPE_CHECKING:  # playwright may be absent
    from playwright.sync_api import Browser, Locator, Page

Show: TypeAlias = "Callable[[Json], Locator]"
TEXT: Json = {"type": "plain_text_input"}


def modal(name: str, *blocks: Json, **more: object) -> Json:
    about = {"type": "modal", "callback_id": name, "title": plain(f"View {name}")}
    return about | {"submit": plain("Send"), "blocks": list(blocks), **more}


@contextmanager
def quiet_page(browser: "Browser", site: Site) -> "Iterator[Page]":
    """Bo's page of #support, which may not write errors to the console."""
    page = browser.new_page()
    page.set_default_timeout(10_000)
    problems = problems_of(page)
    page.goto(f"{site.url}/#/bo/C0SUPPORT")
    yield page
    page.close()
    assert not problems


@contextmanager
def showing(page: "Page", site: Site) -> Iterator[Show]:
    """Yield what shows a view as the app does after a command; close every view in the end."""
    dialog = page.get_by_test_id("modal")

    def show(view: Json) -> "Locator":
        site.views["one"] = view
        send(page, "/show one")
        dialog.get_by_role("heading", name=view["title"]["text"]).wait_for()
        return dialog

    yield show
    state = page.request.get(f"{site.url}/_control/state?user=bo").json()
    for view in reversed(state["views"]):
        site.control("close_view", user="bo", view_id=view["id"])
    dialog.wait_for(state="hidden")
    page.emulate_media(color_scheme="light")
    site.answers.clear()


def submitted(site: Site, name: str) -> Json:
    """Return the values of the newest submission of a view."""

    def fits(payload: Json) -> bool:
        return payload.get("type") == "view_submission" and payload["view"]["callback_id"] == name

    return site.last(fits)["view"]["state"]["values"]


def press(dialog: "Locator", name: str = "Send") -> None:
    """Press the button with exactly this name."""
    dialog.get_by_role("button", name=name, exact=True).click()
