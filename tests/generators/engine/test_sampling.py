from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.engine.prompt import Draw, Sampling

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

SHARES = (0.5, 0.3, 0.15, 0.05, 0.0)


def rules(**fields: Any) -> Sampling:
    given: dict[str, Any] = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, **fields}
    return Sampling(**given)


def drawn(scores: Any, draws: list[Draw]) -> list[int]:
    from generators.engine.sampling import choose  # noqa: PLC0415 - imports torch

    return choose(scores.clone(), draws).tolist()


def counted(sampling: Sampling) -> Any:
    """Shares of 20,000 tokens drawn from SHARES by as many seeds."""
    scores = torch.tensor(SHARES).log().expand(20_000, -1)
    draws = [Draw(sampling=sampling, seed=seed, known=[1, 2]) for seed in range(20_000)]
    return torch.bincount(torch.tensor(drawn(scores, draws)), minlength=5) / 20_000


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (rules(), SHARES),
        (rules(top_k=2), (0.625, 0.375, 0, 0, 0)),
        (rules(top_p=0.75), (0.625, 0.375, 0, 0, 0)),
        (rules(top_p=0.4), (1, 0, 0, 0, 0)),
        (rules(temperature=0.5), (0.6849, 0.2466, 0.0616, 0.0068, 0)),
        (rules(top_k=3, top_p=0.9), (0.5263, 0.3158, 0.1579, 0, 0)),
        (rules(temperature=0), (1, 0, 0, 0, 0)),
    ],
)
def test_tokens_are_drawn_by_their_shares(sampling: Sampling, expected: tuple[float, ...]) -> None:
    assert torch.allclose(counted(sampling), torch.tensor(expected).float(), atol=0.012)


def test_one_seed_draws_by_the_shares_from_position_to_position() -> None:
    scores = torch.tensor(SHARES).log().expand(5_000, -1)
    draws = [Draw(sampling=rules(), seed=7, known=range(place)) for place in range(5_000)]
    shares = torch.bincount(torch.tensor(drawn(scores, draws)), minlength=5) / 5_000
    assert torch.allclose(shares, torch.tensor(SHARES), atol=0.025)


SAMPLINGS = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 1.7]),
    top_p=st.sampled_from([0.3, 0.9, 1.0]),
    top_k=st.sampled_from([0, 1, 5, 1000]),
    repetition_penalty=st.sampled_from([1.0, 1.3]),
)
DRAWS = st.builds(
    Draw,
    sampling=SAMPLINGS,
    seed=st.integers(0, 2**63 - 1),
    known=st.lists(st.integers(0, 49), min_size=1, max_size=9),
)


@given(st.lists(DRAWS, min_size=1, max_size=8), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_draw_depends_on_no_neighbour(draws: list[Draw], number: int) -> None:
    scores = torch.randn(len(draws), 50, generator=torch.Generator().manual_seed(number)) * 3
    together = drawn(scores, draws)
    alone = [drawn(scores[row : row + 1], [draw])[0] for row, draw in enumerate(draws)]
    assert together == alone


def test_a_repetition_penalty_is_that_of_transformers() -> None:
    from transformers import RepetitionPenaltyLogitsProcessor  # noqa: PLC0415 - takes seconds

    scores, known = torch.randn(1, 40), [3, 3, 9, 11]
    expected = RepetitionPenaltyLogitsProcessor(1.8)(torch.tensor([known]), scores.clone())
    draw = Draw(sampling=rules(temperature=0, repetition_penalty=1.8), seed=0, known=known)
    from generators.engine.sampling import choose  # noqa: PLC0415 - imports torch

    found = scores.clone()
    choose(found, [draw])
    assert torch.allclose(found, expected)


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_extreme_seeds_and_scores_draw_a_token_that_is_allowed(seed: int) -> None:
    scores = torch.full((1, 100), -torch.inf)
    scores[0, 42] = 1e4
    assert drawn(scores, [Draw(sampling=rules(temperature=2.0), seed=seed, known=[0])]) == [42]


def test_scores_as_a_model_leaves_them_may_be_changed() -> None:
    from generators.engine.sampling import choose  # noqa: PLC0415 - imports torch

    with torch.inference_mode():
        scores = torch.tensor([[2.0, 1.9]])
    draw = Draw(sampling=rules(temperature=0, repetition_penalty=2.0), seed=0, known=[0])
    assert choose(scores, [draw]).tolist() == [1]
