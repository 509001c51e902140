"""What a form about a schedule holds, as the request that somebody would have typed."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.kinds import KINDS, wanted
from bot.intake.planned import FORM, HOLIDAYS, KIND, About, Filled, planned, prompt
from bot.planning import checked
from bot.views.notices import Notice
from tests.bot.builders import VERBS, verb

WITH: Mapping[str, Any] = {**VERBS, "schedule": verb(flags=("length", "quiet", "holidays"))}


def sent(when: str = "every day at 9", number: int = 0, **chosen: Any) -> dict[str, Any]:
    """Return the payload of a form that was sent, with these fields."""
    about = About(speech="en", channel="C1", zone="Asia/Shanghai", number=number)
    channels, holidays = chosen.pop("channels", []), chosen.pop("holidays", "")
    fields: dict[str, Any] = {
        name: {"selected_option": {"value": value}} for name, value in chosen.items()
    }
    fields["plan_when"] = {"value": when}
    if holidays:
        fields[HOLIDAYS] = {"value": holidays}
    fields["plan_channels"] = {"selected_conversations": channels}
    values = {f"{name}-{number}": {name: field} for name, field in fields.items()}
    return {
        "type": "view_submission",
        "trigger_id": "1.2.3",
        "user": {"id": "U1", "team_id": "T1"},
        "view": {
            "id": "V1",
            "callback_id": FORM,
            "private_metadata": about.text,
            "state": {"values": values},
        },
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "digest every day at 9"),
        ({KIND: "mine"}, "for me every day at 9"),
        ({KIND: "usage"}, "usage every day at 9"),
        ({KIND: "reviews", "when": "每天9点"}, "待审核 每天9点"),
        ({"channels": ["C2", "C3"]}, "digest <#C2> <#C3> every day at 9"),
        ({"number": 2, "when": ""}, "edit 2 digest"),
        ({"number": 2, "when": "每天9点", KIND: "usage"}, "修改 2 用量 每天9点"),
    ],
)
def test_a_form_says_what_would_have_been_typed(given: dict[str, Any], said: str) -> None:
    request = planned(sent(**given), WITH)
    assert request is not None
    assert (request.verb, request.prompt, request.user) == ("schedule", said, "U1")
    assert request.reply_to.channel == "C1"
    again = planned(sent(**given), WITH)
    assert again is not None
    assert again.id == request.id


def test_cron_is_worded_in_the_language_of_the_form() -> None:
    about = About(speech="zh", channel="C1", zone="UTC", number=2)
    filled = Filled(kind="usage", channels=(), when="0 9 * * 1-5", flags={})
    assert prompt(about, filled) == "修改 2 用量 0 9 * * 1-5"


def test_options_are_flags_of_what_takes_them() -> None:
    chosen: dict[str, Any] = {"plan_length": "long", "plan_quiet": "10", "holidays": " cn "}
    request = planned(sent(**chosen), WITH)
    assert request is not None
    assert request.flags == {"length": "long", "quiet": "10", "holidays": "cn"}
    other: dict[str, Any] = {**chosen, KIND: "usage"}
    request = planned(sent(**other), WITH)
    assert request is not None
    assert request.flags == {"holidays": "cn"}
    request = planned(sent(), WITH)
    assert request is not None
    assert request.flags["holidays"] == "no"


def test_other_forms_and_an_installation_without_schedules_are_left_alone() -> None:
    assert planned(sent(), VERBS) is None
    other = sent()
    other["view"]["callback_id"] = "reporting"
    assert planned(other, WITH) is None
    assert checked(other) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"when": "soon"}, "plan_when-0"),
        ({"when": ""}, "plan_when-0"),
        ({"when": "每隔两天", "number": 3}, "plan_when-3"),
        ({KIND: "usage", "channels": ["C2"]}, "plan_channels-0"),
    ],
)
def test_what_is_wrong_is_shown_at_its_field(given: dict[str, Any], field: str) -> None:
    found = checked(sent(**given))
    assert found is not None
    assert found["response_action"] == "errors"
    assert list(found["errors"]) == [field]


def test_the_words_beside_a_field_are_fixed() -> None:
    found = checked(sent("the roadmap 🙂"))
    assert found is not None
    assert found["errors"]["plan_when-0"] == Notice.PLAN_UNCLEAR.text("en")


@pytest.mark.parametrize("given", [{}, {"when": "", "number": 2}, {"when": "每个工作日9点"}])
def test_what_is_right_is_taken(given: dict[str, Any]) -> None:
    assert checked(sent(**given)) is None


@given(
    st.sampled_from(["digest", "mine", "usage", "reviews"]),
    st.sampled_from(["every weekday at 9:00", "每周一9点", "0 9 * * 1-5"]),
    st.lists(st.sampled_from(["C2", "C3", "CABC9"]), unique=True, max_size=3),
)
def test_a_typed_request_means_what_was_chosen(kind: str, when: str, channels: list[str]) -> None:
    reads = kind in {"digest", "mine"}
    chosen = tuple(channels) if reads else ()
    about = About(speech="en", channel="C1", zone="UTC")
    said = prompt(about, Filled(kind=kind, channels=chosen, when=when, flags={}))
    found = wanted(said)
    assert (found.when, found.channels, found.direct) == (when, chosen, kind == "mine")
    assert KINDS[found.kind].reads == reads
    assert found.says
