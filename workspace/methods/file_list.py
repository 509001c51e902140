"""files.list: the files that the caller may see, newest first, by owner, channel, time and kind."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from workspace import files
from workspace.args import Call
from workspace.state import StoredFile
from workspace.wire import Json, SlackError

_MOST = 1000
_ARCHIVES = frozenset({"zip", "gz", "tar", "7z", "rar"})
_KINDS: Mapping[str, Callable[[Json], bool]] = MappingProxyType(
    {
        "all": bool,
        "spaces": lambda info: info["mode"] == "space",
        "snippets": lambda info: info["mode"] == "snippet",
        "images": lambda info: info["mimetype"].startswith("image/"),
        "gdocs": lambda info: info["is_external"],
        "zips": lambda info: info["filetype"] in _ARCHIVES,
        "pdfs": lambda info: info["filetype"] == "pdf",
    }
)
"""The `types` of files.list (docs.slack.dev/reference/methods/files.list)."""


def list_files(call: Call) -> Json:
    """List files by page and count."""
    wanted = _wanted(call)
    found = [each for each in reversed(call.ws.files.values()) if wanted(each)]
    count, page = call.number("count", 100, _MOST), call.number("page", 1, 1_000_000)
    start = (page - 1) * count
    pages = max(1, -(-len(found) // count))
    return {
        "files": [each.info for each in found[start : start + count]],
        "paging": {"count": count, "total": len(found), "page": page, "pages": pages},
    }


def _wanted(call: Call) -> Callable[[StoredFile], bool]:
    """Return the test that the arguments ask for."""
    kinds = _kinds(call)
    oldest, newest = _moment(call, "ts_from", 0.0), _moment(call, "ts_to", float("inf"))
    user = call.user().id if call.given.get("user") else ""
    channel = _channel(call)

    def wanted(stored: StoredFile) -> bool:
        info = stored.info
        places = [*info["channels"], *info["groups"], *info["ims"]]
        here = not channel or channel in places
        mine = user in {"", info["user"]}
        in_time = oldest <= info["created"] <= newest
        fits = here and mine and in_time and any(_KINDS[kind](info) for kind in kinds)
        return stored.is_complete and fits and files.may_see(call.ws, call.caller, stored)

    return wanted


def _kinds(call: Call) -> list[str]:
    kinds = [each.strip() for each in call.text("types", "all").split(",")]
    if not set(kinds) <= set(_KINDS):
        raise SlackError("unknown_type")
    return kinds


def _channel(call: Call) -> str:
    """Return the channel's id, also of one that has no files or does not exist."""
    name = str(call.given.get("channel") or "")
    found = call.ws.directory.channel(name) if name else None
    return found.id if found is not None else name


def _moment(call: Call, name: str, default: float) -> float:
    try:
        return float(call.given.get(name) or default)
    except (TypeError, ValueError) as error:
        raise SlackError("invalid_arguments", [f"[ERROR] not a timestamp: {name}"]) from error
