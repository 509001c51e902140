"""A language model: a conversation in, a prompt of tokens out, and what writes its answer.

The batch that writes the answers is `batcher`; here is what a request means: its limits, its
sampling, and that a message cannot forge another turn.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
from torch import Tensor
from transformers import GenerationConfig, PreTrainedTokenizerBase

from generators.engine.cache import Stepper
from generators.engine.errors import BadRequest, ContextTooLong
from generators.engine.grammar import Grammar
from generators.engine.prompt import Draw, Prompt, Sampling, Shape
from generators.engine.row import Decode
from generators.engine.sampling import choose
from generators.engine.wire import MAX_SEED, ChatAsk, Message

DEFAULT_NEW_TOKENS = 1024


class LanguageModel:
    """A causal model with its tokenizer; `prepare` on the event loop, the rest on one thread.

    Two tokenizers, because one must not be used by two threads at once
    (https://github.com/huggingface/diffusers/issues/9362).
    """

    def __init__(
        self,
        stepper: Stepper,
        config: GenerationConfig,
        *,
        reader: PreTrainedTokenizerBase,
        writer: PreTrainedTokenizerBase,
        context_tokens: int,
    ) -> None:
        """Take what computes, the authors' settings, two tokenizers and the longest context."""
        self.stepper = stepper
        self.decode: Decode = decoding(writer)
        ends = _ids(config.eos_token_id) or _ids(reader.eos_token_id)
        self.stop_tokens = frozenset(ends)
        self.context_tokens = context_tokens
        self.adapters = stepper.adapters
        self._reader = reader
        self._grammar = Grammar(reader, width=stepper.vocabulary, ends=self.stop_tokens)
        self._defaults = _default_sampling(config)

    def shape(self, form: Mapping[str, Any]) -> Shape:
        """Return what keeps an answer to a JSON schema; in any thread. Raises BadRequest."""
        return self._grammar.rule(form)

    def prepare(self, ask: ChatAsk, shape: Shape | None = None) -> Prompt:
        """Turn a request into token ids. Raises ContextTooLong or BadRequest."""
        ids = self._token_ids(ask.messages)
        return Prompt(
            token_ids=ids,
            new_tokens=self._new_tokens(len(ids), ask.new_tokens),
            sampling=self._sampling(ask),
            seed=secrets.randbelow(MAX_SEED) if ask.seed is None else ask.seed,
            stops=ask.stops,
            person=ask.user or "",
            rank=ask.priority,
            adapter=self._adapter(ask.model),
            shape=shape,
            standing=ask.wants_queue,
        )

    def choose(self, scores: Tensor, draws: Sequence[Draw]) -> Tensor:
        """Return the next token of each row of scores."""
        return choose(scores, draws)

    def release(self) -> None:
        """Let go of the weights and of the memory for answers; nothing can be asked any more."""
        del self.stepper

    def _adapter(self, asked: str) -> int:
        """Return the number of the adapter that a model's name asks for; 0 for none."""
        name = asked.rpartition(":")[2]
        return self.adapters.index(name) + 1 if name in self.adapters else 0

    def _new_tokens(self, given: int, asked: int | None) -> int:
        """Return the longest answer. Raises ContextTooLong."""
        memory = self.stepper.room_tokens
        room = min(self.context_tokens, memory) - given
        wanted = min(DEFAULT_NEW_TOKENS, max(room, 1)) if asked is None else asked
        if wanted > room:
            limit = f"The model's context is {self.context_tokens} tokens"
            if memory < self.context_tokens:
                limit = f"This engine has memory for {memory} tokens of a request"
            told = f"the messages have {given} and the answer may have {wanted}"
            raise ContextTooLong(f"{limit}; {told}.", param="messages")
        return wanted

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
            top_k=default.top_k if ask.top_k is None else ask.top_k,
            repetition_penalty=default.repetition_penalty,
        )


def decoding(tokenizer: PreTrainedTokenizerBase) -> Decode:
    """Return what turns tokens into text without those that steer the model."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is not None and not tokenizer.clean_up_tokenization_spaces:
        return lambda ids: fast.decode(ids, skip_special_tokens=True)  # without a tensor's detour
    return lambda ids: str(tokenizer.decode(list(ids), skip_special_tokens=True))


def _default_sampling(config: GenerationConfig) -> Sampling:
    """Read the sampling that the model's authors recommend; plain sampling where they say none."""
    return Sampling(
        temperature=1.0 if config.temperature is None else float(config.temperature),
        top_p=1.0 if config.top_p is None else float(config.top_p),
        top_k=config.top_k or 0,
        repetition_penalty=float(config.repetition_penalty or 1.0),
    )


def _ids(value: Any) -> list[int]:  # noqa: ANN401 - one id, several or none, as configs have it
    if value is None:
        return []
    return [value] if isinstance(value, int) else list(value)
