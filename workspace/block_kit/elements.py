"""Block elements: buttons, menus, pickers, inputs, pictures.

docs.slack.dev/reference/block-kit/block-elements. Which block takes which is in `layout`, which
surface takes which in `surfaces`.
"""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from workspace.block_kit.objects import (
    CONFIRM,
    DISPATCH,
    FEEDBACK,
    FILTER,
    LINK_OPTION,
    OPTION,
    OPTION_GROUP,
    OPTIONS,
    RICH_OPTION,
    SLACK_FILE,
    STYLE,
    URL,
    WORKFLOW,
    plain,
)
from workspace.block_kit.rich_text import RICH_TEXT
from workspace.block_kit.rules import (
    Also,
    Problem,
    Problems,
    Rule,
    Shape,
    array,
    enum,
    exactly_one,
    flag,
    kinds,
    matching,
    number,
    string,
    together,
)
from workspace.wire import Json

IMAGE: Mapping[str, Rule] = MappingProxyType(
    {
        "image_url": URL,
        "slack_file": SLACK_FILE,
        "alt_text": string(2000),
        "fallback": string(least=0),
        "image_width": number(0),
        "image_height": number(0),
        "image_bytes": number(0),
        "is_animated": flag(),
    }
)
"""The fields of a picture; those from `fallback` on are the platform's own additions."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONGEST_INPUT = 3000
_PEOPLE = array(string(), 1, 10)


def is_date(value: str) -> bool:
    """Tell whether this is a day written `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def is_time(value: str) -> bool:
    """Tell whether this is a time of day written `HH:mm`."""
    return _TIME.fullmatch(value) is not None


def is_number(value: str) -> bool:
    """Tell whether this is a decimal number."""
    return _NUMBER.fullmatch(value) is not None


_NUMERAL = matching(is_number, "must be a number")


def options_of(element: Json) -> list[Json]:
    """Return an element's options, in groups or not."""
    groups = [group.get("options") or [] for group in element.get("option_groups") or ()]
    return [*(element.get("options") or ()), *(each for group in groups for each in group)]


def _initial(value: Json, at: str) -> Problems:
    """Look for the initial options among the options."""
    known = [(each["value"], each["text"]["text"]) for each in options_of(value)]
    given = [value[name] for name in ("initial_option",) if value.get(name) is not None]
    for each in [*given, *(value.get("initial_options") or ())]:
        if (each["value"], each["text"]["text"]) not in known:
            words = f"initial option is not among the options: {each['value']}"
            yield Problem(words, at, {"type": "initial_option"})


def _ordered(least: str, most: str) -> Also:
    def check(value: Json, at: str) -> Problems:
        if least in value and most in value and float(value[least]) > float(value[most]):
            yield Problem(f"`{least}` must not be greater than `{most}`", at, {"type": "range"})

    return check


def _decimals(value: Json, at: str) -> Problems:
    for name in ("initial_value", "min_value", "max_value"):
        if not value["is_decimal_allowed"] and "." in str(value.get(name) or ""):
            yield Problem("must be an integer", f"{at}/{name}", {"type": "format"})


def _element(required: str = "", also: Also | None = None, **fields: Rule) -> Shape:
    common = {"type": string(), "action_id": string(255, least=0)}
    return Shape(common | fields, tuple(required.split()), also)


def _field(required: str = "", also: Also | None = None, **fields: Rule) -> Shape:
    """Return an element that holds what a person entered."""
    common = {"placeholder": plain(150), "focus_on_load": flag()}
    return _element(required, also, **common, **fields)


def _typed(required: str = "", also: Also | None = None, **fields: Rule) -> Shape:
    return _field(required, also, dispatch_action_config=DISPATCH, **fields)


def _menu(multi_name: str, initial: Rule, name: str = "", **fields: Rule) -> dict[str, Shape]:
    """Return a select menu and its multi-select form."""
    kind, what = f"{multi_name}_select", name or multi_name.removesuffix("s")
    also = {"static": together(exactly_one("options", "option_groups"), _initial)}.get(multi_name)
    fields = {**fields, "confirm": CONFIRM}
    many = {k: rule for k, rule in fields.items() if k != "response_url_enabled"}
    many |= {f"initial_{what}s": array(initial), "max_selected_items": number(1, whole=True)}
    return {
        kind: _field("", also, **fields, **{f"initial_{what}": initial}),
        f"multi_{kind}": _field("", also, **many),
    }


_CHOICES = {
    "options": array(OPTION, 1, OPTIONS),
    "option_groups": array(OPTION_GROUP, 1, OPTIONS),
}
_SHOWN = {"default_to_current_conversation": flag(), "filter": FILTER}
_BOXES = {"options": array(RICH_OPTION, 1, 10), "confirm": CONFIRM}
_LABEL = string(75)

ELEMENTS: Mapping[str, Shape] = MappingProxyType(
    {
        "button": _element(
            "text",
            text=plain(75),
            url=string(3000, least=0),
            value=string(2000, least=0),
            style=STYLE,
            confirm=CONFIRM,
            accessibility_label=_LABEL,
            agent_prompt=string(4000),
            agent_prompt_display=string(),
            visible_to_user_ids=array(string(), 1),
        ),
        **_menu("static", OPTION, "option", **_CHOICES),
        **_menu("external", OPTION, "option", min_query_length=number(0, whole=True)),
        **_menu("users", string()),
        **_menu("conversations", string(), **_SHOWN, response_url_enabled=flag()),
        **_menu("channels", string(), response_url_enabled=flag()),
        "overflow": _element("options", options=array(LINK_OPTION, 1, 5), confirm=CONFIRM),
        "checkboxes": _field("options", _initial, **_BOXES, initial_options=array(RICH_OPTION, 1)),
        "radio_buttons": _field("options", _initial, **_BOXES, initial_option=RICH_OPTION),
        "datepicker": _field(
            initial_date=matching(is_date, "must be a date (YYYY-MM-DD)"), confirm=CONFIRM
        ),
        "timepicker": _field(
            initial_time=matching(is_time, "must be a time (HH:mm)"),
            timezone=string(),
            confirm=CONFIRM,
        ),
        "datetimepicker": _field(
            initial_date_time=number(10**9, 10**10 - 1, whole=True), confirm=CONFIRM
        ),
        "plain_text_input": _typed(
            "",
            _ordered("min_length", "max_length"),
            initial_value=string(_LONGEST_INPUT, least=0),
            multiline=flag(),
            min_length=number(0, _LONGEST_INPUT, whole=True),
            max_length=number(1, _LONGEST_INPUT, whole=True),
        ),
        "number_input": _typed(
            "is_decimal_allowed",
            together(_ordered("min_value", "max_value"), _decimals),
            is_decimal_allowed=flag(),
            initial_value=_NUMERAL,
            min_value=_NUMERAL,
            max_value=_NUMERAL,
        ),
        "email_text_input": _typed(initial_value=string(least=0)),
        "url_text_input": _typed(initial_value=string(least=0)),
        "rich_text_input": _typed(
            initial_value=kinds(lambda: {"rich_text": RICH_TEXT}),
            min_lines=number(1, whole=True),
            max_lines=number(1, whole=True),
        ),
        "file_input": _element(
            filetypes=array(string(), 1), max_files=number(1, 10, whole=True), focus_on_load=flag()
        ),
        "workflow_button": _element(
            "text workflow",
            text=plain(75),
            workflow=WORKFLOW,
            style=STYLE,
            accessibility_label=_LABEL,
        ),
        "feedback_buttons": _element(
            "positive_button negative_button", positive_button=FEEDBACK, negative_button=FEEDBACK
        ),
        "icon_button": _element(
            "icon text",
            icon=enum("trash"),
            text=plain(75),
            value=string(2000),
            accessibility_label=_LABEL,
            visible_to_user_ids=_PEOPLE,
            confirm=CONFIRM,
        ),
        "image": Shape(
            {"type": string(), **IMAGE}, ("alt_text",), exactly_one("image_url", "slack_file")
        ),
    }
)
BUTTONS = frozenset({"button", "workflow_button", "feedback_buttons", "icon_button", "overflow"})
"""Elements that are pressed and hold nothing."""
