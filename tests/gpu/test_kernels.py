"""The kernels of Triton beside the functions of torch that they replace."""

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.torch,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
SHAPES = [(32, 8, 128), (16, 8, 128), (14, 2, 64), (2, 1, 16), (8, 8, 64)]


def heads_of(shape: tuple[int, int, int], count: int, *, normed: bool) -> Any:
    from generators.engine.decoder import Heads  # noqa: PLC0415 - imports torch

    heads, groups, size = shape
    draw = {"device": "cuda", "dtype": torch.bfloat16}
    return Heads(
        mixed=torch.randn(count, heads + 2 * groups, size, **draw),
        positions=torch.randint(0, 600, (count,), device="cuda"),
        turns=(torch.randn(640, size, **draw), torch.randn(640, size, **draw)),
        norms=torch.randn(heads + groups, size, **draw) if normed else None,
        eps=1e-6,
        heads=heads,
        groups=groups,
    )


def rows_of(heads: Any) -> Any:
    from generators.engine.pages import Rows  # noqa: PLC0415 - imports torch

    count = len(heads.positions)
    table = torch.randperm(count * 40, device="cuda").view(count, 40) + 1
    return Rows(fed=torch.stack([torch.zeros_like(heads.positions), heads.positions]), table=table)


@pytest.mark.parametrize("normed", [True, False])
@pytest.mark.parametrize("count", [1, 3, 16])
@pytest.mark.parametrize("shape", SHAPES)
def test_paged_attention_is_attention(
    shape: tuple[int, int, int], count: int, *, normed: bool
) -> None:
    from generators.engine import kernels  # noqa: PLC0415 - imports Triton
    from generators.engine.pages import PAGE_TOKENS, gathered  # noqa: PLC0415 - imports torch

    torch.manual_seed(count)
    heads = heads_of(shape, count, normed=normed)
    rows = rows_of(heads)
    tokens = (2, (count * 40 + 1) * PAGE_TOKENS, *shape[1:])
    pool = torch.randn(tokens, device="cuda", dtype=torch.bfloat16)
    again = pool.clone()
    expected, found = gathered(pool, heads, rows), kernels.paged(again, heads, rows)
    assert torch.allclose(pool.float(), again.float(), atol=0.05, rtol=0.02)
    assert torch.allclose(expected.float(), found.float(), atol=0.05, rtol=0.05)
    assert expected.float().std() > 0.05  # there is something to compare


@pytest.mark.parametrize("width", [32, 1000, 4096, 12288])
def test_sums_and_gates_are_what_torch_computes(width: int) -> None:
    from generators.engine.decoder import Norm, Plain  # noqa: PLC0415 - imports torch
    from generators.engine.kernels import Fused  # noqa: PLC0415 - imports Triton

    draw = {"device": "cuda", "dtype": torch.bfloat16}
    hidden, delta = torch.randn(5, width, **draw), torch.randn(5, width, **draw)
    norm = Norm(torch.randn(width, **draw), 1e-6)
    for more in (delta, None):
        pairs = zip(
            Plain().added(hidden, more, norm), Fused().added(hidden, more, norm), strict=True
        )
        for plain, fused in pairs:
            assert torch.allclose(plain.float(), fused.float(), atol=0.03, rtol=0.02)
    wide = torch.randn(5, 2 * width, **draw)
    gaps = Plain().gated(wide).float() - Fused().gated(wide).float()
    assert gaps.abs().max() < 0.05


def model_of(**fields: Any) -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM  # noqa: PLC0415 - takes seconds

    torch.manual_seed(0)
    given: dict[str, Any] = {
        "vocab_size": 4096,
        "hidden_size": 512,
        "intermediate_size": 1024,
        "num_hidden_layers": 4,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "max_position_embeddings": 4096,
        "initializer_range": 0.1,
    }
    model: Any = Qwen3ForCausalLM(Qwen3Config(**(given | fields))).eval()
    return model.to("cuda", torch.bfloat16)


@pytest.fixture(scope="module")
def stepper() -> Any:
    from generators.engine.options import EngineSettings  # noqa: PLC0415 - beside its only use
    from generators.engine.steppers import stepper  # noqa: PLC0415 - imports torch

    return stepper(model_of(), model_of, EngineSettings(room_tokens=32768, triton=True))


def test_a_known_model_runs_in_recorded_steps_with_our_kernels(stepper: Any) -> None:
    from generators.engine.kernels import Fused  # noqa: PLC0415 - imports Triton
    from generators.engine.pages import PageStepper  # noqa: PLC0415 - imports torch

    assert isinstance(stepper, PageStepper)
    assert isinstance(stepper.decoder.kernels, Fused)
    assert all(step._graph is not None for step in stepper._steps.values())
    assert {count for count, _ in stepper._steps} == {1, 2, 4, 8, 16}


def scores_of(stepper: Any, prompts: list[list[int]], pieces: int) -> Any:
    """Scores behind each prompt: its first tokens in pieces, the last one in a recorded step."""
    from generators.engine.cache import Segment  # noqa: PLC0415 - beside its only use

    seats = [stepper.open(len(prompt)) for prompt in prompts]
    for begin in range(0, max(map(len, prompts)), pieces):
        given = [
            Segment(seat=seat, start=begin, tokens=prompt[begin:-1][:pieces])
            for seat, prompt in zip(seats, prompts, strict=True)
            if begin < len(prompt) - 1
        ]
        if given:
            stepper.step(given)
    last = [
        Segment(seat=seat, start=len(prompt) - 1, tokens=prompt[-1:])
        for seat, prompt in zip(seats, prompts, strict=True)
    ]
    scores = stepper.step(last).float().clone()
    for seat in seats:
        stepper.close(seat)
    return scores


@pytest.mark.parametrize("pieces", [33, 1000])
@pytest.mark.parametrize("count", [1, 5, 16])
def test_scores_are_those_of_transformers(stepper: Any, count: int, pieces: int) -> None:
    reference = model_of()
    torch.manual_seed(1)
    prompts = [torch.randint(0, 4096, (20 + 47 * number,)).tolist() for number in range(count)]
    found = scores_of(stepper, prompts, pieces)
    with torch.inference_mode():
        for prompt, row in zip(prompts, found, strict=True):
            expected = reference(torch.tensor([prompt], device="cuda")).logits[0, -1].float()
            assert torch.nn.functional.cosine_similarity(expected, row, dim=0) > 0.995
            assert (expected - row).abs().max() < 0.5 * expected.std()


def test_a_request_is_the_same_beside_others(stepper: Any) -> None:
    torch.manual_seed(2)
    prompts = [torch.randint(0, 4096, (60,)).tolist() for _ in range(16)]
    alone = torch.cat([scores_of(stepper, [prompt], 1000) for prompt in prompts])
    together = scores_of(stepper, prompts, 1000)
    assert (alone - together).abs().max() < 0.5 * alone.std()


def test_all_pages_come_back(stepper: Any) -> None:
    seats = [stepper.open(1000) for _ in range(20)]
    assert all(seats)
    assert stepper.open(32768) is None
    for seat in seats:
        stepper.close(seat)
    whole = stepper.open(32768)
    assert whole is not None
    stepper.close(whole)
