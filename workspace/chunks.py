"""What the chunks of a stream make of a message's blocks, while it streams and when it has ended.

Rules of docs.slack.dev/reference/methods/chat.appendStream. That a task's details and output add
up while its title and status are replaced is what people have measured; no page says so.
"""

from workspace import checks, markdown, rich
from workspace.blocks import MARKDOWN_LIMIT, MESSAGE_BLOCKS
from workspace.state import Workspace
from workspace.text import TEXT_LIMIT
from workspace.wire import Json, SlackError

_FIELD_LIMIT = 256
_TASK_STATUSES = frozenset({"pending", "in_progress", "complete", "error"})


def added(ws: Workspace, blocks: list[Json], chunks: list[Json], display: str) -> list[Json]:
    """Return the blocks after these chunks; `display` is timeline or plan. SlackError if wrong."""
    made = list(blocks)
    for chunk in chunks:
        _add(ws, made, chunk, display)
    if len(made) > MESSAGE_BLOCKS:
        raise SlackError("msg_blocks_too_many")
    return made


def part_blocks(ws: Workspace, given: object) -> list[Json]:
    """Return well-formed blocks; SlackError with a code that all stream methods document."""
    try:
        return checks.message_blocks(ws, given)
    except SlackError as error:
        code = "invalid_blocks" if error.code == "invalid_blocks_format" else error.code
        raise SlackError(code, error.messages, error.more) from error


def live_text(blocks: list[Json]) -> str:
    """Return the Markdown streamed so far."""
    return "\n".join(str(block["text"]) for block in blocks if block["type"] == "markdown")


def finished(ws: Workspace, blocks: list[Json]) -> Json:
    """Return `blocks` and `text` as Slack keeps them once the stream has ended."""
    made: list[Json] = []
    for block in blocks:
        if block["type"] == "markdown":
            made += markdown.blocks(str(block["text"]), ws.ids.short)
        else:
            made.append(block)
    said = [block for block in made if block["type"] not in {"task_card", "plan"}]
    cards = [block for block in made if block["type"] in {"task_card", "plan"}]
    text = "\n\n".join(filter(None, map(rich.written, said)))
    text = " ".join(filter(None, [text, *map(rich.written, cards)]))
    return {"blocks": made, "text": text.strip()[:TEXT_LIMIT]}


def _add(ws: Workspace, blocks: list[Json], chunk: Json, display: str) -> None:
    match chunk:
        case {"type": "markdown_text", "text": str(text)} if text:
            _add_text(ws, blocks, text)
        case {"type": "task_update", "id": str(), "title": str()}:
            _add_task(ws, blocks, chunk, display)
        case {"type": "plan_update", "title": str(title)} if 0 < len(title) <= _FIELD_LIMIT:
            _add_plan(ws, blocks, {"title": title})
        case {"type": "blocks", "blocks": list(more)}:
            blocks.extend(part_blocks(ws, more))
        case _:
            raise SlackError("invalid_chunks")


def _add_text(ws: Workspace, blocks: list[Json], text: str) -> None:
    if len(text) > MARKDOWN_LIMIT:
        raise SlackError("msg_too_long")
    if blocks and blocks[-1]["type"] == "markdown":
        blocks[-1] = blocks[-1] | {"text": blocks[-1]["text"] + text}
    else:
        blocks.append({"type": "markdown", "text": text, "block_id": ws.ids.short()})


def _add_task(ws: Workspace, blocks: list[Json], chunk: Json, display: str) -> None:
    """Show a task as a card, or in the plan, which has its last task's title until it is named."""
    _check_task(chunk)
    if display == "timeline":
        _merge_task(blocks, chunk)
        return
    plan = next((block for block in blocks if block["type"] == "plan"), None) or {}
    tasks: list[Json] = list(plan.get("tasks") or ())
    title, borrowed = plan.get("title", ""), {"", *(task["title"] for task in tasks)}
    _merge_task(tasks, chunk)
    if len(tasks) > MESSAGE_BLOCKS:
        raise SlackError("msg_blocks_too_many")
    named = chunk["title"] if title in borrowed else title
    _add_plan(ws, blocks, {"title": named, "tasks": tasks})


def _add_plan(ws: Workspace, blocks: list[Json], changes: Json) -> None:
    """Change the message's plan, or begin it here."""
    at = next((i for i, block in enumerate(blocks) if block["type"] == "plan"), len(blocks))
    if at == len(blocks):
        blocks.append({"type": "plan", "block_id": ws.ids.short(), "tasks": []})
    blocks[at] = blocks[at] | changes


def _merge_task(cards: list[Json], chunk: Json) -> None:
    """Change the card of that task, or put a new one at the end."""
    mine = (i for i, card in enumerate(cards) if card.get("task_id") == chunk["id"])
    at = next(mine, len(cards))
    if at == len(cards):
        cards.append({"type": "task_card", "block_id": f"task-{chunk['id']}"})
    cards[at] = cards[at] | _card(cards[at], chunk)


def _card(known: Json, chunk: Json) -> Json:
    card: Json = {
        "task_id": chunk["id"],
        "title": chunk["title"],
        "status": chunk.get("status", "pending"),
    }
    for name in ("details", "output"):
        if chunk.get(name):
            card[name] = rich.plain(rich.said(known.get(name) or {}) + chunk[name])
    return card | ({"sources": chunk["sources"]} if chunk.get("sources") else {})


def _check_task(chunk: Json) -> None:
    """Refuse a task that Slack would: `invalid_chunks`."""
    texts = [chunk.get(name) or "" for name in ("title", "details", "output")]
    short = all(isinstance(each, str) and len(each) <= _FIELD_LIMIT for each in texts)
    named = chunk["id"] and chunk["title"] and chunk.get("status", "pending") in _TASK_STATUSES
    sources = chunk.get("sources") or []
    linked = isinstance(sources, list) and all(map(_is_source, sources))
    if not (short and named and linked):
        raise SlackError("invalid_chunks")


def _is_source(source: object) -> bool:
    if not isinstance(source, dict) or source.get("type") != "url":
        return False
    return isinstance(source.get("url"), str) and isinstance(source.get("text"), str)
