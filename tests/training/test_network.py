"""The network that torch trains is the one that numpy runs. Imports torch only when it runs."""

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from moderation.heads.model import OUTPUTS, WHOLE, assembled
from moderation.heads.pieces import BUCKET_BITS

pytestmark = pytest.mark.torch

FIXED, LEARNED = 3, 2
NOTHING = FIXED + LEARNED
UNIT = np.float32(0.05)


@pytest.fixture
def parts() -> Iterator[Any]:
    for name in ("torch", "transformers", "sklearn"):
        pytest.importorskip(name, reason="training needs torch, transformers and scikit-learn")
    torch = import_module("torch")
    network, fit = import_module("training.network"), import_module("training.fit")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield SimpleNamespace(torch=torch, fit=fit, network=network)
    torch.set_num_threads(before)


def untrained(parts: Any) -> Any:
    parts.torch.manual_seed(1)
    steps = np.random.default_rng(1).integers(-90, 90, size=(FIXED, 8))
    return parts.network.Network((steps * UNIT).astype(np.float32), LEARNED).eval()


def test_numpy_says_what_torch_says(parts: Any) -> None:
    ours = untrained(parts)
    rows: list[list[int]] = [[0, 3, 1, 2, 4, 0], [1, 0], [2], []]
    padded = np.asarray([row + [NOTHING] * (6 - len(row)) for row in rows])
    theirs = ours(parts.torch.from_numpy(padded)).detach().numpy()
    heads = assembled(
        {
            **parts.fit.of_network(ours, UNIT),
            "pieces": np.frombuffer(b"kill\nthe\n##s\na\nb", dtype=np.uint8),
            "grams": np.zeros((1 << BUCKET_BITS, len(WHOLE)), dtype=np.int8),
            "grams.unit": np.ones(len(WHOLE), dtype=np.float32),
            "grams.bias": np.zeros(len(WHOLE), dtype=np.float32),
            "share": np.ones(len(WHOLE), dtype=np.float32),
            "share.han": np.ones(len(WHOLE), dtype=np.float32),
            "shift": np.zeros(len(OUTPUTS), dtype=np.float32),
            "shift.han": np.zeros(len(OUTPUTS), dtype=np.float32),
        }
    )
    for row, expected in zip(rows, theirs, strict=True):
        found = heads.network([np.asarray(row, dtype=np.int64)])[0]
        assert found == pytest.approx(expected, abs=0.02)


def test_training_learns_and_repeats_to_the_bit(parts: Any) -> None:
    ids = [np.asarray([at % NOTHING, 1]) for at in range(100)]
    labels = np.stack([np.full(len(OUTPUTS), float(at % NOTHING == 0)) for at in range(100)])
    labels[::3, 1:] = np.nan
    lessons = parts.network.Lessons(ids, labels.astype(np.float32), np.ones(100, dtype=np.float32))
    one, two = (parts.network.trained(untrained(parts), lessons, 5, epochs=20) for _ in range(2))
    same = zip(one.parameters(), two.parameters(), strict=True)
    assert all(parts.torch.equal(mine, other) for mine, other in same)
    yes, no = one(parts.torch.tensor([[0, 1], [2, 1]]))[:, 0].tolist()
    assert yes > no + 1
