"""Which stepper runs a model, and how many tokens it has room for.

The fast decoder is taken only if it computes what the library's own model computes, tried at every
load on a few tokens.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from generators.engine.adapters import Adapter, read
from generators.engine.anymodel import AnyStepper
from generators.engine.cache import Segment, Stepper
from generators.engine.decoder import Decoder, agrees, is_known, probe, resembles
from generators.engine.linear import shortening_pays
from generators.engine.options import EngineSettings
from generators.engine.pages import PAGE_TOKENS, PageStepper
from generators.engine.resolve import NoModel, adapter_folder
from generators.engine.slabs import SlabStepper
from generators.logs import Told

CPU_SHARE = 0.25
"""Of the memory that is free on a CPU, which others use too; taken only as far as it is needed."""
CUDA_SHARE = 0.8
"""Of what is free on the device beside the weights; the rest is for steps and for pictures."""
ANY_TOKENS = 16384
logger = logging.getLogger(__name__)


def stepper(
    model: Any,  # noqa: ANN401 - of transformers
    again: Callable[[], Any],
    settings: EngineSettings,
) -> Stepper:
    """Return what runs the model, which it may use up; `again` loads it once more."""
    own = not settings.quantization or _is_short(model, settings)
    if is_known(model) and own:
        tokens = probe(model.config.vocab_size, model.device)
        expected = _expected(model, tokens)
        if _is_short(model, settings):
            if shortening_pays(model.model.layers[0].mlp.up_proj.weight):
                fast = _fast(model, settings, short=True)
                if resembles(expected, _computed(fast, tokens)):
                    return fast
                del fast
                model = again()
            logger.warning("eight bits do not pay here, or change the answers: float32 it is")
        fast = _fast(model, settings)
        if agrees(expected, _computed(fast, tokens)):
            return fast
        logger.warning("the fast decoder differs from this model, which runs without it")
        del fast
        model = again()
    if settings.adapters:
        logger.error("adapters are applied by the fast decoder only, so this model has none")
    limit = model.config.get_text_config().max_position_embeddings
    return AnyStepper(model, room_tokens=settings.room_tokens or max(ANY_TOKENS, limit))


def _is_short(model: Any, settings: EngineSettings) -> bool:  # noqa: ANN401 - of transformers
    """Whether eight bits are asked for that are ours: on a CPU."""
    return settings.quantization == "int8" and model.device.type == "cpu"


def _fast(model: Any, settings: EngineSettings, *, short: bool = False) -> Stepper:  # noqa: ANN401 - of transformers
    decoder = Decoder(model, short=short)
    decoder.adapt(_adapters(decoder, settings))
    rows, room = settings.rows, settings.room_tokens or _room(decoder, settings.rows)
    if decoder.device.type == "cpu":
        return SlabStepper(decoder, room_tokens=room, rows=rows)
    paged = PageStepper(decoder, room_tokens=room, rows=rows, triton=settings.triton)
    paged.warm()
    return paged


def _adapters(decoder: Decoder, settings: EngineSettings) -> list[Adapter]:
    """Read the adapters; one that cannot be used is left out and told of."""
    found: list[Adapter] = []
    for name, spec in settings.adapters:
        try:
            adapter = read(name, adapter_folder(name, spec))
            decoder.check(adapter)
            found.append(adapter)
        except NoModel as error:
            logger.error("%(reason)s", {"reason": Told(error.sentence)})  # noqa: TRY400 - a sentence
    return found


@torch.inference_mode()
def _expected(model: Any, tokens: Tensor) -> Tensor:  # noqa: ANN401 - of transformers
    """Return the scores behind a few tokens, as the library's model computes them."""
    return model(tokens.unsqueeze(0)).logits[:, -1].clone()


def _computed(fast: Stepper, tokens: Tensor) -> Tensor:
    """Return the same, with the last token in a step of its own."""
    seat = fast.open(min(len(tokens), fast.room_tokens))
    if seat is None:
        raise RuntimeError("There is not enough memory for a dozen tokens.")
    first, last = tokens[:-1].tolist(), tokens[-1:].tolist()
    fast.step([Segment(seat=seat, start=0, tokens=first)])
    scores = fast.step([Segment(seat=seat, start=len(first), tokens=last)])
    fast.close(seat)
    return scores


def _room(decoder: Decoder, rows: int) -> int:
    """Tokens that the free memory has room for, and no more than all rows can use."""
    bytes_each = 2 * decoder.layer_count * decoder.groups * decoder.head_size
    bytes_each *= decoder.dtype.itemsize
    if decoder.device.type == "cpu":
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * CPU_SHARE
    else:
        torch.cuda.empty_cache()  # the weights that were joined, and a model that was let go
        free = torch.cuda.mem_get_info(decoder.device)[0] * CUDA_SHARE
    most = rows * decoder.context_tokens
    return max(PAGE_TOKENS, min(most, int(free) // bytes_each))
