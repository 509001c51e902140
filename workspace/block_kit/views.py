"""What a view may consist of: docs.slack.dev/reference/views."""

from collections.abc import Mapping
from types import MappingProxyType

from workspace.block_kit.objects import plain
from workspace.block_kit.rules import Problem, Problems, Shape, flag, string
from workspace.block_kit.surfaces import Surface, problems
from workspace.wire import Json


def _later(_value: object, _at: str) -> Problems:
    """Leave it to `problems`."""
    yield from ()


_ID = string(255, least=0)
_COMMON = {
    "type": string(),
    "blocks": _later,
    "private_metadata": string(3000, least=0),
    "callback_id": _ID,
    "external_id": _ID,
}
_LABELS = {name: plain(24) for name in ("title", "close", "submit")}
_FLAGS = {name: flag() for name in ("clear_on_close", "notify_on_close", "submit_disabled")}
VIEWS: Mapping[Surface, Shape] = MappingProxyType(
    {
        "modal": Shape(_COMMON | _LABELS | _FLAGS, ("title", "blocks")),
        "home": Shape(_COMMON, ("blocks",)),
    }
)


def view_problems(view: Json, kind: Surface, at: str = "/view") -> list[Problem]:
    """Return all that is wrong with a view that must be of this kind."""
    if view.get("type") != kind:
        got = view.get("type")
        words = "missing required field: type" if got is None else f"unsupported type: {got}"
        return [Problem(words, f"{at}/type", {"type": "enum", "expected": [kind]})]
    found = list(VIEWS[kind].check(view, at))
    if view.get("blocks") is not None:
        found += problems(view["blocks"], kind, f"{at}/blocks")
    return found or list(_submit(view, kind, at))


def _submit(view: Json, kind: Surface, at: str) -> Problems:
    """Ask a modal with inputs for its button."""
    if kind != "modal" or view.get("submit") is not None:
        return
    for index, block in enumerate(view["blocks"]):
        if block["type"] == "input":
            words = "must define `submit` to use an `input` block in modals"
            yield Problem(words, f"{at}/blocks/{index}/input", {"type": "dependency"})
