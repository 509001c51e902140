import pytest
from sqlmodel import Session

from bot.ledger import tables
from bot.ledger.audit import audited
from bot.ledger.deleting import Deleting
from bot.ledger.ledger import FILE, PLACEHOLDER, Ledger
from bot.ledger.rows import LeaseLost
from generators.draft import Image
from tests.bot.builders import ANA, BO, assessment, draft, request
from tests.bot.ledger.working import claimed

PICTURE = Image(b"\x89PNG", "a red heart")


async def test_who_asked_deletes_it_while_somebody_still_shows_it(ledger: Ledger) -> None:
    asked = request(verb="imagine")
    lease = await claimed(ledger, asked)
    for part, ts in ((PLACEHOLDER, "1.0"), (FILE, "F1"), (-1, "9.0")):
        await ledger.sending(asked, part, "C1")
        await ledger.sent(asked, part, "C1", ts)
    await ledger.settle(lease, draft(asked, PICTURE), assessment(PICTURE), "delivered")
    deleting = Deleting(ledger._writer, ledger._keys)
    assert await deleting.delete(asked.id.hex, BO, operator=False) == "not theirs"
    assert await deleting.left() == []
    assert await deleting.delete(asked.id.hex, ANA, operator=False) == "deleted"
    assert await deleting.delete(asked.id.hex, ANA, operator=False) == "gone"
    with pytest.raises(LeaseLost):
        await ledger.done(lease, "delivered")
    left = await deleting.left()
    assert {(one.part, one.ts) for one in left} == {(PLACEHOLDER, "1.0"), (FILE, "F1")}
    for one in left:
        await deleting.removed(one)
    assert await deleting.left() == []

    def row(session: Session) -> tuple[str, str | None, str | None]:
        found = session.get_one(tables.Request, asked.id.hex)
        return found.state, found.outcome, found.notice

    assert await ledger._writer.read(row) == ("done", "deleted", "DELETED")
    assert not audited(ledger._writer._engine, ledger._keys).found


async def test_an_operator_may_too(ledger: Ledger) -> None:
    asked = request(verb="imagine")
    lease = await claimed(ledger, asked)
    deleting = Deleting(ledger._writer, ledger._keys)
    assert await deleting.delete(asked.id.hex, BO, operator=True) == "gone", "nobody sees it yet"
    await ledger.settle(lease, draft(asked, PICTURE), assessment(PICTURE), "delivered")
    assert await deleting.delete(asked.id.hex, BO, operator=True) == "deleted"
