from bot.ledger.keys import Keys
from bot.ledger.ledger import Ledger
from bot.ledger.replying import Choice, Replies
from bot.ledger.retention import Retention, Sweeper
from bot.ledger.rows import now_ms
from bot.ledger.writer import Writer
from generators.draft import Destination
from tests.bot.builders import BO, CHEN, assessment, keys, request, rows
from tests.bot.ledger.working import claimed, finished

ABOUT = Destination(channel="C7", thread_ts="900.1")
SENT = Choice(decision="send", sent=assessment("您好 🙂"), sends=True)


async def drafted(ledger: Ledger, replies: Replies) -> str:
    lease = await claimed(ledger, request("", verb="draft", about=ABOUT))
    assert lease.request.about == ABOUT
    assert lease.request.flags == {}
    await replies.read(lease.request.id.hex, "900.1")
    await replies.read(lease.request.id.hex, "900.2")
    await finished(ledger, lease)
    return lease.request.id.hex


def desk(writer: Writer, known: Keys | None = None) -> Replies:
    return Replies(writer, known or keys())


async def test_a_draft_is_decided_once_and_by_one(ledger: Ledger, writer: Writer, db: str) -> None:
    replies = desk(writer)
    name = await drafted(ledger, replies)
    found = await replies.pending(name)
    assert found is not None
    assert (found.body, found.seen_ts, found.request.about) == ("Five days.", "900.2", ABOUT)
    assert await replies.decide(name, BO, SENT)
    assert not await replies.decide(name, CHEN, SENT)
    assert not await replies.anew(name, CHEN, "shorter")
    assert await replies.pending(name) is None
    await replies.read(name, "901.0")
    seen = rows(db, "SELECT decided_by, seen_ts FROM reply")
    assert seen == [(BO, "900.2")]


async def test_what_is_lost_or_sent_is_not_left(ledger: Ledger, writer: Writer, db: str) -> None:
    replies = desk(writer)
    for lost in (True, False):
        name = await drafted(ledger, replies)
        await replies.decide(name, BO, SENT)
        (left,) = await replies.unsent(now_ms() + 1)
        assert (left.text, left.who, left.body) == ("您好 🙂", BO, "Five days.")
        await replies.sent(name, lost=lost)
        await replies.sent(name)
        assert not await replies.unsent(now_ms() + 1)
    assert rows(db, "SELECT state FROM reply ORDER BY decided_ms") == [("lost",), ("sent",)]


async def test_its_words_expire_with_the_request(ledger: Ledger, writer: Writer, db: str) -> None:
    replies = desk(writer)
    name = await drafted(ledger, replies)
    await replies.decide(name, BO, SENT)
    days = Retention(contents_days=1, metadata_days=2, usage_days=3)
    sweeper, day = Sweeper(writer, keys(), days), 86_400_000
    await sweeper.sweep(now_ms() + day + 1000)
    assert rows(db, "SELECT length(text), decision FROM reply") == [(0, "send")]
    await sweeper.sweep(now_ms() + 2 * day + 1000)
    assert rows(db, "SELECT count(*) FROM reply") == [(0,)]
