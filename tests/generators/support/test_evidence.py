from collections.abc import Collection, Sequence

from generators.support.evidence import by_document, evidence
from generators.support.index import Hit
from generators.tools import Passage


class Sure:
    """Knows nothing, and is confident from a score on."""

    async def search(
        self, question: str, *, kb: str = "", top: int = 5, shared: Collection[str] | None = ()
    ) -> Sequence[Passage]:
        raise NotImplementedError

    def confident(self, passages: Sequence[Passage]) -> bool:
        return any(one.score >= 0.5 for one in passages)


def hit(doc: str, text: str, score: float, position: int = 0) -> Hit:
    return Hit(doc, doc, text, score, True, score, 0.5, position)


def test_pieces_of_a_document_become_one_in_their_own_order() -> None:
    joined = by_document([hit("a", "two", 0.9, 2), hit("b", "x", 0.8), hit("a", "one", 0.7, 1)])
    assert [(one.doc, one.text) for one in joined] == [("a", "one\ntwo"), ("b", "x")]


def test_what_is_not_close_enough_helps_only_its_own_document() -> None:
    found = [hit("a", "near", 0.9, 2), hit("a", "far", 0.1, 1), hit("b", "far too", 0.2)]
    assert [one.text for one in evidence("a question", found, Sure())] == ["far\nnear"]


def test_nothing_close_is_no_evidence() -> None:
    assert evidence("a question", [hit("a", "far", 0.1)], Sure()) == []


def test_the_language_of_the_question_is_preferred_where_there_is_one() -> None:
    found = [hit("en", "Refunds take days.", 0.9), hit("zh", "退款需要七天。", 0.6)]
    assert [one.doc for one in evidence("退款需要多久？", found, Sure())] == ["zh"]
    assert [one.doc for one in evidence("退款需要多久？", found[:1], Sure())] == ["en"]
