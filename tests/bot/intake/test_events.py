import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.escaped import plain
from bot.intake.events import Reader
from bot.intake.meanings import Changed, Decision, HomeOpened, Press
from generators.draft import Destination, Request, UserId
from tests.bot.builders import VERBS
from tests.bot.payloads import BOT, changed, click, direct, home, mention, message, regrouped, slash

SLACK_DATA = Path(__file__).parents[3] / "../shared/data/slack"
READER = Reader(VERBS, BOT)


def asked(body: dict[str, Any]) -> Request:
    meaning = READER.meaning(body)
    assert isinstance(meaning, Request), meaning
    return meaning


def said(one: Request) -> tuple[str, str]:
    return one.verb, one.prompt


def test_a_slash_command_is_a_request_in_its_channel() -> None:
    one = asked(slash("/imagine", "a cat --seed 7"))
    assert (one.verb, one.prompt, one.flags, one.user) == ("imagine", "a cat", {"seed": "7"}, "U1")
    assert one.reply_to == Destination(channel="C1")


def test_every_verb_works_under_the_general_command() -> None:
    assert said(asked(slash("/atelier", "翻译：你好 --to English"))) == ("translate", "你好")


def test_a_command_that_is_not_understood_is_told_to_its_author_alone() -> None:
    one = asked(slash("/atelier", "transalte this"))
    assert one.verb == "help"
    assert one.flags == {
        "problem": "verb",
        "said": "transalte",
        "meant": "translate",
        "about": "",
    }
    assert one.reply_to == Destination(channel="C1", only_for=UserId("U1"))


def test_a_flag_that_is_not_known_names_its_verb() -> None:
    assert asked(slash("/imagine", "a cat --setps 3")).flags == {
        "problem": "flag",
        "said": "setps",
        "meant": "steps",
        "about": "imagine",
    }


def test_the_same_command_twice_is_two_requests_and_the_same_telling_is_one() -> None:
    first, again = asked(slash()), asked(slash())
    other = asked(slash(trigger_id="17.43.abc"))
    assert first.id == again.id
    assert first.id != other.id


def test_where_an_answer_goes_depends_on_the_verb() -> None:
    assert asked(slash("/draft", "hello")).reply_to == Destination(channel="U1")
    assert asked(slash("/atelier", "help")).reply_to == Destination(
        channel="C1", only_for=UserId("U1")
    )


def test_a_mention_is_answered_in_its_thread() -> None:
    one = asked(mention("ask why?"))
    assert said(one) == ("ask", "why?")
    assert one.reply_to == Destination(channel="C1", thread_ts="100.5")
    in_thread = asked(mention("ask why?", thread_ts="99.1", ts="101.2"))
    assert in_thread.reply_to == Destination(channel="C1", thread_ts="99.1")


def test_a_mention_anywhere_in_the_text_is_left_out() -> None:
    assert said(asked(mention(text=f"ask why <@{BOT}>?"))) == ("ask", "why  ?")


def test_a_message_told_as_mention_and_as_message_is_one_request() -> None:
    text = f"!ask <@{BOT}> why?"
    first = asked(mention(text=text, thread_ts="99.1"))
    second = asked(message(text, thread_ts="99.1"))
    assert first.id == second.id
    assert first == second


@pytest.mark.parametrize("other", [{"ts": "100.6"}, {"channel": "C2"}])
def test_other_messages_are_other_requests(other: dict[str, str]) -> None:
    assert asked(mention()).id != asked(mention(**other)).id


def test_a_direct_message_needs_no_mention_and_is_answered_beside_it() -> None:
    one = asked(direct("why?"))
    assert said(one) == ("ask", "why?")
    assert one.reply_to == Destination(channel="D1")
    assert asked(direct("why?", thread_ts="99.1")).reply_to.thread_ts == "99.1"


def test_in_a_thread_a_verb_after_an_exclamation_mark_is_enough() -> None:
    assert said(asked(message("!问：为什么？", thread_ts="99.1"))) == ("ask", "为什么？")
    assert said(asked(message("!ask: why", thread_ts="99.1"))) == ("ask", "why")


@pytest.mark.parametrize(
    "body",
    [
        message("!nice work", thread_ts="99.1"),
        message("!", thread_ts="99.1"),
        message("! ask why", thread_ts="99.1"),
        message("ask why", thread_ts="99.1"),
        message("!ask why"),
        message("hello"),
        message("", thread_ts="99.1"),
    ],
)
def test_people_may_talk_to_each_other(body: dict[str, Any]) -> None:
    assert READER.meaning(body) is None


