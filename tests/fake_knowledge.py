"""A knowledge base that holds what a test puts on the shelf, and is as sure as the test says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from generators.tools import Passage

REFUNDS = Passage(
    "faq-7",
    "Refunds",
    "How long do refunds take? Refunds take 5 days. The money goes back to the card.",
    0.9,
    public=True,
)
PARCELS = Passage("faq-9", "Parcels", "A lost parcel is sent again.", 0.5, public=False)
CHINESE = Passage("faq-12", "退款", "退款需要五个工作日。款项退回原卡。", 0.8, public=True)


@dataclass(frozen=True)
class Shelf:
    """Answers every search with the same passages."""

    passages: tuple[Passage, ...] = ()
    sure: bool = True
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    shared: list[Collection[str] | None] = field(default_factory=list)

    async def search(
        self, question: str, *, kb: str = "", top: int = 5, shared: Collection[str] | None = ()
    ) -> Sequence[Passage]:
        self.asked.append((question, kb, top))
        self.shared.append(shared)
        return self.passages[:top]

    def confident(self, passages: Sequence[Passage]) -> bool:
        return self.sure and bool(passages)
