"""The picture model's own tokenizer: CLIP's kind, learned from the captions in both languages."""

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTokenizer

START: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"
_LAST: Final = "</w>"


def learned(words: Iterable[str], tokens: int, caption_tokens: int) -> CLIPTokenizer:
    """Return a tokenizer of at most so many tokens, that pads captions to a fixed length.

    It learns from words and not from captions: Chinese has no spaces, and a token for "red cat"
    would teach nothing about a red dog. Each token is there twice, within a run of letters and at
    its end.
    """
    blank = Tokenizer(models.BPE(unk_token=END))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    blank.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    room = (tokens - 2) // 2
    trainer = trainers.BpeTrainer(vocab_size=room, initial_alphabet=alphabet, show_progress=False)
    blank.train_from_iterator(sorted(set(words)), trainer)
    found = json.loads(blank.to_str())["model"]["merges"]
    merges = [(left, right + last) for left, right in found for last in ("", _LAST)]
    both = [*alphabet, *(byte + _LAST for byte in alphabet), *map("".join, merges)]
    numbers = {token: at for at, token in enumerate(dict.fromkeys([START, END, *both]))}
    doubled = Tokenizer(models.BPE(numbers, merges, unk_token=END, end_of_word_suffix=_LAST))
    with TemporaryDirectory() as folder:
        return _clip(doubled, Path(folder), caption_tokens)


def _clip(trained: Tokenizer, folder: Path, caption_tokens: int) -> CLIPTokenizer:
    vocabulary, merges = trained.model.save(str(folder))
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=caption_tokens)