@pytest.mark.parametrize(
    "given_",
    [
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"bot_id": "B1"},
        {"user": None},
        {"channel": None},
    ],
)
@pytest.mark.parametrize("kind", [mention, direct])
def test_what_nobody_typed_is_ignored(kind: Any, given_: dict[str, Any]) -> None:
    assert READER.meaning(kind("ask why?", **given_)) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_a_message_with_a_file_or_sent_to_the_channel_too_counts(subtype: str) -> None:
    assert said(asked(mention("ask why?", subtype=subtype))) == ("ask", "why?")


def test_a_misunderstood_mention_is_answered_where_it_was_asked() -> None:
    one = asked(mention("transalte:"))
    assert (one.verb, one.reply_to) == ("help", Destination(channel="C1", thread_ts="100.5"))


def test_help_after_a_mention_is_for_all_who_saw_the_question() -> None:
    assert asked(mention("help")).reply_to == Destination(channel="C1", thread_ts="100.5")


def test_a_click_is_a_decision() -> None:
    assert READER.meaning(click()) == Decision("abc", UserId("U2"), approve=True)


@pytest.mark.parametrize("what", ["claim", "edit", "reject", "appeal"])
def test_a_click_that_decides_nothing_is_a_press(what: str) -> None:
    told = {
        **click(f"review_{what}"),
        "trigger_id": "1.2.x",
        "channel": {"id": "C1"},
        "message": {"ts": "2.5", "thread_ts": "1.5"},
    }
    here = Destination(channel="C1", thread_ts="1.5")
    assert READER.meaning(told) == Press(what, "abc", UserId("U2"), here, trigger_id="1.2.x")


def test_a_press_in_the_home_has_no_channel() -> None:
    press = READER.meaning({**click("review_claim"), "channel": None})
    assert isinstance(press, Press)
    assert press.here == Destination(channel="")


def submitted(form: str, **values: Any) -> dict[str, Any]:
    state = {"values": {name: {name: value} for name, value in values.items()}}
    view = {"callback_id": form, "private_metadata": "abc", "state": state}
    user = {"id": "U2", "team_id": "T1"}
    return {"type": "view_submission", "trigger_id": "t", "user": user, "view": view}


def test_a_form_that_is_sent_is_a_decision() -> None:
    rejected = READER.meaning(
        submitted(
            "review_rejecting",
            reason={"selected_option": {"value": "other"}},
            note={"value": "不行\0"},
        )
    )
    edited = READER.meaning(submitted("review_editing", words={"value": "A < B &amp; 词"}))
    assert rejected == Decision(
        "abc", UserId("U2"), approve=False, team="T1", reason="other", note="不行�", trigger_id="t"
    )
    assert edited == Decision(
        "abc", UserId("U2"), approve=True, team="T1", edit="A < B &amp; 词", trigger_id="t"
    )


def test_fields_left_empty_are_empty() -> None:
    rejected = READER.meaning(
        submitted("review_rejecting", reason={"selected_option": None}, note={"value": None})
    )
    assert isinstance(rejected, Decision)
    assert (rejected.reason, rejected.note, rejected.edit) == ("", "", None)


def test_another_form_means_nothing() -> None:
    assert READER.meaning(submitted("somebody_elses")) is None


def test_a_click_says_which_workspace_it_comes_from() -> None:
    told = click()
    told["user"]["team_id"] = "T2"
    assert READER.meaning(told) == Decision("abc", UserId("U2"), approve=True, team="T2")


@pytest.mark.parametrize("body", [click("other_button"), {**click(), "actions": []}])
def test_other_clicks_mean_nothing(body: dict[str, Any]) -> None:
    assert READER.meaning(body) is None


def test_who_is_not_as_they_were_is_named_and_no_more() -> None:
    assert READER.meaning(changed("U7", deleted=True)) == Changed("U7")
    assert READER.meaning(regrouped("S7")) == Changed("S7")


def test_an_opened_home_is_shown() -> None:
    assert READER.meaning(home()) == HomeOpened(UserId("U1"))
    assert READER.meaning(home(tab="messages")) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "event_callback"},
        {"event": None},
        {"event": {"type": "reaction_added"}},
        {"type": "view_submission", "view": {}},
        {"type": "hello"},
    ],
)
def test_everything_else_is_none_of_our_business(body: dict[str, Any]) -> None:
    assert READER.meaning(body) is None


