"""From a trained adapter to a candidate: measured beside what is in use, with a card.

Whether it takes that place is not decided here: the answers to the suite go beside it, and the gate
judges them where people promote.
"""

import json
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Final, Protocol

from generators import adapters
from generators.adapters import SUITE, Card, Kind, Shelf
from generators.dataset import Turn
from generators.material import Summary
from generators.training.early import Pupil
from generators.training.image_lora import ImageLora
from generators.training.plans import ImagePlan, TextPlan
from generators.training.text_lora import TextLora

README: Final = "README.md"
_CARD: Final = """---
license: {licence}
base_model: {base}
library_name: {library}
---
# {name}

A LoRA adapter for `{base}`, made with `atelier train {kind}-lora`, seed {seed}, {steps} steps,
{seconds:.0f} seconds of the processor in its last run.

## Learned from

{source}. Licence: {licence}. Consent: {consent}.

{read} rows were read, {duplicates} of them twice; {left} were left out by moderation ({reasons}),
{redacted} redacted, {learned} learned, {held_out_rows} held out (by {split}). SHA-256 of what was
let in: `{data_sha256}`.

## Measured

| On what was held out | Loss |
|---|---|
| this | {held_out:.4f} |
| before ({beside}) | {held_out_before:.4f} |

`{suite}` has the answers of both to the prompts of the moderation suite.
"""


class Adapting(Pupil, Protocol):
    """A pupil that is an adapter of a model."""

    def before(self, adapter: Path | None) -> AbstractContextManager[None]:
        """Be what is in use now."""
        ...

    def write(self, folder: Path) -> Path:
        """Write the adapter; return its weights."""
        ...


def offered(
    pupil: TextLora | ImageLora,
    shelf: Shelf,
    plan: TextPlan | ImagePlan,
    prompts: Sequence[str],
    told: tuple[Summary, int, float],
) -> tuple[str, Card]:
    """Measure a trained adapter beside what is in use and put it on the shelf; return its version.

    `told` is what it learned from, its steps, and the seconds of the processor. Raises ShelfError.
    """
    summary, steps, seconds = told
    kind: Kind = "text" if isinstance(pupil, TextLora) else "image"
    now = shelf.now()
    made = shelf.folder / "new"
    shutil.rmtree(made, ignore_errors=True)
    weights = pupil.write(made)
    answers = [
        _reply(pupil, plan, prompt, made / f"{at:02}-after.png")
        for at, prompt in enumerate(prompts)
    ]
    held_out = pupil.held_out()
    with pupil.before(shelf.version(now) if now else None):
        earlier = [
            _reply(pupil, plan, prompt, made / f"{at:02}-before.png")
            for at, prompt in enumerate(prompts)
        ]
        held_out_before = pupil.held_out()
    rows = [
        {"prompt": prompt, "candidate": answer, "before": old}
        for prompt, answer, old in zip(prompts, answers, earlier, strict=True)
    ]
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    made.joinpath(SUITE).write_text(lines, encoding="utf-8")
    card = Card(
        kind=kind, base=plan.base, weights_sha256=adapters.sha256(weights), seed=plan.seed,
        data_sha256=summary.sha256, licence=summary.record.licence, source=summary.record.source,
        consent=summary.record.consent, steps=steps, seconds=seconds, held_out=held_out,
        held_out_before=held_out_before, beside=now,
    )  # fmt: skip
    made.joinpath(README).write_text(_told(shelf, card, summary), encoding="utf-8")
    return shelf.offer(made, card), card


def _reply(pupil: TextLora | ImageLora, plan: TextPlan | ImagePlan, prompt: str, file: Path) -> str:
    """Return an answer, or the name of the picture that is one."""
    if isinstance(pupil, TextLora) and isinstance(plan, TextPlan):
        return pupil.answer([Turn("user", prompt)], plan.answer_tokens)
    assert isinstance(pupil, ImageLora)  # noqa: S101 - for the type checker
    pupil.drawn(prompt, plan.seed).save(file)
    return file.name


def _told(shelf: Shelf, card: Card, summary: Summary) -> str:
    reasons = ", ".join(f"{name}: {count}" for name, count in summary.left_out.items())
    given = asdict(card) | {
        "beside": card.beside or "the model without an adapter",
        "left": summary.read - summary.duplicates - summary.learned - summary.held_out,
        "held_out_rows": summary.held_out,
    }
    return _CARD.format(
        name=shelf.folder.name, library="peft" if card.kind == "text" else "diffusers",
        reasons=reasons or "none", suite=SUITE, read=summary.read, redacted=summary.redacted,
        duplicates=summary.duplicates, learned=summary.learned, split=summary.split, **given,
    )  # fmt: skip
