from typing import Any

import pytest

from bot.intake.doubles import DOUBLE_S, Doubles
from bot.intake.events import Reader
from bot.intake.meanings import Press
from bot.intake.pictured import is_question
from bot.views.pictured import buttons, changing
from generators.draft import Destination, Grid, Image, Request, UserId
from tests.bot.builders import VERBS, request, verb
from tests.bot.payloads import BOT, TEAM, click, mention, message, slash

ALONE = ("info", "信息")
PICTURED = {
    **VERBS,
    "imagine": VERBS["imagine"].model_copy(update={"asides": ("origin",)}),
    "retouch": verb(reads="thread", pictures=True),
    "origin": verb(answers="ephemeral", pictures=True, empty=True, alone=ALONE),
}
READER = Reader(PICTURED, BOT)
EARLIER = request("a red heart", verb="imagine")
HERE = {"channel": {"id": "C9"}, "message": {"ts": "5.0", "thread_ts": "4.0"}}


def elements(content: Any = None, speech: Any = "en", earlier: Request = EARLIER) -> list[Any]:
    rows = buttons(content or Image(b"", "a red heart"), earlier, speech)
    return [element for row in rows for element in row["elements"]]


def pressed(label: str, content: Any = None, **more: Any) -> dict[str, Any]:
    for element in elements(content):
        for option in element.get("options", [element]):
            if option["text"]["text"] == label:
                body = click(element["action_id"], option["value"])
                chosen = {"selected_option": option} if "options" in element else {}
                body["actions"][0] |= {"text": option["text"], **chosen}
                return {**body, **HERE, **more}
    raise AssertionError(label)


def asked(body: dict[str, Any]) -> Request:
    meaning = READER.meaning(body)
    assert isinstance(meaning, Request), meaning
    return meaning


@pytest.mark.parametrize(
    ("label", "verb_", "flags"),
    [
        ("Upscale", "retouch", {"do": "upscale"}),
        ("Vary", "retouch", {"do": "vary"}),
        ("Remove background", "retouch", {"do": "cutout"}),
        ("Reroll", "imagine", {"do": "reroll"}),
        ("Info", "origin", {}),
    ],
)
def test_a_button_asks_about_its_picture_in_its_thread(
    label: str, verb_: str, flags: dict[str, str]
) -> None:
    one = asked(pressed(label))
    assert (one.verb, one.prompt) == (verb_, label)
    assert one.flags == {**flags, "of": EARLIER.id.hex}
    private = UserId("U2") if label == "Info" else None
    assert one.reply_to == Destination(channel="C9", thread_ts="4.0", only_for=private)


def test_pictures_on_a_sheet_have_their_own_buttons() -> None:
    sheet = Grid((Image(b"", "a"), None, Image(b"", "b")), "a")
    labels = [e["text"]["text"] for e in elements(sheet) if "text" in e]
    assert labels == ["Upscale 1", "Upscale 3", "Vary 1", "Vary 3", "Reroll"]
    assert asked(pressed("Vary 3", sheet)).flags["cell"] == "3"
    ids = [element["action_id"] for element in elements(sheet)]
    assert len(set(ids)) == len(ids)


def test_what_comes_out_the_same_is_not_drawn_again() -> None:
    enlarged = request("x", verb="retouch", flags={"do": "upscale"})
    labels = [e["text"]["text"] for e in elements(earlier=enlarged, speech="zh") if "text" in e]
    assert labels == ["放大", "变体"]


@pytest.mark.parametrize(("label", "what"), [("Delete", "delete"), ("Edit…", "change")])
def test_other_presses_ask_nothing_yet(label: str, what: str) -> None:
    one = READER.meaning(pressed(label))
    assert isinstance(one, Press)
    assert (one.what, one.request_id, one.ts) == (f"picture_{what}", EARLIER.id.hex, "5.0")


def test_the_form_asks_with_words_and_mask() -> None:
    press = READER.meaning(pressed("Edit…"))
    assert isinstance(press, Press)
    from bot.intake.pictured import read  # noqa: PLC0415 - beside its use

    view = changing(read(press.said), ("C9", "4.0"), "en")
    values = {
        "words": {"words": {"value": "make it &lt;blue&gt;"}},
        "mask": {"mask": {"files": [{"id": "F7"}]}},
    }
    sent = {**view, "id": "V1", "state": {"values": values}}
    body = {"type": "view_submission", "user": {"id": "U1"}, "team": {"id": TEAM}, "view": sent}
    one = asked(body)
    assert (one.verb, one.prompt) == ("retouch", "make it <blue>")
    assert one.flags == {"do": "edit", "of": EARLIER.id.hex, "files": "F7"}
    assert one.reply_to == Destination(channel="C9", thread_ts="4.0")
    assert asked(body).id == one.id