@pytest.mark.parametrize(
    ("slacks", "plainly"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<https://a.example/x|a.example>", "https://a.example/x"),
        ("<https://a.example/x#part>", "https://a.example/x#part"),
        ("<https://a.example/@user/!x>", "https://a.example/@user/!x"),
        ("<mailto:ana@a.example|ana@a.example>", "ana@a.example"),
        ("<tel:+15550100|+1 555-0100>", "tel:+15550100"),
        ("<#C1|general> and <#C2|隐私>", "#general and #隐私"),
        ("<@U5> said <!here> to <!subteam^S1|@ops>", "<@U5> said <!here> to <!subteam^S1|@ops>"),
        ("1 &lt; 2 and 3 &gt; 2", "1 < 2 and 3 > 2"),
    ],
)
def test_slacks_escaping_is_undone(slacks: str, plainly: str) -> None:
    assert plain(slacks) == plainly


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_what_was_typed_comes_back_through_slacks_escaping(typed: str) -> None:
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped) == typed


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    for body in (slash(text=text), mention(text=text), direct(text), message(text, thread_ts="9")):
        READER.meaning(body)


@pytest.mark.parametrize(
    ("file", "body"),
    [
        ("app-backend/SlashCommandPayload.json", slash()),
        ("app-backend/BlockActionPayload.json", click()),
        ("events/AppMention.json", mention(thread_ts="9.9")),
        ("events/Message.json", direct(thread_ts="9.9")),
        ("events/MessageFileShare.json", direct(subtype="file_share")),
        ("events/MessageThreadBroadcast.json", message(subtype="thread_broadcast")),
        ("events/AppHomeOpened.json", home()),
    ],
)
def test_our_payloads_have_the_shape_of_slacks(file: str, body: dict[str, Any]) -> None:
    if not SLACK_DATA.is_dir():
        pytest.skip("needs the reference payloads of Slack beside the repository")
    reference = json.loads((SLACK_DATA / file).read_text(encoding="utf-8"))
    assert set(body) <= set(reference)
    for key in ("event", "user", "channel", "team"):
        if isinstance(body.get(key), dict):
            assert set(body[key]) - {"ts"} <= set(reference[key]), key
            assert {type(value) for value in body[key].values()} <= {str}


@pytest.mark.parametrize("file", ["MessageBot", "MessageChanged", "MessageDeleted"])
def test_slacks_own_samples_of_what_nobody_typed_are_ignored(file: str) -> None:
    if not SLACK_DATA.is_dir():
        pytest.skip("needs the reference payloads of Slack beside the repository")
    sample = json.loads((SLACK_DATA / f"events/{file}.json").read_text(encoding="utf-8"))
    sample["event"]["channel_type"] = "im"
    assert READER.meaning(sample) is None


def test_a_request_names_the_team_of_who_asks() -> None:
    assert asked(slash()).team == asked(mention()).team == "T1"
    stranger = mention()
    stranger["event"]["user_team"] = "T9"
    assert asked(stranger).team == "T9"


@pytest.mark.parametrize("unfit", ["\x00", "\ud83d"])
def test_what_no_database_takes_is_replaced(unfit: str) -> None:
    assert asked(slash("/ask", f"why{unfit} 为什么 😀?")).prompt == "why\ufffd 为什么 😀?"


def test_reporting_an_answer_begins_by_a_button_or_by_its_shortcut() -> None:
    pressed = READER.meaning({**click("report"), "trigger_id": "t", "channel": {"id": "C1"}})
    assert pressed == Press("report", "abc", UserId("U2"), Destination(channel="C1"), "", "t")
    used = {
        "type": "message_action",
        "callback_id": "report",
        "trigger_id": "t",
        "user": {"id": "U2", "username": "bo"},
        "team": {"id": "T1", "domain": "firm"},
        "channel": {"id": "C1", "name": "general"},
        "message": {"ts": "2.5", "thread_ts": "1.5", "text": "回答"},
    }
    here = Destination(channel="C1", thread_ts="1.5")
    assert READER.meaning(used) == Press("report", "", UserId("U2"), here, "T1", "t", ts="2.5")
    assert READER.meaning({**used, "callback_id": "somebody_elses"}) is None


