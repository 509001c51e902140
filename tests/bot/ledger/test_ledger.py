import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from bot.ledger.ledger import Ledger, Load, Sent
from bot.ledger.rows import LeaseLost
from bot.ledger.usage import Total
from bot.ledger.writer import Writer
from generators.draft import (
    Audio,
    Code,
    Content,
    Cost,
    Destination,
    Drawn,
    Grid,
    Illustrated,
    Image,
    Text,
    UserId,
)
from moderation.policy import Action
from tests.bot.builders import (
    ANA,
    BO,
    CHEN,
    LEASE_S,
    assessment,
    draft,
    execute,
    keys,
    numbered,
    request,
    rows,
)
from tests.bot.ledger.working import aged, claimed, finished, held, lapse, snapshot, takes_no_rows

EVER = (0, 2**62)
ROW = "SELECT state, outcome, notice, owner, attempt, usage_rows, verdict_rows FROM request"


async def test_a_request_told_twice_is_one_row(ledger: Ledger, db: str) -> None:
    asked = request()
    assert [await ledger.accept(asked), await ledger.accept(asked)] == [True, False]
    assert rows(db, "SELECT id FROM request") == [(asked.id.hex,)]


async def test_a_request_told_twice_at_once_is_one_row(ledger: Ledger, db: str) -> None:
    asked = request()
    told = await asyncio.gather(*(ledger.accept(asked) for _ in range(8)))
    assert sorted(told) == [False] * 7 + [True]
    assert rows(db, "SELECT id FROM request") == [(asked.id.hex,)]


async def test_a_request_told_again_after_its_end_is_not_answered_again(ledger: Ledger) -> None:
    lease = await claimed(ledger)
    await finished(ledger, lease)
    assert not await ledger.accept(lease.request)
    assert await ledger.claim() is None


async def test_what_was_asked_comes_back_as_it_was(ledger: Ledger) -> None:
    asked = request(
        "退款需要多久？ \U0001f600 \u202eabc\u202c <&>",
        user=CHEN,
        verb="imagine",
        flags={"size": "64x64", "语": "值"},
        reply_to=Destination(channel="C9", thread_ts="1.5", only_for=CHEN),
    )
    assert (await claimed(ledger, asked)).request == asked


async def test_what_a_database_cannot_keep_is_replaced(ledger: Ledger) -> None:
    asked = request("zero \0, half \ud83d, 退款", flags={"to": "\0\udc00"})
    lease = await claimed(ledger, asked)
    assert lease.request.prompt == "zero \ufffd, half ?, 退款"
    assert lease.request.flags == {"to": "\0?"}


async def test_nothing_is_claimed_of_an_empty_ledger(ledger: Ledger) -> None:
    assert await ledger.claim() is None


async def test_the_oldest_is_claimed_first(ledger: Ledger, db: str) -> None:
    asked = [request(id=numbered(n)) for n in range(1, 4)]
    for one, created_ms in zip(asked, (30, 10, 20), strict=True):
        await ledger.accept(one)
        aged(db, one, created_ms)
    leases = [await ledger.claim() for _ in asked]
    assert [lease and lease.request.id.int >> 96 for lease in leases] == [2, 3, 1]


async def test_what_is_claimed_is_nobody_elses(ledger: Ledger, writer: Writer) -> None:
    await ledger.accept(request())
    leases = await asyncio.gather(
        ledger.claim(), Ledger(writer, LEASE_S, keys()).claim(), ledger.claim()
    )
    assert len([lease for lease in leases if lease]) == 1


async def test_a_lease_that_ran_out_is_the_next_attempts(
    ledger: Ledger, writer: Writer, db: str
) -> None:
    first = await claimed(ledger)
    lapse(db)
    second = await Ledger(writer, LEASE_S, keys()).claim()
    assert second is not None
    assert (second.request, second.attempt, second.state) == (first.request, 3, "running")
    assert second.owner != first.owner


