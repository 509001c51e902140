"""Answers that are JSON of a given schema: before each token, which tokens may follow.

The schema becomes a grammar, and each step asks the grammar (https://github.com/guidance-ai/llguidance)
for a mask; a schema that it does not know in full is refused, never followed in part. Nothing is
fetched for a `$ref`. There is no optional white space, which a small model would write for ever.
"""

import json
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import llguidance
import llguidance.hf
import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from generators.engine.errors import BadRequest

PARAM = "response_format"
KEPT = 32
"""Grammars of schemas that were used last; a bot asks with the same few."""
LIMITS = LLParserLimits(
    initial_lexer_fuel=1_000_000,
    step_lexer_fuel=100_000,  # some 7 ms of a step that others wait for
    step_max_items=50_000,
    max_lexer_states=20_000,  # some 40 MB
    max_grammar_size=100_000,
    verbose_errors=False,
)
_UNKNOWN = re.compile(r'"([A-Za-z$]{1,30})"')


class Rule:
    """Which tokens may follow in one answer; for one thread."""

    def __init__(self, matcher: LLMatcher, width: int) -> None:
        """Take a matcher at its beginning, and how many tokens there are."""
        self._matcher = matcher
        self._width = width
        self._taken = 0
        self.broken = False

    def allowed(self, written: Sequence[int]) -> NDArray[np.bool_]:
        """Return for each token (tokens) whether it may follow those written so far.

        All that has been asked before is a beginning of `written`. Past its limits the rule is
        `broken`, and allows anything.
        """
        fresh = list(written[self._taken :])
        self._taken = len(written)
        if fresh and not self._matcher.consume_tokens(fresh):
            self.broken = True
        bits = np.zeros(-(-self._width // 32) * 4, dtype=np.uint8)
        if not self.broken:
            self._matcher.unsafe_compute_mask_ptr(bits.ctypes.data, bits.nbytes)
            self.broken = self._matcher.is_error() or not bits.any()
        if self.broken:
            return np.ones(self._width, dtype=np.bool_)
        return np.unpackbits(bits, count=self._width, bitorder="little").astype(np.bool_)


class Grammar:
    """Makes rules for one tokenizer; for any thread, but not for the event loop: some take time."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, *, width: int, ends: Collection[int]
    ) -> None:
        """Take the tokenizer, how many scores a model gives, and the tokens that end an answer.

        What is needed of the tokenizer is copied here: it must not be used by two threads at once.
        """
        self._width = width
        self._one = threading.Lock()
        self._words: LLTokenizer | None = None
        if isinstance(tokenizer, PreTrainedTokenizerFast):
            self._words = llguidance.hf.from_tokenizer(
                tokenizer, n_vocab=width, eos_token=sorted(ends)
            )
        self._matcher = lru_cache(KEPT)(self._compiled)

    def rule(self, schema: Mapping[str, Any]) -> Rule:
        """Return a rule for an answer of this schema. Raises BadRequest."""
        with self._one:
            matcher = self._matcher(json.dumps(schema, ensure_ascii=False))
            return Rule(matcher.deep_copy(), self._width)

    def _compiled(self, schema: str) -> LLMatcher:
        if self._words is None:
            raise BadRequest(f"'{PARAM}': this model's tokenizer is of another kind.", param=PARAM)
        given = {"whitespace_flexible": False, "lenient": False}
        grammar = LLMatcher.grammar_from_json_schema(schema, overrides=given)
        matcher = LLMatcher(self._words, grammar, log_level=0, limits=LIMITS)
        if matcher.is_error():
            raise BadRequest(_reason(matcher.get_error()), param=PARAM)
        return matcher


def _reason(error: str) -> str:
    """Say what is not supported, without repeating what else the client wrote."""
    if error.startswith("Unimplemented keys"):
        names = ", ".join(_UNKNOWN.findall(error))
        return f"'{PARAM}': the schema uses {names}, which this engine does not support."
    return f"'{PARAM}': the schema is not valid, refers to another document, or is too complex."
