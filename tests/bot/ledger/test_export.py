"""Usage as CSV: what goes out can be read back, and holds no content."""

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from bot.budgets import Price, Prices
from bot.ledger.accounts import Accounts
from bot.ledger.audit import mismatches
from bot.ledger.export import COLUMNS, rebuild, span_of, summed, write
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from generators.draft import Call, Cost
from tests.bot.builders import ANA, LEASE_S, assessment, draft, execute, keys, request, rows
from tests.bot.ledger.working import claimed

EVER = (0, 2**62)
AWKWARD = 'a,"b"\n退款 🙂'
CANARY = "canary-4410"
CALLS = (
    Call(stage="embed", model="minilm", prompt_tokens=9),
    Call(stage="chat", model=AWKWARD, prompt_tokens=100, output_tokens=20, gpu_ms=900),
)


@pytest.fixture
async def books(writer: Writer) -> Ledger:
    prices = Prices(currency="EUR", models={"": Price(gpu_s_micro=1000)})
    ledger = Ledger(writer, LEASE_S, keys(), Accounts(prices=prices))
    lease = await claimed(ledger, request(CANARY, team="T1"))
    made = draft(lease.request, CANARY, cost=Cost(model=AWKWARD, calls=CALLS))
    await ledger.settle(lease, made, assessment(CANARY), "delivered")
    return ledger


def exported(engine: Engine, span: tuple[int, int] = EVER) -> list[dict[str, str]]:
    out = io.StringIO()
    count = write(engine, span, "EUR", out)
    found = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(found) == count
    return found


@pytest.mark.usefixtures("books")
def test_what_is_exported_is_what_the_ledger_holds(engine: Engine, db: str) -> None:
    names = [name for name in COLUMNS if name not in {"at", "currency"}]
    quoted = ", ".join(f'"{name}"' for name in names)
    stored = rows(db, f"SELECT {quoted} FROM usage ORDER BY id")  # noqa: S608 - ours
    found = exported(engine)
    assert [tuple(one[name] for name in names) for one in found] == [
        tuple(str(cell) for cell in row) for row in stored
    ]
    assert [one["model"] for one in found] == ["minilm", AWKWARD]
    assert {one["currency"] for one in found} == {"EUR"}
    assert [one["cost_micro"] for one in found] == ["0", "900"]


@pytest.mark.usefixtures("books")
def test_a_time_is_exact_and_in_utc(engine: Engine, db: str) -> None:
    execute(db, "UPDATE usage SET at_ms = 1795305600001")
    moment = datetime.fromisoformat(exported(engine)[0]["at"])
    assert moment == datetime(2026, 11, 22, 0, 0, 0, 1000, tzinfo=UTC)


@pytest.mark.usefixtures("books")
def test_no_content_is_exported(engine: Engine) -> None:
    out = io.StringIO()
    write(engine, EVER, "EUR", out)
    assert CANARY not in out.getvalue()
    assert ANA in out.getvalue()


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        ("", "", 2),
        ("2026-11-22", "2026-11-23", 2),
        ("2026-11-23", "", 0),
        ("", "2026-11-22", 0),
        ("2026-11-22", "", 2),
    ],
)
def test_a_span_is_from_one_day_to_before_another(
    engine: Engine, db: str, since: str, until: str, count: int
) -> None:
    execute(db, "UPDATE usage SET at_ms = 1795305600000")  # the first moment of 2026-11-22
    rebuild(engine)
    assert len(exported(engine, span_of(since, until))) == count
    assert len(list(summed(engine, span_of(since, until)))) == count


def test_an_empty_ledger_is_a_line_of_names(engine: Engine) -> None:
    out = io.StringIO()
    assert write(engine, EVER, "EUR", out) == 0
    assert out.getvalue() == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "22.11.2026"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        span_of(day, "")


@pytest.mark.usefixtures("books")
def test_sums_can_be_made_anew(engine: Engine, db: str) -> None:
    execute(db, "DELETE FROM usage_day")
    assert list(mismatches(engine, keys()))
    rebuild(engine)
    assert list(mismatches(engine, keys())) == []
