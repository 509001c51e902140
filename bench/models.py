"""Language models with random weights, in the shapes that people run, and a tokenizer for them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from bench import texts

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PIECES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A Qwen 3 model: its sizes."""

    width: int
    inner: int
    layers: int
    heads: int
    groups: int
    head_size: int
    vocabulary: int
    context: int
    tied: bool


SHAPES = {
    "10m": Shape(
        width=256, inner=768, layers=6, heads=8, groups=4, head_size=32,
        vocabulary=16384, context=2048, tied=True,
    ),
    "95m": Shape(
        width=768, inner=2304, layers=12, heads=12, groups=4, head_size=64,
        vocabulary=16384, context=4096, tied=True,
    ),
    "8b": Shape(
        width=4096, inner=12288, layers=36, heads=32, groups=8, head_size=128,
        vocabulary=151936, context=40960, tied=False,
    ),
}  # fmt: skip
"""By their number of parameters; the largest is Qwen3-8B's shape."""


def built(shape: Shape, *, device: str, dtype: torch.dtype) -> Any:  # noqa: ANN401 - of transformers
    """Return a model with random weights, made on the device itself."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    torch.manual_seed(0)
    try:
        with torch.device(device):
            return Qwen3ForCausalLM(_config(shape)).eval()
    finally:
        torch.set_default_dtype(before)


def saved(shape: Shape, folder: Path) -> Path:
    """Write a model with its tokenizer; return the folder."""
    built(shape, device="cpu", dtype=torch.float32).save_pretrained(folder)
    tokenizer(shape.vocabulary).save_pretrained(folder)
    return folder


def tokenizer(size: int) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE of some English and Chinese, filled up with invented pieces.

    A model with random weights writes any token, and each has to be some text.
    """
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator([*texts.ENGLISH, *texts.CHINESE], trainer)
    told = json.loads(trained.to_str())
    vocabulary = told["model"]["vocab"]
    vocabulary |= {f"t{number}": number for number in range(len(vocabulary), size)}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(told)),
        eos_token="<|im_end|>",  # noqa: S106 - no password
        pad_token="<|endoftext|>",  # noqa: S106 - as above
        additional_special_tokens=["<|im_start|>"],
    )
    fast.chat_template = TEMPLATE
    return fast


def _config(shape: Shape) -> Qwen3Config:
    # No end: each answer has the tokens that were asked for, whoever writes it.
    return Qwen3Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.groups,
        head_dim=shape.head_size,
        max_position_embeddings=shape.context,
        tie_word_embeddings=shape.tied,
        bos_token_id=None,
        eos_token_id=shape.vocabulary - 1,
        pad_token_id=0,
    )
