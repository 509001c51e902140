"""What a model is trained on goes through the gate first, as what people read does.

Questions are judged as what people ask, answers as what a model says. What would be held is left
out and counted; what is redacted is learned redacted.
"""

import io
import warnings
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from PIL import Image as Pillow

from bot.moderating import moderation
from bot.processes import engine_for
from bot.settings import Settings
from generators import dataset, material
from generators.dataset import Kind, Record, Row
from generators.draft import Image, Text, words
from generators.material import Material, Summary
from moderation.gate import Gate
from moderation.judge import Assessment
from moderation.tables import Action, Direction, Scope

MAX_PIXELS: Final = 25_000_000
UNREADABLE: Final = "image.unreadable"


@asynccontextmanager
async def judging(settings: Settings, *, pictures: bool) -> AsyncGenerator[Gate]:
    """Yield the gate; where a classifier is to look at pictures, with the engine that runs it."""
    async with AsyncExitStack() as stack:
        if pictures and settings.engine.classify_model and not settings.classifier.url:
            settings = await stack.enter_async_context(engine_for(settings))
        judges = moderation(settings)
        stack.push_async_callback(judges.close)
        yield judges.gate


async def admitted(folder: Path, into: Path, kind: Kind, seed: int, gate: Gate) -> Material:
    """Judge the rows of a folder and keep those that pass; once for each training.

    Raises DatasetError where the folder has no record, or nothing is left.
    """
    record, rows = dataset.record(folder), dataset.rows(folder, kind)
    source = material.fingerprint(kind, record, rows)
    if there := material.kept(into, source):
        return there
    judged = _Judged(gate, into, _scope(record))
    for row in rows:
        await judged.add(row)
    learned, held, how = material.split(judged.rows, seed)
    counts = {"learned": len(learned), "held_out": len(held), "duplicates": judged.duplicates}
    told = Summary(
        record=record, source_sha256=source, read=len(rows), redacted=judged.redacted,
        left_out=dict(sorted(judged.left_out.items())), split=how, **counts,
    )  # fmt: skip
    material.write(into, learned, held, told)
    return material.read(into)


def _scope(record: Record) -> Scope:
    """Return how pictures are judged: one that a named person saw is not unseen."""
    return Scope(private=bool(record.looked_at_by))


@dataclass(slots=True)
class _Judged:
    """Rows that passed, and counts of the others."""

    gate: Gate
    into: Path
    scope: Scope
    rows: list[Row] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    redacted: int = 0
    duplicates: int = 0
    _known: set[object] = field(default_factory=set)

    async def add(self, row: Row) -> None:
        """Judge one row."""
        passed = await (self._picture(row) if row.picture else self._conversation(row))
        if passed is None:
            return
        same = (passed.turns, passed.caption, passed.picture)
        if same in self._known:
            self.duplicates += 1
            return
        self._known.add(same)
        self.rows.append(passed)

    async def _conversation(self, row: Row) -> Row | None:
        seen: list[Assessment] = []
        for turn in row.turns:
            way = Direction.OUTPUT if turn.role == "assistant" else Direction.INPUT
            asked = row.turns[0].content if way is Direction.OUTPUT else ""
            seen.append(await self.gate.judge(Text(turn.content), way, asked=asked))
        if not self._pass(seen):
            return None
        said = zip(row.turns, seen, strict=True)
        turns = tuple(replace(turn, content=words(one.content)) for turn, one in said)
        return replace(row, turns=turns)

    async def _picture(self, row: Row) -> Row | None:
        png = _png(row.picture) if row.picture else b""
        if not png:
            self.left_out[UNREADABLE] += 1
            return None
        image = Image(png=png, alt=row.caption)
        seen = await self.gate.judge(image, Direction.OUTPUT, self.scope)
        if not self._pass([seen]):
            return None
        kept = self.into / material.PICTURES / material.picture_name(png)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(png)
        return replace(row, caption=words(seen.content), picture=kept)

    def _pass(self, seen: Sequence[Assessment]) -> bool:
        worst = max(seen, key=lambda one: one.action)
        if worst.action >= Action.HOLD:
            self.left_out.update(worst.categories or ("held",))
            return False
        self.redacted += worst.action is Action.REDACT
        return True


def _png(file: Path) -> bytes:
    """Return a picture as a PNG with nothing in it but the picture; b"" for what is none."""
    try:
        with warnings.catch_warnings(action="error", category=Pillow.DecompressionBombWarning):
            picture = Pillow.open(file)
        if picture.width * picture.height > MAX_PIXELS:
            return b""
        plain, out = picture.convert("RGB"), io.BytesIO()
        plain.info.clear()
        plain.save(out, "PNG")
        return out.getvalue()
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombWarning):
        return b""
