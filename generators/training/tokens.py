"""The picture model's own tokenizer: CLIP's kind, learned from the captions in both languages."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTokenizer

START: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"


def learned(captions: Iterable[str], tokens: int, caption_tokens: int) -> CLIPTokenizer:
    """Return a tokenizer of at most so many tokens, that pads captions to a fixed length."""
    blank = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>"))
    with TemporaryDirectory() as folder:
        clip = _clip(blank, Path(folder), caption_tokens)
        ready = clip.backend_tokenizer
        blank.normalizer, blank.pre_tokenizer = ready.normalizer, ready.pre_tokenizer
        trainer = trainers.BpeTrainer(
            vocab_size=tokens,
            special_tokens=[START, END],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            end_of_word_suffix="</w>",
            show_progress=False,
        )
        blank.train_from_iterator(sorted(set(captions)), trainer)
        return _clip(blank, Path(folder), caption_tokens)


def _clip(trained: Tokenizer, folder: Path, caption_tokens: int) -> CLIPTokenizer:
    vocabulary, merges = trained.model.save(str(folder))
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=caption_tokens)
