"""The model card: what the model is, what it learned from and how, and what it is worth."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from generators.training import folder
from generators.training.evaluation import Report
from generators.training.plan import Plan
from generators.training.prompts import fixed
from generators.training.things import Thing

FILE: Final = "README.md"
_CARD: Final = """---
license: apache-2.0
pipeline_tag: text-to-image
library_name: diffusers
---
# A small picture model

Draws {count} things of a workplace at 64 x 64 pixels, asked for in English or Chinese, in seven
colours, two or three of one, two side by side, on a coloured ground. It draws nothing else:
`vocabulary.json` names what it knows. {taken:.1f} MB.

```python
from diffusers import AutoPipelineForText2Image
pipe = AutoPipelineForText2Image.from_pretrained("this folder")
pipe("a blue cat", num_inference_steps={steps}, guidance_scale={guidance}).images[0]
```

## Made with

`atelier train picture`, seed {seed}: {autoencoder} steps of the autoencoder, {denoiser} steps of
the denoiser with {batch} pictures each. `plan.json` has every setting.

## Learned from

- Pictures: Google Noto Emoji, commit 41e31b110, Apache-2.0.
- Names and keywords: Unicode CLDR, Unicode License v3.

Each picture was seen many times over: alone, a thing comes out close to Noto's own.

## Measured

{unmeasured}

## The fixed grid

`grid.png`, row by row: {grid}.
"""


_MEASURED: Final = "## Measured\n\n"
_UNMEASURED: Final = "Not yet: `atelier evaluate picture` does."


def write(model: Path, plan: Plan, things: Sequence[Thing]) -> None:
    """Write the card into a model's folder, before it is measured."""
    told = _CARD.format(
        count=len(things),
        taken=folder.size_bytes(model) / 1e6,
        steps=folder.STEPS,
        guidance=folder.GUIDANCE,
        seed=plan.seed,
        autoencoder=plan.autoencoder.steps,
        denoiser=plan.denoiser.steps,
        batch=plan.denoiser.batch,
        unmeasured=_UNMEASURED,
        grid=", ".join(fixed(things)),
    )
    model.joinpath(FILE).write_text(told, encoding="utf-8")


def measured(model: Path, report: Report) -> None:
    """Write the figures into the card of the model that they are of, if it has one."""
    file = model / FILE
    if not file.exists():
        return
    before, mark, after = file.read_text(encoding="utf-8").partition(_MEASURED)
    rest = after.partition("\n## ")[2]
    lines = "".join(f"| {name} | {value} |\n" for name, value in report.table().items())
    table = f"| Figure | |\n|---|---|\n{lines}"
    file.write_text(f"{before}{mark}{table}\n## {rest}", encoding="utf-8")
