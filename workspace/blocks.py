"""Block Kit as the platform takes it: the check, length limits, ids for what has none, files.

The rules themselves are in `block_kit`. Length limits of a whole message are not documented; they
were measured on real workspaces.
"""

from collections.abc import Iterator
from itertools import chain

from workspace.block_kit import surfaces
from workspace.block_kit.data import written as texts
from workspace.block_kit.elements import ELEMENTS
from workspace.block_kit.rules import Problem
from workspace.block_kit.surfaces import Surface
from workspace.ids import Ids
from workspace.wire import Json, SlackError

MESSAGE_BLOCKS = surfaces.MOST["message"]
VIEW_BLOCKS = surfaces.MOST["modal"]
MARKDOWN_LIMIT = 12_000
ALL_TEXT_LIMIT = 13_200
_TOLD = 100
_ACTIVE = frozenset(ELEMENTS) - {"image"}


def check(blocks: object, surface: Surface = "message", at: str = "/blocks") -> list[Json]:
    """Return the blocks when they are well formed.

    Raises SlackError `invalid_blocks_format` when they are no list of objects, and
    `invalid_blocks` with every broken rule.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    problems = surfaces.problems(blocks, surface, at)
    if problems:
        raise refusal("invalid_blocks", problems)
    return blocks


def refusal(code: str, problems: list[Problem]) -> SlackError:
    """Return the refusal that names these problems, in `errors` and in words."""
    lines = [each.line for each in problems[:_TOLD]]
    return SlackError(code, [f"[ERROR] {each}" for each in lines], {"errors": lines})


def check_length(blocks: list[Json], too_long: str) -> None:
    """Refuse text that no message can hold: `msg_too_long`, or `too_long` for all together."""
    written = [str(block["text"]) for block in blocks if block.get("type") == "markdown"]
    if sum(map(len, written)) > MARKDOWN_LIMIT:
        raise SlackError("msg_too_long")
    if sum(len(each) for block in blocks for each in texts(block)) > ALL_TEXT_LIMIT:
        raise SlackError(too_long)


def named(blocks: list[Json], ids: Ids) -> list[Json]:
    """Return the blocks with a `block_id` and `action_id`s where their author left them out."""
    return [_named(block, ids) for block in blocks]


def elements(block: Json) -> list[Json]:
    """Return a block's interactive parts: elements, an accessory or an input's element."""
    found = (each for each, _ in surfaces.elements(block))
    return [each for each in found if each.get("type") in _ACTIVE]


def interactive(shown: Json) -> Iterator[tuple[Json, Json]]:
    """Yield every interactive part of a message or view with its block, in attachments too."""
    parts = [shown, *(shown.get("attachments") or ())]
    for block, _ in chain.from_iterable(
        surfaces.nested(each.get("blocks") or []) for each in parts
    ):
        yield from ((block, element) for element in elements(block))


def files_named(part: object) -> Iterator[Json]:
    """Yield every `slack_file` object, at any depth, in order."""
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if isinstance(each.get("slack_file"), dict):
                yield each["slack_file"]
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def _named(block: Json, ids: Ids) -> Json:
    block = {**block, "block_id": block.get("block_id") or ids.short()}
    for key in ("elements", "actions"):
        if isinstance(block.get(key), list):
            block[key] = [_with_action(each, ids) for each in block[key]]
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            block[key] = _with_action(block[key], ids)
    for key in ("child_blocks", "fallback", *(["elements"] * (block["type"] == "carousel"))):
        if isinstance(block.get(key), list):
            block[key] = named(block[key], ids)
    return block


def _with_action(element: Json, ids: Ids) -> Json:
    if element.get("type") not in _ACTIVE or element.get("action_id"):
        return element
    return {**element, "action_id": ids.short()}
