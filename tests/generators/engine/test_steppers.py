"""Every way to run a model computes what the library's own model computes."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from generators.engine.cache import Segment
from generators.engine.options import EngineSettings

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

SIZES = {
    "vocab_size": 300,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.15,
    "pad_token_id": 0,
}
ROOM_TOKENS = 4096
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "Qwen3": {"head_dim": 16},
    "Qwen2": {"tie_word_embeddings": True},
    "Llama": {"rope_parameters": LLAMA3_ROPE},
    "Mistral": {"sliding_window": None, "head_dim": 32},
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep two threads of a tiny step from waiting for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def picking() -> random.Random:
    return random.Random(4)  # noqa: S311 - no secret


def built(family: str, **fields: Any) -> Any:
    import transformers  # noqa: PLC0415 - takes seconds

    torch.manual_seed(0)
    config = getattr(transformers, f"{family}Config")(**(SIZES | fields))
    return getattr(transformers, f"{family}ForCausalLM")(config).eval()


def made(kind: str, model: Any) -> Any:
    from generators.engine.anymodel import AnyStepper  # noqa: PLC0415 - imports torch
    from generators.engine.decoder import Decoder  # noqa: PLC0415 - imports torch
    from generators.engine.pages import PageStepper  # noqa: PLC0415 - imports torch
    from generators.engine.slabs import SlabStepper  # noqa: PLC0415 - imports torch

    if kind == "any":
        return AnyStepper(model, room_tokens=ROOM_TOKENS)
    wanted = SlabStepper if kind == "slabs" else PageStepper
    return wanted(Decoder(model), room_tokens=ROOM_TOKENS, rows=8)


def generated(model: Any, prompt: list[int], count: int) -> list[int]:
    tokens = torch.tensor([prompt])
    mask = torch.ones_like(tokens)
    given = {"max_new_tokens": count, "min_new_tokens": count, "do_sample": False}
    return model.generate(tokens, attention_mask=mask, **given)[0, len(prompt) :].tolist()


def run(stepper: Any, prompts: list[list[int]], count: int, pick: random.Random) -> list[list[int]]:
    """Write greedily: rows come and go at random, prompts come in pieces of any size."""
    known, done = [list(prompt) for prompt in prompts], [0] * len(prompts)
    seats: dict[int, Any] = {}
    waiting = list(range(len(prompts)))
    while waiting or seats:
        while waiting and len(seats) < 5 and pick.random() < 0.6:
            row = waiting.pop(0)
            seats[row] = stepper.open(len(prompts[row]) + count)
        rows = [row for row in seats if pick.random() < 0.8]
        given = [
            Segment(
                seat=seats[row],
                start=done[row],
                tokens=known[row][done[row] :][: pick.choice([1, 2, 7, 400])],
            )
            for row in rows
        ]
        best = stepper.step(given).argmax(dim=-1).tolist() if given else []
        for row, one, token in zip(rows, given, best, strict=True):
            done[row] = one.end
            if one.end == len(known[row]):
                known[row].append(token)
            if len(known[row]) == len(prompts[row]) + count:
                stepper.close(seats.pop(row))
    return [row[-count:] for row in known]


@pytest.mark.parametrize("kind", ["slabs", "pages", "any"])
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_that_come_and_go_are_written_as_alone(family: str, kind: str) -> None:
    fields = FAMILIES[family]
    stepper, model = made(kind, built(family, **fields)), built(family, **fields)
    pick = picking()
    lengths = [pick.choice([2, 30, 90, 150]) for _ in range(6)]
    prompts = [[pick.randrange(300) for _ in range(length)] for length in lengths]
    expected = [generated(model, prompt, 6) for prompt in prompts]
    assert run(stepper, prompts, 6, pick) == expected
    assert len({tuple(row) for row in expected}) > 1


@pytest.mark.parametrize("kind", ["slabs", "pages", "any"])
def test_room_is_counted_and_comes_back(kind: str) -> None:
    stepper = made(kind, built("Qwen3", **FAMILIES["Qwen3"]))
    seats = [stepper.open(stepper.room_tokens // 4) for _ in range(4)]
    assert all(seat is not None for seat in seats)
    assert stepper.open(64) is None
    for seat in seats:
        stepper.close(seat)
    whole = stepper.open(stepper.room_tokens)
    assert whole is not None
    stepper.close(whole)
    assert not getattr(stepper, "_slabs", {}) or not any(stepper._slabs.values())


def test_room_that_nobody_writes_to_takes_no_memory() -> None:
    import psutil  # noqa: PLC0415 - beside its only use

    from generators.engine.decoder import Decoder  # noqa: PLC0415 - imports torch
    from generators.engine.slabs import SlabStepper  # noqa: PLC0415 - imports torch

    stepper = SlabStepper(Decoder(built("Qwen3", **FAMILIES["Qwen3"])), room_tokens=1 << 21, rows=8)
    before = psutil.Process().memory_info().rss
    seat = stepper.open(1 << 18)
    assert seat is not None
    assert seat.slab.memory.nbytes >= 1 << 30
    assert psutil.Process().memory_info().rss - before < 1 << 28


def test_a_known_family_runs_fast_and_is_tried_at_the_load() -> None:
    from generators.engine.slabs import SlabStepper  # noqa: PLC0415 - imports torch
    from generators.engine.steppers import stepper  # noqa: PLC0415 - imports torch

    found = stepper(built("Qwen3"), lambda: built("Qwen3"), EngineSettings(rows=4))
    assert isinstance(found, SlabStepper)
    assert found.room_tokens == 4 * 512
    assert found._budget.taken == 0


def test_bfloat16_on_a_cpu_is_close() -> None:
    from generators.engine.slabs import SlabStepper  # noqa: PLC0415 - imports torch
    from generators.engine.steppers import stepper  # noqa: PLC0415 - imports torch

    def load() -> Any:
        return built("Qwen3").to(torch.bfloat16)

    found = stepper(load(), load, EngineSettings(rows=4))
    assert isinstance(found, SlabStepper)
    assert found.decoder.dtype == torch.bfloat16
    assert len(run(found, [[5, 6, 7], [8] * 40], 6, picking())) == 2


def test_what_the_fast_decoder_computes_otherwise_runs_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from generators.engine import decoder, steppers  # noqa: PLC0415 - imports torch
    from generators.engine.anymodel import AnyStepper  # noqa: PLC0415 - imports torch

    monkeypatch.setattr(decoder, "silu", torch.nn.functional.relu)
    loads: list[int] = []

    def again() -> Any:
        loads.append(1)
        return built("Qwen3")

    found = steppers.stepper(built("Qwen3"), again, EngineSettings(rows=4, room_tokens=1024))
    assert isinstance(found, AnyStepper)
    assert loads == [1]
    prompt = [5, 6, 7]
    assert run(found, [prompt], 6, picking()) == [generated(built("Qwen3"), prompt, 6)]


@pytest.mark.parametrize(
    "fields",
    [
        {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 1},
        {"hidden_act": "gelu"},
        {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}},
    ],
)
def test_what_differs_from_the_family_is_left_to_transformers(fields: dict[str, Any]) -> None:
    from generators.engine.anymodel import AnyStepper  # noqa: PLC0415 - imports torch
    from generators.engine.steppers import stepper  # noqa: PLC0415 - imports torch

    def load() -> Any:
        return built("Qwen3", **fields)

    found = stepper(load(), load, EngineSettings(rows=4))
    assert isinstance(found, AnyStepper)
    prompt = list(range(40))
    assert run(found, [prompt], 6, picking()) == [generated(load(), prompt, 6)]


@pytest.mark.parametrize("bias", [True, False])
def test_packed_products_are_products(bias: bool) -> None:
    from generators.engine import linear  # noqa: PLC0415 - imports torch

    weight, shift = torch.randn(96, 64), torch.randn(96) if bias else None
    tight = linear.Linear(weight, shift, pack=True)
    for count in (1, 3, 16, 77):
        rows = torch.randn(count, 64)
        expected = torch.nn.functional.linear(rows, weight, shift)
        assert torch.allclose(tight(rows), expected, atol=1e-4)


def refuse(_weight: Any) -> Any:
    raise RuntimeError("no such operator")


def wrong(linear: Any, rows: Any) -> Any:
    return torch.nn.functional.linear(rows, linear._weight) + float(linear._packed)


def kept(weight: Any) -> Any:
    return weight


@pytest.mark.parametrize("broken", [{"packed": refuse}, {"packed": kept, "forward": wrong}])
def test_a_packing_that_fails_or_errs_is_not_used(
    monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any]
) -> None:
    from generators.engine import linear  # noqa: PLC0415 - imports torch

    monkeypatch.setattr(linear, "packed", broken["packed"])
    if "forward" in broken:
        monkeypatch.setattr(linear.Linear, "forward", broken["forward"])
    assert linear.packing_pays(torch.randn(256, 256)) is False


def test_only_floats_on_a_cpu_are_packed() -> None:
    from generators.engine.linear import packing_pays  # noqa: PLC0415 - imports torch

    assert packing_pays(torch.randn(64, 64, dtype=torch.float64)) is False
    assert packing_pays(torch.randn(64, 64, device="meta")) is False
