"""Where blocks and elements may stand, and what holds for a message's or view's blocks together.

Available surfaces are those of each page of docs.slack.dev/reference/block-kit. Unknown there, and
allowed everywhere here: `auth_provider`, `card`, `carousel`.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from workspace.block_kit.layout import BLOCKS
from workspace.block_kit.rules import Problem, Problems, array, kinds
from workspace.wire import Json

Surface: TypeAlias = Literal["message", "modal", "home"]
Found: TypeAlias = Iterator[tuple[Json, str]]
MOST: Mapping[Surface, int] = MappingProxyType({"message": 50, "modal": 100, "home": 100})
_MODAL_ONLY = frozenset(
    {"alert", "email_text_input", "url_text_input", "number_input", "file_input"}
)
_MESSAGE_ONLY = frozenset(
    {"call", "container", "context_actions", "data_visualization", "file", "markdown", "plan"}
    | {"table", "task_card", "workflow_button", "feedback_buttons", "icon_button"}
)
_REFUSED: Mapping[Surface, frozenset[str]] = MappingProxyType(
    {
        "message": _MODAL_ONLY | {"rich_text_input"},
        "modal": _MESSAGE_ONLY | {"data_table"},
        "home": _MESSAGE_ONLY | _MODAL_ONLY | {"datetimepicker"},
    }
)
_AT_MOST: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "table": (1, "only_one_table_allowed"),
        "data_visualization": (2, "too many data_visualization blocks"),
    }
)
_INSIDE = ("elements", "child_blocks", "tasks", "fallback")
_ELEMENTS = ("elements", "actions", "accessory", "element")


def problems(blocks: object, surface: Surface, at: str) -> list[Problem]:
    """Return all that is wrong with a surface's blocks; `at` is the pointer of their array."""
    found = list(array(kinds(lambda: BLOCKS), 0, MOST[surface])(blocks, at))
    if found or not isinstance(blocks, list):
        return found
    inner = list(nested(blocks, at))
    parts = [*inner, *(each for block, where in inner for each in elements(block, where))]
    found += [each for part, where in parts for each in _misplaced(part, where, surface)]
    return [*found, *_taken_ids(inner), *_too_many(blocks, at), *_focus(parts)]


def nested(blocks: list[Json], at: str = "") -> Found:
    """Yield every block with its pointer: also those inside containers, carousels and plans."""
    for index, block in enumerate(blocks):
        yield block, f"{at}/{index}"
        for key in _INSIDE:
            parts = block.get(key)
            if isinstance(parts, list) and parts and _are_blocks(block, key):
                yield from nested(parts, f"{at}/{index}/{key}")


def elements(block: Json, at: str = "") -> Found:
    """Yield a block's own elements with their pointers."""
    for key in _ELEMENTS:
        part = block.get(key)
        if isinstance(part, dict):
            yield part, f"{at}/{key}"
        elif isinstance(part, list) and not _are_blocks(block, key):
            yield from ((each, f"{at}/{key}/{i}") for i, each in enumerate(part))


def _are_blocks(block: Json, key: str) -> bool:
    return key not in _ELEMENTS or (key == "elements" and block.get("type") == "carousel")


def _misplaced(part: Json, at: str, surface: Surface) -> Problems:
    if part["type"] in _REFUSED[surface]:
        yield Problem(f"unsupported type: {part['type']}", f"{at}/type", {"type": "enum"})
    if part.get("response_url_enabled") and (surface != "modal" or not at.endswith("/element")):
        words = "`response_url_enabled` needs an input block in a modal"
        yield Problem(words, at, {"type": "dependency"})


def _taken_ids(blocks: list[tuple[Json, str]]) -> Problems:
    seen: set[str] = set()
    for block, at in blocks:
        name = block.get("block_id")
        if name and name in seen:
            words = f'`block_id` "{name}" already exists'
            yield Problem(words, f"{at}/block_id", {"type": "unique_items"})
        seen.add(name or "")
        yield from _taken_actions(block, at)


def _taken_actions(block: Json, at: str) -> Problems:
    seen: set[str] = set()
    for element, where in elements(block, at):
        name = element.get("action_id")
        if name and name in seen:
            words = f'`action_id` "{name}" already exists'
            yield Problem(words, f"{where}/action_id", {"type": "unique_items"})
        seen.add(name or "")


def _too_many(blocks: list[Json], at: str) -> Problems:
    for kind, (most, words) in _AT_MOST.items():
        if sum(block["type"] == kind for block, _ in nested(blocks)) > most:
            yield Problem(words, at, {"type": "max_items", "expected": most})


def _focus(parts: list[tuple[Json, str]]) -> Problems:
    focused = [at for part, at in parts if part.get("focus_on_load") is True]
    for at in focused[1:]:
        yield Problem("only one element may have `focus_on_load`", at, {"type": "max_items"})
