"""A desk where replies to customers are decided on, over a recorded Slack."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.delivery.delivery import Delivery
from bot.intake.meanings import Press
from bot.ledger.ledger import Ledger
from bot.ledger.replying import Replies
from bot.ledger.reviewing import Desk
from bot.replies import Following, Replying
from bot.seams import Reading
from generators.draft import Destination, Request, UserId
from generators.draft import Line as Said
from generators.tools import Knowledge, Passage
from tests.bot.builders import BO, CHEN, assessment, draft, gate, request
from tests.bot.ledger.working import claimed
from tests.bot.line import Unread
from tests.bot.recorder import Message, Recorder
from tests.bot.reviewing import known

THREAD = Destination(channel="C7", thread_ts="900.1")
LETTER = "Hello,\n\nWithin 14 days. [1]\n\nBye"
BODY = f"{LETTER}\n\n— — —\n\nSources:\n[1] Refunds (refunds)"
SENT = "Hello,\n\nWithin 14 days.\n\nBye"
SECRET = Passage("i", "Goodwill", "Staff may grant forty in goodwill credit.", 1, public=False)


@dataclass
class Articles:
    """A knowledge base that always finds the same."""

    found: Sequence[Passage] = (SECRET,)

    async def search(
        self, question: str, *, kb: str = "", top: int = 5, shared: Collection[str] | None = ()
    ) -> Sequence[Passage]:
        del question, kb, top, shared
        return self.found

    def confident(self, passages: Sequence[Passage]) -> bool:
        return bool(passages)


@dataclass
class Counter:
    """A desk where Bo sends replies; the customer's thread is what a test says."""

    ledger: Ledger
    slack: Recorder = field(default_factory=Recorder)
    reading: Unread = field(default_factory=Unread)
    articles: Articles = field(default_factory=Articles)
    knowledge: Knowledge | None = None
    """In place of the articles."""
    woken: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reading.context = (Said("ana", "Refund?", "900.1"),)
        self.replies = Replies(self.ledger._writer, self.ledger._keys)
        self.gate = gate()
        self.gathering: Reading = Following(self.reading, self.replies)
        self.replying = Replying(
            slack=self.slack,
            delivery=Delivery(self.slack, self.gate, self.ledger, settle_s=0),
            replies=self.replies,
            desk=Desk(self.ledger._writer, self.ledger._keys),
            gate=self.gate,
            reading=self.reading,
            roles=known(self.slack, approver=(BO, CHEN)),
            knowledge=self.knowledge or self.articles,
            wake=lambda: self.woken.append(True),
        )

    async def drafted(self, says: str = BODY, user: UserId = BO) -> Request:
        """Bring a draft to where a person decides on it."""
        asked = request("", verb="draft", user=user, reply_to=Destination(channel=user))
        asked = replace(asked, about=THREAD)
        lease = await claimed(self.ledger, asked)
        assert lease.request.about == THREAD
        await self.gathering.gather(lease.request)
        await self.replying.delivery.place(lease.request)
        await self.ledger.settle(lease, draft(asked, says), assessment(says), "delivered")
        await self.ledger.done(lease, "delivered")
        return asked

    async def press(self, what: str, asked: Request, who: UserId = BO, **more: str) -> None:
        here = Destination(channel=f"D{who}")
        await self.replying.press(Press(what, asked.id.hex, who, here, trigger_id="t", **more))

    @property
    def sent(self) -> list[Message]:
        return self.slack.at(THREAD.channel, thread_ts=THREAD.thread_ts)

    @property
    def told(self) -> list[str]:
        return [page.text for _, _, page in self.slack.ephemeral]
