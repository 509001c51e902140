"""What a person has entered in an element: its form in `state.values`, and what may be entered.

docs.slack.dev/reference/views#state. The limits are those that Slack's client enforces before it
sends a form: it asks for required fields, lengths, ranges and formats in its own words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from workspace import blocks
from workspace.block_kit.elements import is_date, is_number, is_time, options_of
from workspace.people import Channel, User
from workspace.state import Workspace
from workspace.wire import Json, Refused

REQUIRED = "Please complete this required field."


@dataclass(frozen=True, slots=True)
class Form:
    """How an element's entry looks: its key, what stands there when empty, the initial field."""

    key: str
    initial: str
    many: bool = False

    @property
    def empty(self) -> list[object] | None:
        """What stands under the key while nothing is entered."""
        return [] if self.many else None


def _menus(kind: str, what: str) -> dict[str, Form]:
    one = Form(f"selected_{what}", f"initial_{what}")
    many = Form(f"selected_{what}s", f"initial_{what}s", many=True)
    return {f"{kind}_select": one, f"multi_{kind}_select": many}


_TYPED = Form("value", "initial_value")
FORMS: Mapping[str, Form] = MappingProxyType(
    {
        **_menus("static", "option"),
        **_menus("external", "option"),
        **_menus("users", "user"),
        **_menus("conversations", "conversation"),
        **_menus("channels", "channel"),
        "checkboxes": Form("selected_options", "initial_options", many=True),
        "radio_buttons": Form("selected_option", "initial_option"),
        "datepicker": Form("selected_date", "initial_date"),
        "timepicker": Form("selected_time", "initial_time"),
        "datetimepicker": Form("selected_date_time", "initial_date_time"),
        "plain_text_input": _TYPED,
        "number_input": _TYPED,
        "email_text_input": _TYPED,
        "url_text_input": _TYPED,
        "rich_text_input": Form("rich_text_value", "initial_value"),
        "file_input": Form("files", "", many=True),
    }
)
"""Every element that keeps what a person enters."""


def initial(shown: Json, here: str = "") -> Json:
    """Return the values of a message's or view's elements before anyone touches them.

    `here` is the conversation in which the form was opened, for `default_to_current_conversation`.
    """
    values: Json = {}
    for block, element in blocks.interactive(shown):
        form = FORMS.get(element["type"])
        if form is not None:
            entry = _untouched(form, element, here)
            values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def entered(ws: Workspace, user: User, element: Json, given: Json) -> Json:
    """Return the entry for what a page sent; Refused when the element cannot hold it."""
    form = FORMS[element["type"]]
    value = given.get(form.key, form.empty)
    value = None if value == "" else value
    if form.many and not isinstance(value, list):
        raise Refused("invalid_value")
    if form.many:
        value = [_one(ws, user, element, form, each) for each in value or ()]
    elif value is not None:
        value = _one(ws, user, element, form, value)
    entry = {"type": element["type"], form.key: value}
    return entry | ({"timezone": element["timezone"]} if "timezone" in element else {})


def merged(ws: Workspace, user: User, shown: Json, before: Json, given: Json) -> Json:
    """Return the values with what a page sent in the place of what was there.

    A page may be a moment behind: what it sends for an input that is gone is left out.
    """
    found = {
        (block["block_id"], element["action_id"]): element
        for block, element in blocks.interactive(shown)
        if element["type"] in FORMS
    }
    values = {block_id: dict(entries) for block_id, entries in before.items()}
    for block_id, entries in given.items():
        for action_id, entry in entries.items() if isinstance(entries, dict) else ():
            element = found.get((block_id, action_id))
            if element is not None and isinstance(entry, dict):
                values.setdefault(block_id, {})[action_id] = entered(ws, user, element, entry)
    return values


def check_known(shown: Json, given: Json) -> None:
    """Refuse values for an input that a form does not have."""
    known = {(block["block_id"], each["action_id"]) for block, each in blocks.interactive(shown)}
    for block_id, of in given.items():
        if not isinstance(of, dict) or any((block_id, name) not in known for name in of):
            raise Refused("no_such_input")


def problems(view: Json) -> dict[str, str]:
    """Return what Slack's client would say to these values, by block; empty: they may be sent."""
    values = view["state"]["values"]
    found: dict[str, str] = {}
    for block, element in blocks.interactive(view):
        if block["type"] == "input":
            entry = values.get(block["block_id"], {}).get(element["action_id"], {})
            value = entry.get(FORMS[element["type"]].key)
            needed = not block.get("optional")
            said = next(_minds(element, value), "") if value else REQUIRED * needed
            if said:
                found[block["block_id"]] = said
    return found


