import numpy as np
import pytest

from generators.support.article import Chunk
from generators.support.routing import Labelled, Router, labelled


def ticket(doc: str, label: str, text: str = "") -> Chunk:
    return Chunk(doc, f"question {doc}", "", text, public=True, label=label)


def test_tickets_of_a_label_or_of_the_same_answer_belong_together() -> None:
    named = [ticket(f"{label}{at}", label) for label in ("card", "退款") for at in range(3)]
    alike = [ticket(f"x{at}", "", "Call us.") for at in range(3)]
    found = labelled([*named, *alike, ticket("y", "", "Alone.")])
    assert found is not None
    assert (found.count, found.labels.tolist()) == (3, [0, 0, 0, 1, 1, 1, 2, 2, 2])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_tickets_teach_nothing(count: int) -> None:
    tickets = [ticket(f"{label}{at}", label) for label in "ab" for at in range(count)]
    assert labelled([*tickets, ticket("z", "", "text")]) is None


def clusters(width: int = 16) -> tuple[Labelled, np.ndarray]:
    chance = np.random.default_rng(3)
    centres = chance.standard_normal((4, width))
    rows = np.repeat(centres, 6, axis=0) + 0.4 * chance.standard_normal((24, width))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return Labelled(np.arange(24), np.repeat(np.arange(4), 6), 4), vectors


def test_a_router_finds_the_label_of_what_it_did_not_see() -> None:
    known, vectors = clusters()
    out = np.arange(24) % 6 == 0
    router = Router.fit(known.without(out), vectors)
    asked = vectors[out]
    found = router.likeness(asked, asked @ vectors[~out].T).argmax(axis=1)
    assert found.tolist() == [0, 1, 2, 3]


def test_a_ticket_that_may_not_be_used_is_not_put_first() -> None:
    known, vectors = clusters()
    router = Router.fit(known, vectors)
    scores = vectors @ vectors[0]
    assert router.best(vectors[0], scores) == 0
    scores[:6] = -np.inf
    best = router.best(vectors[0], scores)
    assert best is not None
    assert best >= 6
    assert router.best(vectors[0], np.full(24, -np.inf)) is None
