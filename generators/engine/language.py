"""A language model: a conversation in, text as it comes out.

One request at a time through `model.generate`. Random numbers come from a generator of the
request, so that the same seed gives the same answer whatever else the process does.
"""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jinja2
import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)
from transformers.generation.streamers import BaseStreamer
from typing_extensions import override

from generators.engine.decoding import IncrementalDecoder, StopScanner
from generators.engine.errors import BadRequest, ContextTooLong
from generators.engine.wire import ChatAsk, Message
from generators.engine.worker import Call

DEFAULT_NEW_TOKENS = 1024
GREEDY_BELOW = 1e-4  # a lower temperature overflows the scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen: temperature 0 takes the likeliest, top_k 0 keeps all."""

    temperature: float
    top_p: float
    top_k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A conversation as token ids, with the limits of its answer."""

    token_ids: list[int]
    new_tokens: int
    sampling: Sampling
    seed: int | None
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished text; `completion_tokens` counts every token computed, the last one included."""

    text: str
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    gpu_ms: int


class LanguageModel:
    """A causal model with its tokenizer; `prepare` on the event loop, `answer` on one thread.

    Two tokenizers, because one must not be used by two threads at once
    (https://github.com/huggingface/diffusers/issues/9362).
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        reader: PreTrainedTokenizerBase,
        writer: PreTrainedTokenizerBase,
    ) -> None:
        """Take a model and two tokenizers of it; its generation settings are replaced."""
        self._model = model
        self._reader = reader
        self._writer = writer
        self._defaults = _default_sampling(model.generation_config)
        self._config = _plain_config(model.generation_config, reader)
        # generate() fills what a request leaves open from the model's own configuration.
        model.generation_config = self._config
        self.context_tokens: int = model.config.get_text_config().max_position_embeddings

    def prepare(self, ask: ChatAsk) -> Prompt:
        """Turn a request into token ids. Raises ContextTooLong or BadRequest."""
        ids = self._token_ids(ask.messages)
        room = self.context_tokens - len(ids)
        wanted = min(DEFAULT_NEW_TOKENS, max(room, 1)) if ask.new_tokens is None else ask.new_tokens
        if wanted > room:
            limit = f"The model's context is {self.context_tokens} tokens"
            asked = f"the messages have {len(ids)} and the answer may have {wanted}"
            raise ContextTooLong(f"{limit}; {asked}.", param="messages")
        return Prompt(
            token_ids=ids,
            new_tokens=wanted,
            sampling=self._sampling(ask),
            seed=ask.seed,
            stops=ask.stops,
        )

    def answer(self, prompt: Prompt, call: Call[str, Answer]) -> Answer:
        """Write the answer, emitting its text piece by piece; ends early when cancelled."""
        feed = _Feed(call, self._writer, prompt.stops)
        inputs = torch.tensor([prompt.token_ids], device=self._model.device)
        config = copy.deepcopy(self._config)
        config.max_new_tokens = prompt.new_tokens
        begin = time.perf_counter()
        self._model.generate(  # pyrefly: ignore[not-callable] - the mixin is typed as a tensor
            inputs,
            attention_mask=torch.ones_like(inputs),
            generation_config=config,
            logits_processor=_processors(prompt, self._model.device),
            stopping_criteria=StoppingCriteriaList([_Over(feed, call)]),
            streamer=feed,
        )
        gpu_ms = round((time.perf_counter() - begin) * 1000)
        return Answer(
            text="".join(feed.pieces),
            finish_reason=self._finish_reason(feed, prompt),
            prompt_tokens=len(prompt.token_ids),
            completion_tokens=len(feed.token_ids),
            gpu_ms=gpu_ms,
        )

    def _token_ids(self, messages: Sequence[Message]) -> list[int]:
        turns = [{"role": turn.role, "content": self._plain(turn.text)} for turn in messages]
        try:
            text = self._reader.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        except jinja2.TemplateError as error:
            sentence = "The model's chat template does not accept this order of messages."
            raise BadRequest(sentence, param="messages") from error
        return self._reader(str(text), add_special_tokens=False)["input_ids"]

    def _plain(self, text: str) -> str:
        """Break up the model's control tokens, so that a message cannot forge another turn."""
        for token in self._reader.all_special_tokens:
            text = text.replace(token, f"{token[:1]}\N{ZERO WIDTH SPACE}{token[1:]}")
        return text

    def _sampling(self, ask: ChatAsk) -> Sampling:
        default = self._defaults
        return Sampling(
            temperature=default.temperature if ask.temperature is None else ask.temperature,
            top_p=default.top_p if ask.top_p is None else ask.top_p,
            top_k=default.top_k,
        )

    def _finish_reason(self, feed: "_Feed", prompt: Prompt) -> Literal["stop", "length"]:
        ended = feed.token_ids[-1:] and feed.token_ids[-1] in _ids(self._config.eos_token_id)
        full = len(feed.token_ids) >= prompt.new_tokens
        return "length" if full and not (feed.scanner.stopped or ended) else "stop"


