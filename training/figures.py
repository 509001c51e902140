"""What the heads are worth on examples that they were not trained on."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from sklearn.metrics import average_precision_score

from moderation.heads.model import OUTPUTS, Logits
from training.calibrate import TALK
from training.examples import Example

BASE: Final = 0.31
"""The share of harmful texts that English figures are for, also where harmless ones are lent."""
BASE_CHINESE: Final = 0.40
"""The same of Chinese."""
_LENT: Final = TALK["reviews"] | TALK["meetings"] | {"covidqa"}
_ASKING: Final = (".request.", "donotanswer", "harmbench")
"""What the names of sets hold whose texts ask for something."""
_HARMFUL: Final = 0.5
_CONTENT, _REQUEST = OUTPUTS.index("content"), OUTPUTS.index("request")


def table(examples: Sequence[Example], found: Logits) -> Iterator[str]:
    """Yield a line of Markdown for each set: texts, AUPRC, held as an answer, held as a prompt.

    The second AUPRC is for the share of harmful texts that the goals are for.
    """
    yield "| Set | Texts | Harmful | AUPRC | at 0.31 / 0.40 | Answers held | Prompts held |"
    yield "|---|---|---|---|---|---|---|"
    for source in sorted({example.source for example in examples}):
        rows = [at for at, example in enumerate(examples) if example.source == source]
        yield _line(source, examples, rows, found)


def _line(source: str, examples: Sequence[Example], rows: Sequence[int], found: Logits) -> str:
    head = _REQUEST if any(each in source for each in _ASKING) else _CONTENT
    name = OUTPUTS[head]
    truth = np.asarray([examples[at].labels.get(name, 0.0) > _HARMFUL for at in rows])
    answers = float((found[rows, _CONTENT] > 0).mean())
    prompts = float((np.maximum(found[rows, _CONTENT], found[rows, _REQUEST]) > 0).mean())
    base = BASE_CHINESE if source.startswith("cold.") else BASE
    areas = [_area(truth, rows, examples, found[:, head], one) for one in (None, base)]
    share = f"{truth.mean():.2f}"
    cells = [source, str(len(rows)), share, *areas, f"{answers:.3f}", f"{prompts:.3f}"]
    return f"| {' | '.join(cells)} |"


def _area(
    truth: np.ndarray,
    rows: Sequence[int],
    examples: Sequence[Example],
    scores: Logits,
    base: float | None,
) -> str:
    """Return the area under precision and recall; harmless texts are lent where there are none.

    With `base` harmless texts count so that harmful ones are this share of all.
    """
    if not truth.any():
        return "-"
    if truth.all():
        lent = [at for at, example in enumerate(examples) if example.source in _LENT]
        lent = lent[: round(len(rows) * (1 - BASE) / BASE)]
        truth = np.concatenate([truth, np.zeros(len(lent), dtype=bool)])
        rows = [*rows, *lent]
    odds = 1.0 if base is None else truth.sum() * (1 - base) / base / max(1, (~truth).sum())
    weights = np.where(truth, 1.0, odds)
    area = average_precision_score(truth, scores[list(rows)], sample_weight=weights)
    return f"{area:.3f}"
