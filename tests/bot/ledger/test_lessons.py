from bot.ledger.keys import Keys
from bot.ledger.ledger import Ledger
from bot.ledger.lessons import Lessons, Wording
from bot.ledger.replying import Choice, Replies
from bot.ledger.retention import Retention, Sweeper
from bot.ledger.rows import now_ms
from bot.ledger.writer import Writer
from generators.draft import Destination
from tests.bot.builders import BO, CHEN, assessment, draft, keys, request, rows
from tests.bot.ledger.working import claimed

ABOUT = Destination(channel="C7", thread_ts="900.1")
DAY_MS = 86_400_000
WORDING = Wording(question=assessment("可以退货吗？"), answer=assessment("可以。🙂"), place="")


async def suggested(ledger: Ledger, known: Keys | None = None, like: str = "") -> str:
    """Bring a reply that was sent to where a person decides on its article."""
    asked = request("", verb="draft", about=ABOUT)
    lessons = Lessons(ledger._writer, known or keys())
    replies = Replies(ledger._writer, known or keys())
    lease = await claimed(ledger, asked)
    await lessons.note(asked, "U0CUSTOMER", "可以退货吗？")
    await replies.read(asked.id.hex, "900.1")
    await ledger.settle(lease, draft(asked, "x"), assessment("x"), "delivered")
    await ledger.done(lease, "delivered")
    sent = Choice(decision="send", sent=assessment("可以。"), sends=True)
    await replies.decide(asked.id.hex, BO, sent)
    await replies.sent(asked.id.hex)
    await lessons.looked(asked.id.hex, "", "", None)
    assert [one.request.id for one in await lessons.sent()] == [asked.id]
    await lessons.suggest(asked.id.hex, WORDING, like)
    return asked.id.hex


async def test_a_suggestion_is_decided_once_with_all_that_asks_the_same(
    ledger: Ledger, writer: Writer, db: str
) -> None:
    lessons = Lessons(writer, keys())
    head = await suggested(ledger)
    await suggested(ledger, like=head)
    (one,) = await lessons.waiting()
    assert (one.id, one.count, one.question, one.answer) == (head, 2, "可以退货吗？", "可以。🙂")
    assert await lessons.accept(head, BO, WORDING, "help/reply-1")
    assert not await lessons.accept(head, CHEN, WORDING, "help/reply-1")
    assert not await lessons.reject(head, CHEN)
    ((name, made),) = await lessons.accepted()
    assert (name, made.question, made.answer) == ("help/reply-1", "可以退货吗？", "可以。🙂")
    await lessons.stored(made.id)
    assert await lessons.accepted() == []
    done = "SELECT DISTINCT state, decided_by, article FROM lesson"
    assert rows(db, done) == [("accepted", BO, "help/reply-1")]
    later = await suggested(ledger, like=head)
    (found,) = rows(db, "SELECT state, article FROM lesson WHERE request_id = ?", later)
    assert found == ("accepted", "help/reply-1")


async def test_what_is_alike_to_nothing_any_more_begins_anew(
    ledger: Ledger, writer: Writer
) -> None:
    name = await suggested(ledger, like="0" * 32)
    (one,) = await Lessons(writer, keys()).waiting()
    assert one.id == name


async def test_words_expire_with_the_request_and_the_row_with_its_metadata(
    ledger: Ledger, writer: Writer, db: str
) -> None:
    lessons = Lessons(writer, keys())
    name = await suggested(ledger)
    sweeper = Sweeper(writer, keys(), Retention(contents_days=1, metadata_days=2, usage_days=3))
    await sweeper.sweep(now_ms() + DAY_MS + 1000)
    assert rows(db, "SELECT length(question), length(answer) FROM lesson") == [(0, 0)]
    assert await lessons.waiting() == []
    assert not await lessons.accept(name, BO, WORDING, "help/reply-1")
    await sweeper.sweep(now_ms() + 2 * DAY_MS + 1000)
    assert rows(db, "SELECT count(*) FROM lesson") == [(0,)]
