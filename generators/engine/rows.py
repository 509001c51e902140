"""The rows of a batch on its way through a pipeline: some may leave between two steps.

A row is in the latents, in what the pipeline conditions on, in its generators and in what the
scheduler remembers of earlier steps. Only for classes where these are all there is: elsewhere a row
that nobody waits for is made to the end and thrown away.
"""

from collections.abc import Callable
from typing import Any

import torch

SHRINKING = frozenset(
    {
        "StableDiffusionPipeline",
        "StableDiffusionImg2ImgPipeline",
        "StableDiffusionXLPipeline",
        "StableDiffusionXLImg2ImgPipeline",
    }
)
"""Classes whose loop takes back shorter tensors; compared with whole batches in the tests."""
CONDITIONS = ("latents", "prompt_embeds", "add_text_embeds", "add_time_ids")


class Rows:
    """Which rows of a batch are still in the pipeline."""

    def __init__(self, pipeline: Any, generators: list[torch.Generator]) -> None:  # noqa: ANN401 - any class
        """Take the pipeline and the list of generators that its call is given."""
        self._pipeline = pipeline
        self._generators = generators
        self._may_shrink = type(pipeline).__name__ in SHRINKING
        self.kept = list(range(len(generators)))

    @property
    def wanted(self) -> list[str]:
        """The tensors that the pipeline must show after each step."""
        names = CONDITIONS if self._may_shrink else ("latents",)
        return [name for name in names if name in self._pipeline._callback_tensor_inputs]  # noqa: SLF001 - no other way

    def keep(
        self, wanted: Callable[[int], bool], tensors: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Let go of the rows that are not wanted, where this class can; returns the tensors."""
        places = [place for place, row in enumerate(self.kept) if wanted(row)]
        if not self._may_shrink or len(places) == len(self.kept) or not places:
            return tensors
        before = len(self.kept)
        scheduler = vars(self._pipeline.scheduler)
        for name, value in scheduler.items():
            scheduler[name] = _cut(value, places, before)
        self._generators[:] = [self._generators[place] for place in places]
        self.kept = [self.kept[place] for place in places]
        return {name: _taken(tensor, places, before) for name, tensor in tensors.items()}


def _cut(value: Any, places: list[int], before: int) -> Any:  # noqa: ANN401 - whatever a scheduler has
    """Cut what a scheduler remembers of a batch: maps of channels, or lists of them."""
    if isinstance(value, list):
        return [_cut(one, places, before) for one in value]
    if isinstance(value, torch.Tensor) and value.dim() > 1 and len(value) == before:
        return value[places]
    return value


def _taken(tensor: torch.Tensor, places: list[int], before: int) -> torch.Tensor:
    """Take rows; with guidance there are two blocks of them, without words and with."""
    blocks = [block * before + place for block in range(len(tensor) // before) for place in places]
    return tensor[blocks]
