"""What the platform accepts: blocks of a message, and views, with ids given to what has none."""

import json

from workspace import blocks
from workspace.block_kit.surfaces import Surface
from workspace.block_kit.views import view_problems
from workspace.messages import file_id
from workspace.state import Workspace
from workspace.wire import Json, SlackError

_VIEW_LIMIT = 250_000


def message_blocks(
    ws: Workspace, given: object, *, too_long: str = "msg_blocks_too_long", at: str = "/blocks"
) -> list[Json]:
    """Return well-formed blocks whose files exist; SlackError otherwise."""
    parts = blocks.check(given, at=at)
    blocks.check_length(parts, too_long)
    _check_files(ws, parts)
    return blocks.named(parts, ws.ids)


def view(ws: Workspace, given: Json, kind: Surface) -> Json:
    """Return a well-formed view of that kind; SlackError otherwise."""
    if len(json.dumps(given)) > _VIEW_LIMIT:
        raise SlackError("view_too_large")
    problems = view_problems(given, kind)
    if problems:
        raise SlackError("invalid_arguments", blocks.refusal("", problems).messages)
    try:
        _check_files(ws, given["blocks"])
    except SlackError as error:
        raise SlackError("invalid_arguments", error.messages) from error
    return given | {"blocks": blocks.named(given["blocks"], ws.ids)}


def _check_files(ws: Workspace, parts: list[Json]) -> None:
    for each in blocks.files_named(parts):
        if not ws.files_ready(file_id(ws, each)):
            raise SlackError("invalid_blocks", ["[ERROR] invalid slack file"])