@pytest.mark.parametrize("value", ["", "vary/imagine/xyz/", "vary/imagine/00/111", "a/b/c/d/e"])
def test_values_that_are_none_of_ours_are_refused(value: str) -> None:
    body = {**click("picture_vary", value or " "), **HERE}
    with pytest.raises(ValueError):  # noqa: PT011 - the intake answers 400 to any
        READER.meaning(body)


@pytest.mark.parametrize(
    ("text", "verb_"),
    [
        (f"<@{BOT}> make it night", "retouch"),
        (f"<@{BOT}> 改成夜晚", "retouch"),
        (f"<@{BOT}> what is this?", "ask"),
        (f"<@{BOT}> translate it", "translate"),
    ],
)
def test_a_picture_with_words_is_to_be_changed(text: str, verb_: str) -> None:
    files = [{"id": "F1", "mimetype": "image/png"}, {"id": "F2", "name": "a.HEIC"}, {"id": "F3"}]
    one = asked(message(text, type="app_mention", subtype="file_share", files=files))
    assert one.verb == verb_
    assert one.flags.get("files") == ("F1 F2" if verb_ == "retouch" else None)


def test_the_shortcut_asks_where_a_message_is_from() -> None:
    body = {
        "type": "message_action",
        "callback_id": "picture_source",
        "trigger_id": "1.2",
        "team": {"id": TEAM},
        "user": {"id": "U1"},
        "channel": {"id": "C9"},
        "message": {"ts": "5.0", "files": [{"id": "F1", "mimetype": "image/png"}]},
    }
    assert asked(body).flags == {"files": "F1"}
    assert asked({**body, "message": {"ts": "5.0"}}).flags == {"at": "5.0"}
    assert asked(body).reply_to.only_for == "U1"


@pytest.mark.parametrize("words", ["Can you make it red?", "能把它改成红色吗？", "please?", "🌃"])
def test_wishes_are_no_questions(words: str) -> None:
    assert not is_question(words)


def test_two_presses_in_a_moment_are_one_and_later_ones_another() -> None:
    now = [0.0]
    doubles = Doubles(lambda one: one, lambda: now[0])
    first, second, other = (
        asked(pressed(label, trigger_id=f"{n}.x"))
        for n, label in enumerate(("Vary", "Vary", "Upscale"))
    )
    assert doubles.one(first).id == doubles.one(second).id == first.id
    assert doubles.one(other).id == other.id
    now[0] = DOUBLE_S + 0.1
    assert doubles.one(second).id == second.id


LINK = "https://a.slack.com/archives/C9/p1764554400000100?thread_ts=1764554400.000100&cid=C9"


@pytest.mark.parametrize(
    "said", ["info", "INFO", "信息", f"info {LINK}", f"信息：{LINK}", "info #2"]
)
@pytest.mark.parametrize("before", ["", "imagine ", "画 "])
def test_info_is_a_verb_where_no_more_than_a_picture_follows(said: str, before: str) -> None:
    one = asked(mention(f"{before}{said}", thread_ts="4.0"))
    assert (one.verb, one.prompt) == ("origin", said)


@pytest.mark.parametrize("said", ["info", f"信息 <{LINK}>"])
def test_info_is_one_after_the_command_too_and_for_one_person(said: str) -> None:
    one = asked(slash("/imagine", said))
    assert (one.verb, one.reply_to.only_for) == ("origin", one.user)
    assert one.prompt == said.replace("<", "").replace(">", "")
    assert asked(slash("/atelier", said)).verb == "origin"


@pytest.mark.parametrize(
    ("text", "verb_"),
    [
        ("info desk with a person", "imagine"),
        ("信息 图标", "imagine"),
        (f"info {LINK} in red", "imagine"),
        ("information", "imagine"),
    ],
)
def test_info_stays_a_word_of_what_is_drawn(text: str, verb_: str) -> None:
    one = asked(slash("/imagine", text))
    assert (one.verb, one.prompt) == (verb_, text)


@pytest.mark.parametrize("text", ["info about refunds", "信息 安全是什么"])
def test_a_question_that_begins_with_it_stays_one(text: str) -> None:
    one = asked(mention(text))
    assert (one.verb, one.prompt) == ("ask", text)


def test_it_may_be_typed_with_a_mark_in_a_thread() -> None:
    one = asked(message("!info #2", thread_ts="4.0"))
    assert (one.verb, one.prompt) == ("origin", "info #2")
    ignored = message("!info desk hours", thread_ts="4.0")
    assert READER.meaning(ignored) is None
