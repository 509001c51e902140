"""Folders to models in memory: the only place that calls `from_pretrained`.

Safetensors only, no code from a model's folder, no network. float32 on a CPU; bfloat16 on CUDA for
text and pictures, float32 for embeddings. One thread at a time: `from_pretrained` changes global
defaults while it works.
"""

import gc
import json
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from diffusers import AutoPipelineForText2Image
from diffusers.utils import logging as diffusers_logging
from transformers import (
    AutoImageProcessor,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoTokenizer,
    CLIPModel,
    CLIPProcessor,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from generators.engine.classifying import AnyLabels, Classifier, OwnLabels
from generators.engine.easel import Easel, Pipeline
from generators.engine.embedding import EmbeddingModel
from generators.engine.language import LanguageModel
from generators.engine.options import EngineSettings
from generators.engine.pictures import PictureModel
from generators.engine.quantizing import configured
from generators.engine.resolve import Kind, Unusable
from generators.engine.small import Small
from generators.engine.steppers import stepper

MAX_EMBED_TOKENS = 256  # all-MiniLM-L6-v2 was trained on shorter texts and cuts here

for library in (transformers_logging, diffusers_logging):  # their lines go where all lines go
    library.disable_default_handler()
    library.enable_propagation()
transformers_logging.disable_progress_bar()
diffusers_logging.disable_progress_bar()
diffusers_logging.set_verbosity_error()  # it warns of a long prompt by quoting it


def text(folder: Path, settings: EngineSettings) -> LanguageModel:
    """Load a causal language model. Raises Unusable, or what transformers raises."""
    place = _device(settings.device)
    reader, writer = _tokenizer(folder), _tokenizer(folder)
    if not reader.chat_template:
        raise Unusable(f"{folder.name} has no chat template, so it cannot hold a conversation.")
    dtype = _dtype(place) if settings.dtype == "auto" else getattr(torch, settings.dtype)
    fewer = configured(settings.quantization, place.type)
    model = _causal(folder, place, dtype, fewer)
    config, limit = model.generation_config, model.config.get_text_config().max_position_embeddings
    made = stepper(model, partial(_causal, folder, place, dtype), settings)
    return LanguageModel(made, config, reader=reader, writer=writer, context_tokens=limit)


def _causal(
    folder: Path,
    place: torch.device,
    dtype: torch.dtype,
    fewer: Any = None,  # noqa: ANN401 - a quantization_config
) -> Any:  # noqa: ANN401 - a wide union
    more: dict[str, Any] = (
        {} if fewer is None else {"quantization_config": fewer, "device_map": str(place)}
    )
    loaded = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, **_safe(), use_safetensors=True, **more
    )
    return _placed(loaded, place) if fewer is None else loaded.eval()


def image(folder: Path, settings: EngineSettings) -> PictureModel:
    """Load a text-to-image pipeline. Raises Unusable, or what diffusers raises."""
    place = _device(settings.device)
    if settings.offload != "none" and place.type != "cuda":
        raise Unusable("Offloading was asked for, but this machine offers no CUDA device.")
    loaded: Any = AutoPipelineForText2Image.from_pretrained(
        folder, dtype=_dtype(place), **_safe(), use_safetensors=True
    )
    if settings.tiling and getattr(loaded, "vae", None) is not None:
        loaded.vae.enable_tiling()
    pipeline: Pipeline = loaded if settings.offload != "none" else loaded.to(place)
    loras = {name: Path(path).expanduser() for name, path in settings.loras}
    easel = Easel(pipeline, loras=loras, offload=settings.offload)
    if "callback_on_step_end" not in easel.options("words"):
        raise Unusable(f"{folder.name} cannot be stopped between two steps, so it is not used.")
    small = Small.read(folder, easel.own_px)
    return PictureModel(easel, at_once=settings.pictures, small=small)


def embed(folder: Path, settings: EngineSettings) -> EmbeddingModel:
    """Load a sentence encoder that pools by the mean. Raises Unusable, or what it raises."""
    pooling = _json(folder / "1_Pooling" / "config.json")
    if pooling and not pooling.get("pooling_mode_mean_tokens"):
        raise Unusable(f"{folder.name} does not pool by the mean, and nothing else is supported.")
    loaded = AutoModel.from_pretrained(folder, dtype=torch.float32, **_safe(), use_safetensors=True)
    limit = _json(folder / "sentence_bert_config.json").get("max_seq_length", MAX_EMBED_TOKENS)
    return EmbeddingModel(
        _placed(loaded, _device(settings.device)), _tokenizer(folder), max_tokens=int(limit)
    )


def classify(folder: Path, settings: EngineSettings) -> Classifier:
    """Load a picture classifier, or CLIP. Raises Unusable, or what transformers raises."""
    place = _device(settings.device)
    given: dict[str, Any] = {**_safe(), "dtype": torch.float32, "use_safetensors": True}
    pictures = AutoImageProcessor.from_pretrained(folder, **_safe(), backend="pil")
    if _json(folder / "config.json").get("model_type") == "clip":
        processor = CLIPProcessor(pictures, _tokenizer(folder))
        return AnyLabels(_placed(CLIPModel.from_pretrained(folder, **given), place), processor)
    loaded = AutoModelForImageClassification.from_pretrained(folder, **given)
    return OwnLabels(_placed(loaded, place), pictures)


def value_bytes(kind: Kind, settings: EngineSettings) -> int:
    """Return the bytes of one weight, as it is loaded; fewer bits by quantization do not count."""
    whole = kind in {"embed", "classify"}
    usual = torch.float32 if whole else _dtype(_device(settings.device))
    chosen = kind == "text" and settings.dtype != "auto"
    return (getattr(torch, settings.dtype) if chosen else usual).itemsize


def taken_bytes() -> int:
    """Return what this process has of the CUDA device; 0 where there is none."""
    return torch.cuda.memory_allocated() if torch.cuda.is_available() else 0


def emptied() -> None:
    """Give back what no model has any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _safe() -> dict[str, bool]:
    return {"local_files_only": True, "trust_remote_code": False}


def _placed(loaded: Any, place: torch.device) -> PreTrainedModel:  # noqa: ANN401 - a wide union
    return cast("PreTrainedModel", loaded.to(place).eval())


def _tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    loaded = AutoTokenizer.from_pretrained(folder, **_safe())
    return cast("PreTrainedTokenizerBase", loaded)


def _device(name: str) -> torch.device:
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise Unusable("CUDA was asked for, but this machine offers no CUDA device.")
    return torch.device("cuda" if found and name != "cpu" else "cpu")


def _dtype(place: torch.device) -> torch.dtype:
    return torch.bfloat16 if place.type == "cuda" else torch.float32


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
