"""What the platform accepts: blocks of a message, and views, with ids given to what has none."""

import json

from workspace import blocks
from workspace.messages import file_id
from workspace.state import Workspace
from workspace.wire import Json, SlackError

_VIEW_LIMIT = 250_000
_LABEL_LIMIT = 24
_METADATA_LIMIT = 3000


def message_blocks(
    ws: Workspace, given: object, *, too_long: str = "msg_blocks_too_long"
) -> list[Json]:
    """Return well-formed blocks whose files exist; SlackError otherwise."""
    parts = blocks.check(given)
    blocks.check_length(parts, too_long)
    _check_files(ws, parts)
    return blocks.named(parts, ws.ids)


def view(ws: Workspace, given: Json, kind: str) -> Json:
    """Return a well-formed view of that kind (`modal`, `home`); SlackError otherwise."""
    problems = _view_problems(given, kind)
    if problems:
        raise SlackError("invalid_arguments", [f"[ERROR] {each}" for each in problems])
    if len(json.dumps(given)) > _VIEW_LIMIT:
        raise SlackError("view_too_large")
    try:
        parts = blocks.check(given.get("blocks"), most=blocks.VIEW_BLOCKS)
        _check_files(ws, parts)
    except SlackError as error:
        raise SlackError("invalid_arguments", error.messages) from error
    return given | {"blocks": blocks.named(parts, ws.ids)}


def _check_files(ws: Workspace, parts: list[Json]) -> None:
    for each in blocks.files_named(parts):
        if not ws.files_ready(file_id(ws, each)):
            raise SlackError("invalid_blocks", ["[ERROR] invalid slack file"])


def _view_problems(given: Json, kind: str) -> list[str]:
    problems: list[str] = []
    if given.get("type") != kind:
        problems.append(f"must provide a view of type {kind} [json-pointer:/view/type]")
    problems += _label_problems(given, kind)
    if kind == "modal" and _has_input(given.get("blocks")) and not given.get("submit"):
        problems.append("`submit` is required with an input block [json-pointer:/view/submit]")
    if len(str(given.get("private_metadata") or "")) > _METADATA_LIMIT:
        problems.append(f"private_metadata must be at most {_METADATA_LIMIT} characters")
    return problems


def _has_input(parts: object) -> bool:
    return isinstance(parts, list) and any(
        isinstance(each, dict) and each.get("type") == "input" for each in parts
    )


def _label_problems(given: Json, kind: str) -> list[str]:
    present = [name for name in ("title", "submit", "close") if given.get(name) is not None]
    needed = {"title"} if kind == "modal" else set[str]()
    wrong = [name for name in sorted({*present, *needed}) if not _is_label(given.get(name))]
    return [f"{name} must be plain_text of 1 to {_LABEL_LIMIT} characters" for name in wrong]


def _is_label(value: object) -> bool:
    if not isinstance(value, dict) or value.get("type") != "plain_text":
        return False
    return 1 <= len(str(value.get("text", ""))) <= _LABEL_LIMIT