async def test_a_lease_that_beats_goes_on(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    lapse(db)
    await ledger.beat(lease)
    assert await ledger.claim() is None


async def test_leases_that_are_handed_back_go_on_at_once(ledger: Ledger, writer: Writer) -> None:
    lease = await claimed(ledger)
    other = Ledger(writer, LEASE_S, keys())
    kept = await claimed(other)
    await ledger.release()
    taken = await other.claim()
    assert taken is not None
    assert (taken.request, taken.attempt) == (lease.request, 3)
    await other.beat(kept)


async def test_whoever_lost_the_lease_writes_nothing(ledger: Ledger, db: str) -> None:
    lost = await claimed(ledger)
    lapse(db)
    assert await ledger.claim() is not None
    before = snapshot(db)
    made = draft(lost.request)
    for attempt in (
        ledger.beat(lost),
        ledger.admitted(lost, lost.request, assessment()),
        ledger.judged(lost, assessment()),
        ledger.settle(lost, made, assessment(), "delivered"),
        ledger.fail(lost, "failed", "FAILED", made.cost),
        ledger.block(lost, made, assessment(action=Action.BLOCK)),
        ledger.refuse(lost, assessment(action=Action.BLOCK)),
        ledger.hold(lost),
        ledger.done(lost, "delivered"),
    ):
        with pytest.raises(LeaseLost):
            await attempt
    assert snapshot(db) == before


async def test_after_the_end_nobody_writes(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    await finished(ledger, lease)
    before = snapshot(db)
    for attempt in (
        ledger.beat(lease),
        ledger.settle(lease, draft(lease.request), assessment(), "delivered"),
        ledger.fail(lease, "failed", "FAILED"),
        ledger.hold(lease),
        ledger.done(lease, "failed"),
    ):
        with pytest.raises(LeaseLost):
            await attempt
    await ledger.release()
    assert snapshot(db) == before
    assert await ledger.claim() is None


async def test_settling_keeps_everything_together(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    assert rows(db, ROW) == [("ready", "delivered", None, lease.owner, 2, 1, 1)]
    assert rows(db, "SELECT direction, action, policy_sha256 FROM verdict") == [
        ("output", "allow", "policy")
    ]
    assert rows(
        db,
        """SELECT o.kind, o.model, o.attempt, v.action FROM output o
           JOIN verdict v ON v.sha256 = o.sha256""",
    ) == [("Text", "tiny", 2, "allow")]
    assert rows(db, "SELECT stage, model, prompt_tokens, output_tokens, gpu_ms FROM usage") == [
        ("generate", "tiny", 11, 7, 250)
    ]


@pytest.mark.parametrize("table", ["usage", "verdict", "output"])
async def test_settling_keeps_nothing_when_a_part_of_it_fails(
    ledger: Ledger, db: str, table: str
) -> None:
    lease = await claimed(ledger)
    takes_no_rows(db, table)
    before = snapshot(db)
    with pytest.raises(IntegrityError):
        await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    assert snapshot(db) == before


async def test_what_is_settled_but_not_shown_is_claimed_as_ready(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    await ledger.settle(lease, draft(lease.request), assessment(), "delivered")
    lapse(db)
    again = await ledger.claim()
    assert again is not None
    assert (again.state, again.outcome, again.attempt) == ("ready", "delivered", 3)
    await ledger.done(again, "delivered")
    assert rows(db, ROW) == [("done", "delivered", None, None, 3, 1, 1)]


@pytest.mark.parametrize(
    "content",
    [
        Text("退款需要五天 \U0001f600"),
        Code("print(1)", "python", "passed"),
        Image(b"\x89PNG\0", "a red heart", 7),
        Image(b"\x89PNG\0", "一颗红心 \U0001f600", 7, Drawn(prompt="a", avoid="b", steps=4)),
        Grid((Image(b"one", "a", 7, Drawn(model="m")), None, Image(b"", "c")), "all", b"sheet"),
        Illustrated("Tea 茶", Image(b"\x89PNG\0", "a cup", 7, Drawn(model="m"))),
        Illustrated("Tea 茶 \U0001f600"),
        Audio(b"RIFF\0", "hello"),
    ],
)
async def test_an_output_comes_back_as_it_was(ledger: Ledger, content: Content) -> None:
    lease = await claimed(ledger)
    await ledger.settle(lease, draft(lease.request, content), assessment(content), "delivered")
    made = await ledger.output(lease.request)
    assert made is not None
    assert (made.content, made.model) == (content, "tiny")


async def test_what_is_kept_is_what_may_be_shown(ledger: Ledger) -> None:
    lease = await claimed(ledger)
    shown = assessment("my [secret]", Action.REDACT)
    await ledger.settle(lease, draft(lease.request, "my hunter2"), shown, "delivered")
    made = await ledger.output(lease.request)
    assert made is not None
    assert made.content == Text("my [secret]")


async def test_the_prompt_is_kept_only_as_the_models_may_see_it(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger, request("my key is AKIA0123"))
    asked = request("my key is [key]", id=lease.request.id)
    await ledger.admitted(lease, asked, assessment("my key is [key]", Action.REDACT))
    lapse(db)
    again = await ledger.claim()
    assert again is not None
    assert again.request == asked
    assert rows(db, "SELECT direction, action FROM verdict") == [("input", "redact")]


async def test_a_failure_is_recorded_with_what_it_used(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    await ledger.fail(lease, "failed", "TOO_LATE", Cost(model="tiny", gpu_ms=9))
    assert rows(db, ROW) == [("ready", "failed", "TOO_LATE", lease.owner, 2, 1, 0)]
    assert rows(db, "SELECT outcome, gpu_ms FROM usage") == [("error", 9)]


async def test_what_was_blocked_is_not_kept(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    bad = assessment("something forbidden", Action.BLOCK)
    await ledger.block(lease, draft(lease.request, "something forbidden"), bad)
    assert rows(db, ROW) == [("ready", "blocked", "BLOCKED", lease.owner, 2, 1, 1)]
    assert rows(db, "SELECT * FROM output") == []
    assert "something forbidden" not in str(snapshot(db))


async def test_a_refused_prompt_ends_the_request(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    await ledger.refuse(lease, assessment(action=Action.BLOCK))
    assert rows(db, ROW) == [("ready", "refused", "PROMPT_REFUSED", lease.owner, 2, 0, 1)]


async def test_what_somebody_used_is_summed_by_model(ledger: Ledger, db: str) -> None:
    for cost in (
        Cost(model="small", prompt_tokens=1, output_tokens=2, gpu_ms=3),
        Cost(model="small", prompt_tokens=10, output_tokens=20, gpu_ms=30),
        Cost(model="painter", images=2, gpu_ms=500),
    ):
        lease = await claimed(ledger)
        await ledger.settle(lease, draft(lease.request, cost=cost), assessment(), "delivered")
        await ledger.done(lease, "delivered")
    lease = await claimed(ledger, request(user=BO))
    await finished(ledger, lease)
    assert await ledger.totals("user", ANA, EVER) == [
        Total("painter", 1, 0, 0, 2, 500, calls=1),
        Total("small", 2, 11, 22, 0, 33, calls=2),
    ]
    execute(db, "UPDATE usage SET at_ms = 1000 WHERE model = 'small'")
    await ledger.rebuild()
    assert [total.model for total in await ledger.totals("user", ANA, (1001, 2**62))] == ["painter"]
    assert await ledger.totals("user", UserId("U9"), EVER) == []


async def test_what_waits_or_runs_is_counted(ledger: Ledger) -> None:
    assert await ledger.load(ANA) == Load(own=0, all=0)
    await ledger.accept(request())
    await claimed(ledger)
    await ledger.accept(request(user=BO))
    assert await ledger.load(ANA) == Load(own=2, all=3)
    assert await ledger.load(BO) == Load(own=1, all=3)


async def test_what_is_made_or_held_or_done_does_not_wait(ledger: Ledger) -> None:
    await held(ledger)
    await finished(ledger, await claimed(ledger))
    assert await ledger.load(ANA) == Load(own=0, all=0)


async def test_a_message_is_written_down_before_it_is_sent(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    assert await ledger.sending(lease.request, 0, "C1") is None
    earlier = await ledger.sending(lease.request, 0, "C1")
    assert isinstance(earlier, Sent)
    assert (earlier.channel, earlier.ts) == ("C1", None)
    await ledger.sent(lease.request, 0, "D1", "7.5")
    assert rows(db, "SELECT part, channel, ts FROM send") == [(0, "D1", "7.5")]


async def test_a_message_that_slack_refused_may_be_sent_again(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    await ledger.sending(lease.request, 0, "C1")
    await ledger.unsent(lease.request, 0)
    assert rows(db, "SELECT * FROM send") == []


async def test_a_request_of_this_process_is_at_work_at_once(ledger: Ledger, db: str) -> None:
    asked = request()
    lease = await ledger.begin(asked)
    assert (lease.request, lease.attempt, lease.state) == (asked, 1, "running")
    assert await ledger.claim() is None
    await finished(ledger, lease)
    assert rows(db, ROW) == [("done", "delivered", None, None, 1, 1, 1)]


async def test_the_first_that_records_where_a_message_is_decides(ledger: Ledger, db: str) -> None:
    lease = await claimed(ledger)
    await ledger.sending(lease.request, 0, "C1")
    await ledger.sent(lease.request, 0, "C1", "7.5")
    await ledger.sent(lease.request, 0, "C1", "8.5")  # by a worker that was stopped past its lease
    assert rows(db, "SELECT channel, ts FROM send") == [("C1", "7.5")]
