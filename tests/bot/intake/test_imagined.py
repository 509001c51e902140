"""What a form about pictures holds, as the request that somebody would have typed."""

from dataclasses import replace
from typing import Any

import pytest

from bot.imagining import Imagining
from bot.intake.events import Reader
from bot.intake.imagined import FIELDS, FORM, OPEN, PROMPT, About, styles_of
from bot.intake.meanings import Press
from bot.views.imagining import form
from generators.asked import FLAGS, asked
from generators.draft import Destination, Request
from generators.styles import Styles
from tests.bot.builders import VERBS, verb
from tests.bot.payloads import slash

IMAGINE = verb(use="generators.image:Imagine", flags=FLAGS, slash=True, aliases=("画",))
READER = Reader({**VERBS, "imagine": IMAGINE}, "UBOT")
NOBODY: Any = None
IMAGINING = Imagining(slack=NOBODY, delivery=NOBODY, verbs=READER.verbs)


def sent(prompt: str = "a red fox 🦊", **given: str) -> dict[str, Any]:
    """Return the payload of a form that was sent; what is given is by flag."""
    values: dict[str, Any] = {PROMPT: {PROMPT: {"value": prompt}}}
    for flag, text in given.items():
        name = FIELDS[flag]
        chosen = flag in {"n", "ar", "style"}
        field = {"selected_option": {"value": text}} if chosen else {"value": text}
        values[name] = {name: field}
    return {
        "type": "view_submission",
        "trigger_id": "1.2.3",
        "user": {"id": "U1", "team_id": "T1"},
        "view": {
            "id": "V1",
            "callback_id": FORM,
            "private_metadata": "imagine C1",
            "state": {"values": values},
        },
    }


@pytest.mark.parametrize(("command", "text"), [("/imagine", " "), ("/atelier", "画")])
def test_the_command_alone_opens_the_form(command: str, text: str) -> None:
    found = READER.meaning(slash(command, text))
    assert isinstance(found, Press)
    assert (found.what, found.request_id, found.here.channel) == (OPEN, "imagine", "C1")
    assert found.trigger_id


@pytest.mark.parametrize("text", ["--seed 3", "--sead 3"])
def test_a_command_with_flags_alone_is_answered_in_words(text: str) -> None:
    found = READER.meaning(slash("/imagine", text))
    assert isinstance(found, Request)
    assert found.verb == "help"


def test_another_generator_of_that_name_has_no_form() -> None:
    assert isinstance(replace(READER, verbs=VERBS).meaning(slash("/imagine", "")), Request)


def test_a_form_says_what_would_have_been_typed() -> None:
    flags = {"n": "4", "ar": "16:9", "style": "ink", "no": "文字", "seed": "7"}
    made = READER.meaning(sent(**flags))
    typed = READER.meaning(
        slash("/imagine", "a red fox 🦊 --n 4 --ar 16:9 --style ink --no 文字 --seed 7")
    )
    assert isinstance(made, Request)
    assert isinstance(typed, Request)
    assert (made.verb, made.prompt, made.flags) == (typed.verb, typed.prompt, typed.flags)
    assert (made.user, made.reply_to) == ("U1", Destination(channel="C1"))
    again = READER.meaning(sent(**flags))
    assert isinstance(again, Request)
    assert again.id == made.id


def test_what_looks_like_slacks_spelling_is_what_was_typed() -> None:
    made = READER.meaning(sent("一只猫 & <dog> &amp;"))
    assert isinstance(made, Request)
    assert made.prompt == "一只猫 & <dog> &amp;"


def test_what_is_left_to_the_model_is_no_flag() -> None:
    made = READER.meaning(sent(n="1", ar="-", style="-", no="", seed=""))
    assert isinstance(made, Request)
    assert made.flags == {"n": "1"}


@pytest.mark.parametrize(
    ("given", "flag", "says"),
    [
        ({"seed": "seven"}, "seed", "from 0 to 2147483647"),
        ({"prompt": "一只猫", "seed": "-1"}, "seed", "须为"),
        ({"no": "x" * 501}, "no", "at most 500"),
    ],
)
def test_what_is_wrong_is_shown_at_its_field(given: dict[str, str], flag: str, says: str) -> None:
    found = IMAGINING.checked(sent(**given))
    assert found is not None
    assert list(found["errors"]) == [FIELDS[flag]]
    assert says in found["errors"][FIELDS[flag]]


def test_what_is_right_is_taken_and_other_forms_are_left_alone() -> None:
    assert IMAGINING.checked(sent(n="4", ar="16:9", style="ink", seed="7")) is None
    other = sent()
    other["view"]["callback_id"] = "reporting"
    assert IMAGINING.checked(other) is None
    assert READER.meaning(other) is not None


def test_every_choice_of_the_form_is_one_that_may_be_typed() -> None:
    branded = verb(options={"style_brand": "flat, deep blue", "size": "64x64"})
    styles = styles_of(branded)
    made: Any = form(About("imagine", "C1"), styles)
    by_name = {block["block_id"]: block["element"] for block in made["blocks"]}
    for flag in ("n", "ar", "style"):
        for option in by_name[FIELDS[flag]]["options"]:
            if option["value"] != "-":
                asked("a", {flag: option["value"]}, styles)
    names = [option["value"] for option in by_name[FIELDS["style"]]["options"]]
    assert names[-1] == "brand"
    assert len(names) == len(Styles.of({}).known) + 2
