"""Matrices in eight bits: close, the same whoever is beside, and left alone where they are not."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from generators.engine.options import EngineSettings
from tests.generators.engine.test_steppers import FAMILIES, built, generated, one_thread

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

__all__ = ["one_thread"]  # a fixture


def drawn(*shape: int, seed: int = 1) -> Any:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("bias", [False, True])
def test_a_short_product_is_close(*, bias: bool) -> None:
    from generators.engine.linear import SHORT_TOLERANCE, Short  # noqa: PLC0415 - imports torch

    weight, rows = drawn(96, 64), drawn(9, 64, seed=2) * 30
    added = drawn(96, seed=3) if bias else None
    expected = torch.nn.functional.linear(rows, weight, added)
    gap = (Short(weight, added)(rows) - expected).abs().max()
    assert 0 < gap <= SHORT_TOLERANCE * expected.abs().max()


def test_a_row_is_the_same_whoever_is_beside_it() -> None:
    from generators.engine.linear import Short  # noqa: PLC0415 - imports torch

    short, row = Short(drawn(96, 64)), drawn(1, 64, seed=2)
    beside = drawn(20, 64, seed=3) * torch.logspace(-3, 6, 20).unsqueeze(1)
    alone, crowd = short(row), short(torch.cat([beside[:7], row, beside[7:]]))
    assert torch.equal(crowd[7], alone[0])


def test_rows_and_outputs_of_zeros_stay_zeros() -> None:
    from generators.engine.linear import Short  # noqa: PLC0415 - imports torch

    weight = drawn(8, 64)
    weight[3] = 0
    made = Short(weight)(torch.cat([drawn(1, 64), torch.zeros(1, 64)]))
    assert (made[0, 3], made[1].abs().max()) == (0, 0)


def stepper_of(monkeypatch: pytest.MonkeyPatch, *, pays: bool = True) -> Callable[[], Any]:
    from generators.engine import steppers  # noqa: PLC0415 - imports torch

    def answer(_weight: object) -> bool:
        return pays

    monkeypatch.setattr(steppers, "shortening_pays", answer)
    settings = EngineSettings(quantization="int8", room_tokens=512, rows=2)

    def make() -> Any:
        return built("Qwen3", **FAMILIES["Qwen3"])

    return lambda: steppers.stepper(make(), make, settings)


def matrices(stepper: Any) -> set[str]:
    return {type(part).__name__ for part in stepper.decoder.modules()} | {
        type(layer._in).__name__ for layer in stepper.decoder._layers
    }


def test_a_model_in_eight_bits_writes_much_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from generators.engine.cache import Segment  # noqa: PLC0415 - beside torch

    stepper = stepper_of(monkeypatch)()
    assert "Short" in matrices(stepper)
    prompt = [number * 7 % 290 + 1 for number in range(20)]
    model = built("Qwen3", **FAMILIES["Qwen3"])
    with torch.inference_mode():
        expected = model(torch.tensor([prompt])).logits[0, -1]
    seat = stepper.open(40)
    scores = stepper.step([Segment(seat=seat, start=0, tokens=prompt)])[0]
    assert torch.corrcoef(torch.stack([expected, scores]))[0, 1] > 0.98
    assert generated(model, prompt, 1)[0] in scores.topk(5).indices


@pytest.mark.parametrize("why", ["slower", "different"])
def test_what_does_not_pay_is_float32_and_told(
    why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from generators.engine import steppers  # noqa: PLC0415 - imports torch

    def no(_expected: object, _scores: object) -> bool:
        return False

    made = stepper_of(monkeypatch, pays=why != "slower")
    if why == "different":
        monkeypatch.setattr(steppers, "resembles", no)
    with caplog.at_level(logging.WARNING):
        stepper = made()
    assert "Short" not in matrices(stepper)
    assert "eight bits do not pay here, or change the answers: float32 it is" in caplog.messages


def test_scores_that_rank_otherwise_are_no_resemblance() -> None:
    from generators.engine.decoder import resembles  # noqa: PLC0415 - imports torch

    scores = drawn(1, 500)
    assert resembles(scores, scores + drawn(1, 500, seed=2) * 0.05)
    assert not resembles(scores, scores + drawn(1, 500, seed=2) * 0.5)


def test_eight_bits_are_for_float32_on_a_cpu() -> None:
    from generators.engine.linear import shortening_pays  # noqa: PLC0415 - imports torch

    assert not shortening_pays(drawn(64, 64).bfloat16())
    assert shortening_pays(drawn(1024, 1024)) in {True, False}
