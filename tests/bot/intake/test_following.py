from typing import Any

import pytest

from bot.intake.events import Reader
from bot.intake.following import value_of
from bot.intake.meanings import Press
from generators.draft import Destination, Request, UserId
from tests.bot.builders import VERBS, request, verb
from tests.bot.payloads import BOT, TEAM, click

VERBS_WITH_CODE = {**VERBS, "code": verb(slash=True, reads="thread", files=True)}
READER = Reader(VERBS_WITH_CODE, BOT)
EARLIER = request(verb="code")
HERE = {"channel": {"id": "C9"}, "message": {"ts": "5.0"}}


def pressed(act: str, value: str = "", **action: Any) -> dict[str, Any]:
    body = click(f"code_{act}", value or value_of(EARLIER))
    body["actions"][0] |= {"text": {"type": "plain_text", "text": "Fix"}, **action}
    return {**body, **HERE}


def asked(body: dict[str, Any]) -> Request:
    meaning = READER.meaning(body)
    assert isinstance(meaning, Request), meaning
    return meaning


def shortcut(callback: str, **message: Any) -> dict[str, Any]:
    shown = {"type": "message", "ts": "5.0", "user": "U2", **message}
    return {
        "type": "message_action",
        "callback_id": callback,
        "trigger_id": "1.2",
        "team": {"id": TEAM},
        "user": {"id": "U1"},
        "channel": {"id": "C9"},
        "message": shown,
    }


def test_a_button_under_a_program_asks_about_it_in_its_thread() -> None:
    one = asked(pressed("fix"))
    assert (one.verb, one.prompt) == ("code", "Fix")
    assert one.flags == {"do": "fix", "of": EARLIER.id.hex}
    assert one.reply_to == Destination(channel="C9", thread_ts="5.0")


def test_tests_are_shown_to_who_asks() -> None:
    assert asked(pressed("show")).reply_to.only_for == UserId("U2")


def test_a_language_can_be_chosen() -> None:
    option = {"text": {"type": "plain_text", "text": "移植到 Go"}}
    option |= {"value": value_of(EARLIER, "go")}
    one = asked(pressed("port", selected_option=option))
    assert one.flags == {"do": "port", "of": EARLIER.id.hex, "to": "go"}
    assert one.prompt == "移植到 Go"


def test_the_same_telling_is_one_request_and_another_press_is_another() -> None:
    assert asked(pressed("fix")).id == asked(pressed("fix")).id
    again = {**pressed("fix"), "trigger_id": "18.1.xyz"}
    assert asked(pressed("fix")).id != asked(again).id


@pytest.mark.parametrize("value", ["", "x", "code/klingon/00", "a/b/c/d"])
def test_values_that_are_none_of_ours_are_refused(value: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the intake answers 400 to any
        READER.meaning(pressed("fix", value or " "))


def test_a_verb_that_is_gone_asks_nothing() -> None:
    assert Reader(VERBS, BOT).meaning(pressed("fix")) is None


def test_the_shortcut_reviews_what_a_message_says() -> None:
    one = asked(shortcut("review_code", text="```x &lt; 1```"))
    assert (one.verb, one.prompt, one.flags) == ("code", "```x < 1```", {"do": "review"})
    assert one.reply_to == Destination(channel="C9", thread_ts="5.0")


def test_of_our_own_messages_it_reviews_what_their_blocks_say() -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "```\ny = 2\n```"}}]
    one = asked(shortcut("review_code", text="It parses.", bot_id="B1", blocks=blocks))
    assert one.prompt == "```\ny = 2\n```"


def test_a_message_with_files_is_named() -> None:
    one = asked(shortcut("review_code", text="", files=[{"id": "F1"}], thread_ts="4.0"))
    assert one.flags == {"do": "review", "at": "5.0"}
    assert one.reply_to.thread_ts == "4.0"


def test_the_other_shortcut_is_what_it_was() -> None:
    assert isinstance(READER.meaning(shortcut("report", text="hello")), Press)
    assert Reader(VERBS, BOT).meaning(shortcut("review_code", text="x")) is None
