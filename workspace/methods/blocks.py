"""blocks.validate: checks what an app would send, without sending it and without a token."""

from workspace.args import Call
from workspace.block_kit.rules import Problem
from workspace.block_kit.surfaces import problems
from workspace.block_kit.views import view_problems
from workspace.wire import Json, SlackError

_ONE = ("blocks", "message", "view")


def validate(call: Call) -> Json:
    """Check exactly one of `blocks`, `message` and `view`.

    Raises SlackError `invalid_blocks`, `invalid_message` or `invalid_view`, whose `errors` name
    each broken rule with its JSON pointer, and `invalid_arguments`.
    """
    given = [name for name in _ONE if call.given.get(name) is not None]
    if len(given) != 1:
        words = "must provide exactly one of `blocks`, `view`, or `message`"
        raise SlackError("invalid_arguments", [words])
    found = _found(given[0], call.given[given[0]])
    if found:
        raise SlackError(f"invalid_{given[0]}", more={"errors": [each.body() for each in found]})
    return {}


def _found(name: str, value: object) -> list[Problem]:
    if not isinstance(value, list if name == "blocks" else dict):
        raise SlackError("invalid_arguments", [f"`{name}` must be valid JSON"])
    if name == "blocks":
        return problems(value, "message", "")
    if not isinstance(value, dict):
        return []
    if name == "view":
        return view_problems(value, "home" if value.get("type") == "home" else "modal", "")
    return problems(value.get("blocks") or [], "message", "/blocks")