def _untouched(form: Form, element: Json, here: str) -> Json:
    value = element.get(form.initial, form.empty) if form.initial else form.empty
    if element.get("default_to_current_conversation") and here and not value:
        value = [here] if form.many else here
    entry = {"type": element["type"], form.key: value}
    return entry | ({"timezone": element["timezone"]} if "timezone" in element else {})


def _one(ws: Workspace, user: User, element: Json, form: Form, value: object) -> object:
    """Return one chosen or typed thing as it stands in an entry."""
    kind = form.key.removeprefix("selected_").removesuffix("s")
    match kind:
        case "option":
            return _option(element, value)
        case "user" if value not in ws.directory.users:
            raise Refused("user_not_found", 404)
        case "channel" | "conversation":
            return _conversation(ws, user, element, value)
        case "file":
            return _file(ws, value)
        case "rich_text_value" if not isinstance(value, dict):
            raise Refused("invalid_value")
        case "date_time":
            return _whole(value)
    return value if kind in {"user", "rich_text_value"} else str(value)


def _option(element: Json, value: object) -> Json:
    wanted = value.get("value") if isinstance(value, dict) else value
    known = next((each for each in options_of(element) if each["value"] == wanted), None)
    if known is not None:
        return known
    if "external" in element["type"] and wanted:
        plain = {"type": "plain_text", "text": str(wanted), "emoji": True}
        return value if isinstance(value, dict) else {"text": plain, "value": str(wanted)}
    raise Refused("option_not_found", 404)


def _conversation(ws: Workspace, user: User, element: Json, value: object) -> str:
    channel = ws.directory.channels.get(str(value))
    if channel is None or not (user.id in channel.members or channel.type == "channel"):
        raise Refused("channel_not_found", 404)
    if not fits(ws, channel, element):
        raise Refused("channel_filtered_out")
    return channel.id


def fits(ws: Workspace, channel: Channel, element: Json) -> bool:
    """Tell whether a menu offers this conversation: by its kind and its `filter`."""
    kinds = {"channel": "public", "group": "private"}
    kind = kinds.get(channel.type, channel.type)
    if "channels_select" in element["type"]:
        return kind == "public"
    wanted: Json = element.get("filter") or {}
    with_bot = any(ws.directory.users[each].is_bot for each in channel.members)
    if wanted.get("exclude_bot_users") and kind == "im" and with_bot:
        return False
    return kind in wanted.get("include", (kind,))


def _file(ws: Workspace, value: object) -> Json:
    identity = value.get("id") if isinstance(value, dict) else value
    stored = ws.files.get(str(identity))
    if stored is None or not stored.is_complete:
        raise Refused("file_not_found", 404)
    return stored.info


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("invalid_value")
    return int(value)


def _minds(element: Json, value: object) -> Iterator[str]:
    """Yield what the client minds about a value that is there."""
    match element["type"]:
        case "plain_text_input":
            yield from _length(element, str(value))
        case "number_input":
            yield from _number(element, str(value))
        case "email_text_input" if not _is_email(str(value)):
            yield "Please enter a valid email address."
        case "url_text_input" if not _is_url(str(value)):
            yield "Please enter a valid URL."
        case "datepicker" if not is_date(str(value)):
            yield "Please enter a valid date."
        case "timepicker" if not is_time(str(value)):
            yield "Please enter a valid time."
        case _:
            yield from _count(element, value)


def _length(element: Json, value: str) -> Iterator[str]:
    if len(value) < element.get("min_length", 0):
        yield f"Please enter at least {element['min_length']} characters."
    most = element.get("max_length", 3000)
    if len(value) > most:
        yield f"Please enter no more than {most} characters."


def _number(element: Json, value: str) -> Iterator[str]:
    if not is_number(value):
        yield "Please enter a number."
    elif not element["is_decimal_allowed"] and "." in value:
        yield "Please enter a whole number."
    elif "min_value" in element and float(value) < float(element["min_value"]):
        yield f"Please enter a number of at least {element['min_value']}."
    elif "max_value" in element and float(value) > float(element["max_value"]):
        yield f"Please enter a number of at most {element['max_value']}."


def _count(element: Json, value: object) -> Iterator[str]:
    files = element["type"] == "file_input"
    most = element.get("max_files", 10) if files else element.get("max_selected_items")
    if most is not None and isinstance(value, list) and len(value) > most:
        yield f"Please choose no more than {most}."
    kinds, given = element.get("filetypes"), value if isinstance(value, list) else []
    if kinds and any(_suffix(each["name"]) not in kinds for each in given):
        yield f"Please choose files of these kinds: {', '.join(kinds)}."


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lstrip(".").lower()


def _is_email(value: str) -> bool:
    name, at, host = value.partition("@")
    return bool(name and at and "." in host.strip(".") and not set(value) & set(" \t\n"))


def _is_url(value: str) -> bool:
    scheme, colon, rest = value.partition("://")
    return bool(colon and rest) and scheme in {"http", "https"} and " " not in value
