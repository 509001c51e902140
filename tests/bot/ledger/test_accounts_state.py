"""The accounts as a machine: set aside, used, killed, tried again, told twice; nothing leaks."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from bot.budgets import UNITS, Amounts, Asker, Budget, Price, Prices, Reserve, Scope
from bot.ledger.accounts import Accounts, asker_of
from bot.ledger.audit import mismatches
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, LeaseLost, Outcome
from bot.ledger.writer import Writer
from generators.draft import Call, CallOutcome, Cost, Destination, Request, UserId
from tests.bot.builders import ANA, BO, LEASE_S, assessment, draft, execute, keys, request, rows
from tests.bot.databases import Fresh

pytestmark = pytest.mark.thorough

T = TypeVar("T")

EVER = (0, 2**62)
PRICES = Prices(
    currency="EUR",
    models={"big": Price(prompt_1k_micro=7, output_1k_micro=11), "": Price(gpu_s_micro=3)},
)
BUDGETS = (
    Budget(scope="user", window="month", requests=4, tokens=900),
    Budget(scope="user", id=ANA, window="month", tz="Asia/Shanghai", gpu_ms=4000),
    Budget(scope="channel", window="month", tz="America/New_York", tokens=1500, images=3),
    Budget(scope="team", id="T1", window="month", money_micro=30),
    Budget(scope="workspace", window="month", requests=9, images=5),
)
RESERVES = {
    "ask": Reserve(tokens=100),
    "imagine": Reserve(tokens=0, images=1),
    "usage": Reserve(requests=0),
}
AUDITED = 5
PEOPLE = st.sampled_from([ANA, BO])
PROCESSES = st.sampled_from([0, 1])
NUMBERS = st.integers(0, 400)


def call(stage: str, model: str, numbers: Sequence[int], outcome: CallOutcome) -> Call:
    read, written, images, gpu_ms = numbers
    return Call(
        stage=stage,
        model=model,
        prompt_tokens=read,
        output_tokens=written,
        images=images % 3,
        gpu_ms=gpu_ms * 3,
        outcome=outcome,
    )


CALLS = st.builds(
    call,
    st.sampled_from(["chat", "embed", "image"]),
    st.sampled_from(["big/chat", "minilm", "painter"]),
    st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    st.sampled_from(["ok", "error", "aborted"]),
)
COSTS = st.one_of(
    st.builds(Cost, model=st.just("big/chat"), calls=st.lists(CALLS, max_size=4).map(tuple)),
    st.just(Cost(model="atelier")),
    st.builds(Cost, model=st.just("built-in"), output_tokens=NUMBERS),
)


@dataclass
class Books:
    """What one request is thought to have set aside and used."""

    asked: Request
    reserve: Reserve
    waits: bool = True
    """Whether what it has set aside still counts."""
    calls: list[Call] = field(default_factory=list)
    counted: bool = False

    @property
    def used(self) -> Amounts:
        return Amounts(
            requests=int(self.counted),
            tokens=sum(one.prompt_tokens + one.output_tokens for one in self.calls),
            images=sum(one.images for one in self.calls),
            gpu_ms=sum(one.gpu_ms for one in self.calls),
            money_micro=sum(PRICES.micro(one) for one in self.calls),
        )

    @property
    def reserved(self) -> Amounts:
        if not self.waits:
            return Amounts()
        amounts = self.reserve.amounts
        if self.reserve.requests == 0:
            return Amounts()
        known = {unit: amounts.of(unit) for unit in UNITS}
        return Amounts(**{**known, "requests": 0 if self.counted else 1})

    def add(self, cost: Cost) -> None:
        made = cost.calls or (
            Call(stage="generate", model=cost.model, output_tokens=cost.output_tokens),
        )
        self.calls += made
        self.counted |= any(one.model not in {"", "atelier"} for one in made)


class Business(RuleBasedStateMachine):
    """Two processes that share a database, and people who ask for more than they may."""

    fresh: ClassVar[Fresh]
    asked: Bundle[Request] = Bundle("asked")
    leases: Bundle[Lease] = Bundle("leases")

    @initialize()
    def opened(self) -> None:
        self.db = type(self).fresh()
        self.engine = connect(self.db)
        self.writer = Writer(self.engine)
        accounts = Accounts(prices=PRICES, budgets=BUDGETS)
        self.ledgers = [Ledger(self.writer, LEASE_S, keys(), accounts) for _ in range(2)]
        self.loop = asyncio.new_event_loop()
        self.books: dict[str, Books] = {}
        self.holder: dict[str, tuple[str, int]] = {}
        self.steps = 0

    @override
    def teardown(self) -> None:
        try:
            assert list(mismatches(self.engine, keys())) == []
        finally:
            self.writer.close()
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def holds(self, lease: Lease) -> bool:
        return self.holder.get(lease.request.id.hex) == (lease.owner, lease.attempt)

    def state(self, lease: Lease) -> str:
        query = "SELECT state FROM request WHERE id = ?"
        return str(rows(self.db, query, lease.request.id.hex)[0][0])

    def at_work(self, lease: Lease) -> bool:
        return not self.holds(lease) or self.state(lease) == "running"

    def fenced(self, lease: Lease, work: Coroutine[Any, Any, object]) -> bool:
        """Let a worker change something; whoever does not hold the lease must not succeed."""
        holds = self.holds(lease)
        try:
            self.run(work)
        except LeaseLost:
            assert not holds
        else:
            assert holds
        return holds

    def within(self, scope: Scope, asker: Asker) -> Iterator[Books]:
        who = asker.within(scope)
        return (one for one in self.books.values() if asker_of(one.asked).within(scope) == who)

    def is_full(self, asker: Asker, reserve: Reserve) -> bool:
        """Work out by hand whether some budget has no room."""
        for budget in BUDGETS:
            if not budget.applies(asker):
                continue
            for unit, limit in budget.limits.items():
                taken = sum(
                    one.used.of(unit) + one.reserved.of(unit)
                    for one in self.within(budget.scope, asker)
                )
                needs = reserve.needs.get(unit)
                if needs is not None and taken + needs > limit:
                    return True
        return False

    @rule(
        target=asked,
        user=PEOPLE,
        channel=st.sampled_from(["C1", "C2"]),
        team=st.sampled_from(["T1", "T2"]),
        verb=st.sampled_from(sorted(RESERVES)),
        process=PROCESSES,
    )
    def ask(self, user: UserId, channel: str, team: str, verb: str, process: int) -> Any:
        """Ask, and be greeted: put in line, or refused because a budget has no room."""
        ledger, reserve = self.ledgers[process], RESERVES[verb]
        one = request(user=user, team=team, verb=verb, reply_to=Destination(channel=channel))
        full = self.is_full(asker_of(one), reserve)
        assert self.run(ledger.accept(one))
        lease = self.run(ledger.claim("greet"))
        assert lease is not None
        assert lease.request.id == one.id
        standing = self.run(ledger.reserve(lease, reserve))
        assert (standing is not None) == full
        self.books[one.id.hex] = Books(one, reserve, waits=not full)
        if standing is None:
            self.run(ledger.queue(lease, 1.0))
            self.run(ledger.greeted(lease))
            return one
        self.run(ledger.fail(lease, "refused", "BUDGET", full=standing))
        self.ended(lease, "refused")
        return multiple()

    def ended(self, lease: Lease, outcome: Outcome) -> None:
        ledger = self.ledgers[0]
        self.run(ledger.sending(lease.request, 0, "C1"))
        self.run(ledger.sent(lease.request, 0, "C1", "1.5"))
        self.run(ledger.done(lease, outcome))

    @rule(one=asked, process=PROCESSES)
    def ask_again(self, one: Request, process: int) -> None:
        assert not self.run(self.ledgers[process].accept(one))

    @rule(target=leases, process=PROCESSES)
    def claim(self, process: int) -> Any:
        lease = self.run(self.ledgers[process].claim("resume", "work"))
        if lease is None:
            return multiple()
        self.holder[lease.request.id.hex] = (lease.owner, lease.attempt)
        return lease

    @rule(lease=leases, cost=COSTS)
    def answer(self, lease: Lease, cost: Cost) -> None:
        if self.at_work(lease):
            work = self.ledgers[0].settle(
                lease, draft(lease.request, cost=cost), assessment(), "delivered"
            )
            if self.fenced(lease, work):
                self.book(lease, cost, waits=False)

    @rule(lease=leases, cost=COSTS)
    def block(self, lease: Lease, cost: Cost) -> None:
        if self.at_work(lease):
            work = self.ledgers[1].block(lease, draft(lease.request, cost=cost), assessment())
            if self.fenced(lease, work):
                self.book(lease, cost, waits=False)

    @rule(lease=leases, cost=st.none() | COSTS)
    def fail(self, lease: Lease, cost: Cost | None) -> None:
        if self.at_work(lease):
            work = self.ledgers[1].fail(lease, "failed", "FAILED", cost)
            if self.fenced(lease, work):
                self.book(lease, cost, waits=False)

    @rule(lease=leases, cost=st.none() | COSTS, fault=st.booleans())
    def try_again(self, lease: Lease, cost: Cost | None, fault: bool) -> None:
        if self.at_work(lease):
            work = self.ledgers[0].again(lease, -1, cost, fault=fault)
            if self.fenced(lease, work):
                self.book(lease, cost or Cost(model=""), waits=True)
                del self.holder[lease.request.id.hex]

    def book(self, lease: Lease, cost: Cost | None, *, waits: bool) -> None:
        books = self.books[lease.request.id.hex]
        books.waits = waits
        if cost is not None:
            books.add(cost)

    @rule(lease=leases)
    def show(self, lease: Lease) -> None:
        if self.holds(lease) and self.state(lease) == "ready":
            outcome = rows(
                self.db, "SELECT outcome FROM request WHERE id = ?", lease.request.id.hex
            )[0][0]
            self.ended(lease, outcome)
            del self.holder[lease.request.id.hex]

    @rule()
    def everybody_is_killed(self) -> None:
        execute(self.db, "UPDATE request SET lease_until_ms = 0")

    @rule(process=PROCESSES)
    def rebuild(self, process: int) -> None:
        self.run(self.ledgers[process].rebuild())

    @invariant()
    def budgets_know_exactly_what_is_used_and_set_aside(self) -> None:
        for asker in (
            Asker(team=team, channel=channel, user=user)
            for team, channel, user in (("T1", "C1", ANA), ("T2", "C2", BO))
        ):
            for standing in self.run(self.ledgers[0].standings(asker)):
                books = list(self.within(standing.scope, asker))
                assert standing.used == sum(one.used.of(standing.unit) for one in books)
                assert standing.reserved == sum(one.reserved.of(standing.unit) for one in books)

    @invariant()
    def all_sums_are_the_same(self) -> None:
        total = [one.used for one in self.books.values()]
        models = self.run(self.ledgers[1].totals("workspace", "", EVER))
        people = [
            one
            for user in (ANA, BO)
            for one in self.run(self.ledgers[0].totals("user", user, EVER))
        ]
        for sums in (models, people):
            assert sum(one.requests for one in sums) == sum(one.requests for one in total)
            tokens = sum(one.prompt_tokens + one.output_tokens for one in sums)
            assert tokens == sum(one.tokens for one in total)
            assert sum(one.cost_micro for one in sums) == sum(one.money_micro for one in total)

    @invariant()
    def everything_agrees(self) -> None:
        """Audit it all, which takes longer than any step, now and then; and in the end."""
        self.steps += 1
        if self.steps % AUDITED == 0:
            assert list(mismatches(self.engine, keys())) == []


def test_whatever_happens_every_account_is_exact(fresh: Fresh) -> None:
    class Made(Business):
        pass

    Made.fresh = staticmethod(fresh)
    checked = settings(stateful_step_count=30, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Made, settings=checked)