class _Feed(BaseStreamer):
    """Receives tokens from generate() and emits text to the call."""

    def __init__(
        self, call: Call[str, Answer], tokenizer: PreTrainedTokenizerBase, stops: Sequence[str]
    ) -> None:
        self._call = call
        self._decoder = IncrementalDecoder(lambda ids: _decode(tokenizer, ids))
        self._prompt_seen = False
        self.scanner = StopScanner(stops)
        self.token_ids: list[int] = []
        self.pieces: list[str] = []

    @override
    def put(self, value: torch.Tensor) -> None:
        if not self._prompt_seen:  # generate() hands over the prompt first
            self._prompt_seen = True
            return
        for token in value.flatten().tolist():
            self.token_ids.append(token)
            self._emit(self.scanner.push(self._decoder.push(token)))

    @override
    def end(self) -> None:
        self._emit(self.scanner.push(self._decoder.flush()))
        self._emit(self.scanner.flush())

    def _emit(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self._call.emit(text)


class _Over(StoppingCriteria):
    """Ends generate() at a stop string or when nobody waits for the answer."""

    def __init__(self, feed: _Feed, call: Call[str, Answer]) -> None:
        self._feed = feed
        self._call = call

    def __call__(
        self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: object
    ) -> torch.Tensor:
        del scores, kwargs
        over = self._feed.scanner.stopped or self._call.cancelled
        return torch.full((len(input_ids),), over, device=input_ids.device, dtype=torch.bool)


class _Noise(LogitsProcessor):
    """Makes the largest score a random sample: the maximum of log p + Gumbel noise has law p.

    generate() itself draws from the process's one generator, which other requests use too.
    """

    def __init__(self, seed: int | None, device: torch.device) -> None:
        self._generator = torch.Generator(device)
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        del input_ids
        waits = torch.empty_like(scores, dtype=torch.float32)
        waits.exponential_(generator=self._generator).clamp_min_(torch.finfo(waits.dtype).tiny)
        return scores.float() - waits.log_()


def _processors(prompt: Prompt, device: torch.device) -> LogitsProcessorList:
    sampling, chosen = prompt.sampling, LogitsProcessorList()
    if sampling.temperature < GREEDY_BELOW:
        return chosen
    chosen.append(TemperatureLogitsWarper(float(sampling.temperature)))
    if sampling.top_k > 0:
        chosen.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        chosen.append(TopPLogitsWarper(sampling.top_p))
    chosen.append(_Noise(prompt.seed, device))
    return chosen


def _default_sampling(config: GenerationConfig) -> Sampling:
    """Read the sampling that the model's authors recommend; plain sampling where they say none."""
    return Sampling(
        temperature=1.0 if config.temperature is None else float(config.temperature),
        top_p=1.0 if config.top_p is None else float(config.top_p),
        top_k=config.top_k or 0,
    )


def _plain_config(config: GenerationConfig, tokenizer: PreTrainedTokenizerBase) -> GenerationConfig:
    """Keep all but the model's sampling, which is done per request."""
    ends = _ids(config.eos_token_id) or _ids(tokenizer.eos_token_id)
    pad = tokenizer.pad_token_id if config.pad_token_id is None else config.pad_token_id
    return GenerationConfig(
        bos_token_id=config.bos_token_id,
        eos_token_id=ends or None,
        pad_token_id=pad if pad is not None else next(iter(ends), None),
        repetition_penalty=config.repetition_penalty,
        do_sample=False,
    )


def _ids(value: Any) -> list[int]:  # noqa: ANN401 - one id, several or none, as configs have it
    if value is None:
        return []
    return [value] if isinstance(value, int) else list(value)


def _decode(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> str:
    return str(tokenizer.decode(list(ids), skip_special_tokens=True))
