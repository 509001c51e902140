import pytest
from sqlalchemy import Engine

from bot.ledger.audit import mismatches
from bot.ledger.ledger import Ledger
from generators.draft import Destination, Grid, Image, Request
from moderation.policy import Action
from tests.bot.builders import (
    ANA,
    BO,
    assessment,
    decide,
    draft,
    execute,
    keys,
    numbered,
    request,
    rows,
)

pytestmark = pytest.mark.thorough


async def answered(ledger: Ledger, asked: Request) -> None:
    """Bring a request to its end as the pipeline does."""
    await ledger.accept(asked)
    lease = await ledger.claim()
    assert lease is not None
    await ledger.sending(asked, 0, "C1")
    await ledger.sent(asked, 0, "C1", "1.5")
    await ledger.admitted(lease, asked, assessment(asked.prompt))
    await ledger.settle(lease, draft(asked), assessment(), "delivered")
    await ledger.done(lease, "delivered")


@pytest.fixture
async def ended(ledger: Ledger) -> Request:
    asked = request(id=numbered(255))
    await answered(ledger, asked)
    return asked


def test_all_is_well_with_nothing(engine: Engine) -> None:
    assert list(mismatches(engine, keys())) == []


@pytest.mark.usefixtures("ended")
def test_all_is_well_after_an_answer(engine: Engine) -> None:
    assert list(mismatches(engine, keys())) == []


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize(
    ("tampering", "sentence"),
    [
        ("DELETE FROM usage", "has 0 usage rows, and should have 1"),
        (
            """INSERT INTO usage (id, request_id, attempt, stage, "user", channel, verb, model,
               prompt_tokens, output_tokens, images, gpu_ms, outcome, at_ms)
               SELECT 99, request_id, attempt, 'again', "user", channel, verb, model,
               1, 1, 0, 1, 'ok', at_ms FROM usage""",
            "has 2 usage rows, and should have 1",
        ),
        ("UPDATE usage SET request_id = 'ffffffff0'", "usage row 1 belongs to no request"),
        ("UPDATE usage SET attempt = 9", "attempt 1, has no usage row"),
        ("DELETE FROM verdict WHERE direction = 'input'", "has 1 verdicts, and should have 2"),
        ("DELETE FROM verdict WHERE direction = 'output'", "no verdict on exactly this content"),
        ("UPDATE verdict SET request_id = 'ffffffff0' WHERE id = 1", "verdict 1 belongs to no"),
        ("UPDATE verdict SET sha256 = 'x'", "no verdict on exactly this content"),
        ("UPDATE verdict SET action = 'hold'", "nothing says that its output may be shown"),
        ("UPDATE verdict SET direction = 'input'", "nothing says that its output may be shown"),
        ("UPDATE output SET sha256 = 'x'", "no verdict on exactly this content"),
        ("UPDATE output SET text = 'Six days.'", "is not its hash's"),
        ("UPDATE output SET kind = 'Code', details = '{\"language\": \"\"}'", "its hash's"),
        ("DELETE FROM output", "nothing says that its output may be shown"),
        ("UPDATE send SET ts = NULL", "no message of it was recorded"),
        ("DELETE FROM send", "no message of it was recorded"),
        ("UPDATE request SET outcome = NULL", "is done without an outcome"),
        ("UPDATE request SET usage_rows = 2", "has 1 usage rows, and should have 2"),
        ("UPDATE request SET id = 'eeeeeeee0'", "belongs to no request"),
        ("DELETE FROM request", "belongs to no request"),
    ],
)
def test_tampering_is_found(engine: Engine, db: str, tampering: str, sentence: str) -> None:
    execute(db, tampering)
    assert any(sentence in found for found in mismatches(engine, keys())), list(
        mismatches(engine, keys())
    )


@pytest.mark.usefixtures("ended")
def test_a_request_is_named_as_people_see_it(engine: Engine, db: str) -> None:
    execute(db, "DELETE FROM send")
    assert list(mismatches(engine, keys())) == [
        "request req_000000ff is done, but no message of it was recorded"
    ]


async def test_only_what_does_not_agree_is_named(engine: Engine, ledger: Ledger, db: str) -> None:
    for number in (1, 2, 3):
        await answered(ledger, request(id=numbered(number)))
    execute(db, "DELETE FROM usage WHERE request_id = ?", numbered(2).hex)
    (sums, *found) = sorted(mismatches(engine, keys()), key=lambda one: "req_" in one)
    assert sums.startswith("the sums of")
    assert found
    assert all("req_00000002" in sentence for sentence in found)


@pytest.mark.parametrize("grid", [False, True])
async def test_a_changed_picture_is_found(
    engine: Engine, ledger: Ledger, db: str, *, grid: bool
) -> None:
    await ledger.accept(request())
    lease = await ledger.claim()
    assert lease is not None
    alone = Image(b"\x89PNG", "a heart", 7)
    picture = Grid((alone, None), "a heart, twice", b"\x89PNG") if grid else alone
    await ledger.settle(lease, draft(lease.request, picture), assessment(picture), "delivered")
    assert list(mismatches(engine, keys())) == []
    execute(db, "UPDATE output SET blob = ?", b"\0")
    assert ["is not its hash's" in found for found in mismatches(engine, keys())] == [True]


async def test_an_approved_answer_agrees_and_a_forged_approval_does_not(
    engine: Engine, ledger: Ledger, db: str
) -> None:
    await ledger.accept(request())
    lease = await ledger.claim()
    assert lease is not None
    await ledger.sending(lease.request, 0, "C1")
    await ledger.sent(lease.request, 0, "C1", "1.5")
    await ledger.settle(lease, draft(lease.request), assessment(action=Action.HOLD), None)
    await ledger.hold(lease)
    await decide(ledger, lease.request.id.hex, BO, approve=True)
    again = await ledger.claim()
    assert again is not None
    await ledger.done(again, "delivered")
    assert list(mismatches(engine, keys())) == []
    execute(db, "DELETE FROM verdict WHERE reviewer IS NOT NULL")
    execute(db, "UPDATE request SET verdict_rows = 1")
    assert ["may be shown" in found for found in mismatches(engine, keys())] == [True]


async def test_an_answer_that_nobody_else_saw_needs_no_message(
    engine: Engine, ledger: Ledger, db: str
) -> None:
    await answered(ledger, request(reply_to=Destination(channel="C1", only_for=ANA)))
    execute(db, "DELETE FROM send")
    assert list(mismatches(engine, keys())) == []


@pytest.mark.usefixtures("ended")
def test_an_audit_changes_nothing(engine: Engine, db: str) -> None:
    execute(db, "DELETE FROM usage")
    before = rows(db, "SELECT * FROM request")
    assert list(mismatches(engine, keys())) == list(mismatches(engine, keys()))
    assert rows(db, "SELECT * FROM request") == before
