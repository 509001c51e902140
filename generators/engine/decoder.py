"""The family of decoders that most chat models belong to, as few large products as possible.

Qwen 2 and 3, Llama and Mistral are one architecture: root-mean-square norms, rotary positions,
grouped attention, a gated feed-forward. This runs tokens of many requests as one flat list and
leaves the attention to whoever holds the cache. It takes the weights out of the loaded model, which
is of no use afterwards; `exact` tells whether the two agree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import rms_norm, silu
from typing_extensions import override

from generators.engine.adapters import Adapter, Choice, Part, adapted, check
from generators.engine.linear import Apply, joined, packing_pays

KNOWN = frozenset(
    {"Qwen3ForCausalLM", "Qwen2ForCausalLM", "LlamaForCausalLM", "MistralForCausalLM"}
)
_HEADS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
_GATED = ("mlp.gate_proj", "mlp.up_proj")
PROBE_TOKENS = 12
TOLERANCES = {torch.float32: 1e-3, torch.bfloat16: 6e-2}
"""Of the scores, as a share of their spread: what sums in another order may differ by."""
LEAST_ALIKE = 0.98
"""Correlation of scores in eight bits with those of the model; below it they are not used."""
ROTARY = frozenset({None, "default", "linear", "llama3", "yarn"})
"""Kinds of rotary positions whose factors depend on nothing but the position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Queries, keys and values (tokens, heads + 2 * groups, size) as they leave their product."""

    mixed: Tensor
    positions: Tensor
    turns: tuple[Tensor, Tensor]
    norms: Tensor | None
    eps: float
    heads: int
    groups: int

    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries (tokens, heads, size), keys and values (tokens, groups, size)."""
        keyed, values = self.mixed.split((self.heads + self.groups, self.groups), dim=1)
        if self.norms is not None:
            keyed = rms_norm(keyed, keyed.shape[-1:], None, self.eps) * self.norms
        cosines, sines = (table[self.positions].unsqueeze(1) for table in self.turns)
        rolled = keyed.roll(keyed.shape[-1] // 2, -1)
        turned = torch.addcmul(keyed * cosines, rolled, sines)
        queries, keys = turned.split((self.heads, self.groups), dim=1)
        return queries, keys, values


Attend = Callable[[int, Heads], Tensor]
"""Layer and heads to what they saw (tokens, heads * size); keys and values go into the cache."""


class Kernels(Protocol):
    """The small operations between the products."""

    def added(self, hidden: Tensor, delta: Tensor | None, norm: "Norm") -> tuple[Tensor, Tensor]:
        """Return the sum of both (tokens, width), and its norm."""

    def gated(self, wide: Tensor) -> Tensor:
        """Return silu of the first half of each row times the second."""


class Plain:
    """The operations by torch's own functions."""

    def added(self, hidden: Tensor, delta: Tensor | None, norm: "Norm") -> tuple[Tensor, Tensor]:
        """Return the sum of both (tokens, width), and its norm."""
        if delta is not None:
            hidden = hidden + delta
        return hidden, rms_norm(hidden, hidden.shape[-1:], norm.weight, norm.eps)

    def gated(self, wide: Tensor) -> Tensor:
        """Return silu of the first half of each row times the second."""
        gate, up = wide.chunk(2, dim=-1)
        return silu(gate) * up


def is_known(model: Any) -> bool:  # noqa: ANN401 - any model of transformers
    """Whether a model of transformers is of this family, with full attention in every layer."""
    config = model.config
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    slides = "layer_types" not in config.to_dict() and getattr(config, "sliding_window", None)
    gated = getattr(config, "hidden_act", None) == "silu"
    plain = kinds == {"full_attention"} and not slides
    return type(model).__name__ in KNOWN and plain and gated and _rotary_kind(config) in ROTARY


def _rotary_kind(config: Any) -> str | None:  # noqa: ANN401 - as above
    given = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    return given.get("rope_type")


class Decoder(nn.Module):
    """A decoder over a flat list of tokens."""

    def __init__(self, model: Any, *, short: bool = False) -> None:  # noqa: ANN401 - one of KNOWN
        """Take the weights of the model, one layer after the other; `short` in eight bits."""
        super().__init__()
        config, inner = model.config, model.model
        self.layer_count: int = config.num_hidden_layers
        self.heads: int = config.num_attention_heads
        self.groups: int = config.num_key_value_heads
        self.head_size: int = inner.layers[0].self_attn.head_dim
        self.context_tokens: int = config.max_position_embeddings
        self.vocabulary: int = config.vocab_size
        pack = packing_pays(inner.layers[0].mlp.up_proj.weight)
        self.kernels: Kernels = Plain()
        self._embed: nn.Embedding = inner.embed_tokens
        self._turns = _turns(inner, self.context_tokens)
        self._norm = _norm(inner.norm)
        self._head = joined(model.lm_head, pack=pack, short=short)
        self._layers = _layers(inner, pack=pack, short=short)
        self.choice = Choice()
        self.adapters: tuple[str, ...] = ()

    def adapt(self, adapters: Sequence[Adapter]) -> None:
        """Apply adapters, which fit, to the tokens that choose them; once."""
        like = self._embed.weight
        for number, layer in enumerate(self._layers):
            layer.adapt((adapters, number), self.choice, like)
        self.adapters = tuple(adapter.name for adapter in adapters)

    def check(self, adapter: Adapter) -> None:
        """Raise Unusable if an adapter does not fit."""
        check(adapter, [layer.parts for layer in self._layers])

    def choose(self, numbers: Sequence[int]) -> None:
        """Say which adapter each token of the next pass uses: by number from 1, or 0 for none."""
        chosen = torch.tensor(numbers, device=self.device) if any(numbers) else None
        self.choice.of = chosen

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._embed.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        return self._embed.weight.dtype

    @override
    def forward(self, tokens: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """Return the hidden state (tokens, width) behind the last layer."""
        hidden, delta = self._embed(tokens), None
        for number, layer in enumerate(self._layers):
            hidden, mixed = layer.heads(hidden, delta, self.kernels)
            seen = attend(number, layer.shaped(mixed, positions, self._turns))
            hidden, delta = layer.rest(hidden, seen, self.kernels)
        return self.kernels.added(hidden, delta, self._norm)[1]

    def example(self, mixed: Tensor, positions: Tensor) -> Heads:
        """Return heads as the first layer would have them, to try an attention with."""
        return self._layers[0].shaped(mixed.flatten(1), positions, self._turns)

    def scores(self, hidden: Tensor) -> Tensor:
        """Return the scores (tokens, vocabulary) of the next token."""
        return self._head(hidden)


def agrees(expected: Tensor, scores: Tensor) -> bool:
    """Whether two ways to compute scores differ by no more than their rounding."""
    spread = float(expected.float().std()) or 1.0
    gap = float((expected.float() - scores.float()).abs().max())
    return gap <= TOLERANCES.get(expected.dtype, 0.0) * spread * 10


def resembles(expected: Tensor, scores: Tensor) -> bool:
    """Whether scores of fewer bits rank the next token about as the model does."""
    both = torch.stack([expected.flatten().float(), scores.flatten().float()])
    return bool(torch.corrcoef(both)[0, 1] >= LEAST_ALIKE)


def probe(vocabulary: int, device: torch.device) -> Tensor:
    """Return a few tokens to compare two models by."""
    numbers = torch.arange(1, PROBE_TOKENS + 1, device=device)
    return numbers * 7919 % vocabulary


class Norm(nn.Module):
    """The weight and epsilon of a root-mean-square norm."""

    def __init__(self, weight: Tensor, eps: float) -> None:
        """Take the weight (width) and what keeps the root from zero."""
        super().__init__()
        self.weight = weight
        self.eps = eps


def _norm(norm: Any) -> Norm:  # noqa: ANN401 - each family has a class of its own
    return Norm(norm.weight.detach(), norm.variance_epsilon)


class _Layer(nn.Module):
    def __init__(self, source: Any, *, pack: bool, short: bool) -> None:  # noqa: ANN401 - as above
        super().__init__()
        attention, mlp = source.self_attn, source.mlp
        self._before = _norm(source.input_layernorm)
        self._between = _norm(source.post_attention_layernorm)
        self._size: int = attention.head_dim
        self._groups: int = attention.k_proj.weight.shape[0] // self._size
        self._heads: int = attention.q_proj.weight.shape[0] // self._size
        self._norms = _head_norms(attention, self._heads, self._groups)
        asked = partial(joined, pack=pack, short=short)
        self._in: Apply = asked(attention.q_proj, attention.k_proj, attention.v_proj)
        self._out: Apply = asked(attention.o_proj)
        self._wide: Apply = asked(mlp.gate_proj, mlp.up_proj)
        self._narrow: Apply = asked(mlp.down_proj)
        self.parts = {
            name: Part(name=name, outputs=len(weight), inputs=weight.shape[1])
            for name in (*_HEADS, "self_attn.o_proj", *_GATED, "mlp.down_proj")
            for weight in [source.get_submodule(name).weight]
        }

    def adapt(self, given: tuple[Sequence[Adapter], int], choice: Choice, like: Tensor) -> None:
        """Put adapters beside the four products."""

        def beside(plain: Apply, *names: str) -> Apply:
            return adapted(plain, [self.parts[name] for name in names], given, choice, like)

        self._in = beside(self._in, *_HEADS)
        self._out = beside(self._out, "self_attn.o_proj")
        self._wide = beside(self._wide, *_GATED)
        self._narrow = beside(self._narrow, "mlp.down_proj")

    def heads(self, hidden: Tensor, delta: Tensor | None, by: Kernels) -> tuple[Tensor, Tensor]:
        """Return the hidden state, `delta` added, and queries, keys and values in one."""
        hidden, normed = by.added(hidden, delta, self._before)
        return hidden, self._in(normed)

    def shaped(self, mixed: Tensor, positions: Tensor, turns: tuple[Tensor, Tensor]) -> Heads:
        """Return them with all that attention needs to know."""
        return Heads(
            mixed=mixed.view(len(mixed), -1, self._size),
            positions=positions,
            turns=turns,
            norms=self._norms,
            eps=self._before.eps,
            heads=self._heads,
            groups=self._groups,
        )

    def rest(self, hidden: Tensor, seen: Tensor, by: Kernels) -> tuple[Tensor, Tensor]:
        """Return the hidden state behind attention, and what is to be added to it."""
        hidden, normed = by.added(hidden, self._out(seen), self._between)
        return hidden, self._narrow(by.gated(self._wide(normed)))


def _layers(inner: Any, *, pack: bool, short: bool) -> Sequence[_Layer]:  # noqa: ANN401 - as above
    """Take the layers over; each source is let go as soon as it is copied."""
    made: list[_Layer] = []
    for number, source in enumerate(inner.layers):
        made.append(_Layer(source, pack=pack, short=short))
        inner.layers[number] = nn.Identity()
    return made


def _head_norms(attention: Any, heads: int, groups: int) -> Tensor | None:  # noqa: ANN401 - as above
    """Return the norms of queries and keys, one row a head; None where there are none."""
    if getattr(attention, "q_norm", None) is None:
        return None
    queries, keys = attention.q_norm.weight.detach(), attention.k_norm.weight.detach()
    return torch.cat([queries.expand(heads, -1), keys.expand(groups, -1)])


@torch.inference_mode()
def _turns(inner: Any, count: int) -> tuple[Tensor, Tensor]:  # noqa: ANN401 - as above
    """Rotary factors (positions, size), the sines with the sign of the half they meet."""
    weight = inner.embed_tokens.weight
    places = torch.arange(count, device=weight.device).unsqueeze(0)
    cosines, sines = (table[0] for table in inner.rotary_emb(weight[:1].unsqueeze(0), places))
    half = sines.shape[-1] // 2
    return cosines, torch.cat([-sines[:, :half], sines[:, half:]], dim=-1)