def test_a_report_that_is_sent_says_why() -> None:
    told = READER.meaning(submitted("reporting", reason={"selected_option": {"value": "other"}}))
    own = Destination(channel="U2")
    assert told == Press("reported", "abc", UserId("U2"), own, "T1", reason="other")


@pytest.mark.parametrize(
    ("pressed", "stays"), [("report_take_back", False), ("report_dismiss", True)]
)
def test_a_click_decides_on_a_report(pressed: str, stays: bool) -> None:
    decided = Decision("abc", UserId("U2"), approve=stays, reported=True)
    assert READER.meaning(click(pressed)) == decided


def shortcut(**message_: str) -> dict[str, Any]:
    return {
        "type": "message_action",
        "callback_id": "draft_reply",
        "trigger_id": "17.44.abc",
        "team": {"id": "T1"},
        "user": {"id": "U2"},
        "channel": {"id": "C7"},
        "message": {"ts": "900.1", "text": "Refund? 🙂", **message_},
    }


def test_the_shortcut_of_a_message_asks_for_a_draft_in_private_however_often_it_is_told() -> None:
    asked = READER.meaning(shortcut())
    assert isinstance(asked, Request)
    assert (asked.verb, asked.prompt, asked.user, asked.team) == ("draft", "", "U2", "T1")
    assert asked.reply_to == Destination(channel="U2")
    assert asked.about == Destination(channel="C7", thread_ts="900.1")
    assert READER.meaning(shortcut()) == asked
    inside = READER.meaning(shortcut(thread_ts="800.1"))
    assert isinstance(inside, Request)
    assert inside.about == Destination(channel="C7", thread_ts="800.1")
    assert Reader({}, BOT).meaning(shortcut()) is None


def test_a_draft_that_is_asked_for_in_a_thread_is_about_it() -> None:
    asked = READER.meaning(mention("draft refund?", thread_ts="100.1"))
    assert isinstance(asked, Request)
    assert asked.about == Destination(channel="C1", thread_ts="100.1")
    assert asked.reply_to == Destination(channel="U1")
    for other in (mention("draft refund?"), mention("ask why?", thread_ts="100.1")):
        found = READER.meaning(other)
        assert isinstance(found, Request)
        assert found.about is None


@pytest.mark.parametrize("what", ["reply_send", "reply_edit", "reply_shorter", "reply_hand_over"])
def test_the_buttons_of_a_draft_are_presses(what: str) -> None:
    pressed = READER.meaning(click(what))
    assert isinstance(pressed, Press)
    assert (pressed.what, pressed.request_id) == (what, "abc")


def test_the_forms_of_a_draft_say_what_was_typed_and_why() -> None:
    view: dict[str, Any] = {"callback_id": "reply_editing", "private_metadata": "abc known"}
    view["state"] = {"values": {"words": {"words": {"value": "好的\x00"}}}}
    body = {"type": "view_submission", "user": {"id": "U2"}, "trigger_id": "t", "view": view}
    edited = READER.meaning(body)
    assert isinstance(edited, Press)
    assert (edited.what, edited.request_id, edited.reason) == ("reply_edited", "abc", "known")
    assert edited.said == "好的\ufffd"
    view |= {"callback_id": "reply_rejecting", "private_metadata": "abc"}
    view["state"] = {"values": {"reason": {"reason": {"selected_option": {"value": "other"}}}}}
    rejected = READER.meaning(body)
    assert isinstance(rejected, Press)
    assert (rejected.what, rejected.reason, rejected.trigger_id) == ("reply_rejected", "other", "t")


def test_the_form_of_a_suggested_article_brings_heading_and_words() -> None:
    fields = {name: {name: {"value": f"{name} 词"}} for name in ("title", "words")}
    view: dict[str, Any] = {"callback_id": "learning", "private_metadata": "abc"}
    view["state"] = {"values": fields}
    body = {"type": "view_submission", "user": {"id": "U2"}, "trigger_id": "t", "view": view}
    told = READER.meaning(body)
    assert isinstance(told, Press)
    assert (told.what, told.request_id, told.title, told.said) == (
        "learnt",
        "abc",
        "title 词",
        "words 词",
    )
    for name in ("learn", "learn_no"):
        pressed = READER.meaning(click(name))
        assert isinstance(pressed, Press)
        assert (pressed.what, pressed.request_id) == (name, "abc")
