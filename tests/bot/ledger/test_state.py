"""The ledger as a machine: whatever workers, reviewers and crashes do, and in whatever order."""

import asyncio
from collections.abc import Coroutine
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

from bot.ledger.audit import mismatches
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, LeaseLost
from bot.ledger.writer import Writer
from generators.draft import Request, UserId
from moderation.policy import Action
from tests.bot.builders import (
    ANA,
    BO,
    CHEN,
    LEASE_S,
    assessment,
    decide,
    draft,
    execute,
    keys,
    request,
    rows,
)
from tests.bot.databases import Fresh

pytestmark = pytest.mark.thorough

T = TypeVar("T")

PEOPLE = st.sampled_from([ANA, BO, CHEN])
PROCESSES = st.sampled_from([0, 1])


class Life(RuleBasedStateMachine):
    """Two processes that share a database, and the people who use them."""

    fresh: ClassVar[Fresh]
    asked: Bundle[Request] = Bundle("asked")
    leases: Bundle[Lease] = Bundle("leases")

    @initialize()
    def opened(self) -> None:
        self.db = type(self).fresh()
        self.engine = connect(self.db)
        self.writer = Writer(self.engine)
        self.ledgers = [Ledger(self.writer, LEASE_S, keys()), Ledger(self.writer, LEASE_S, keys())]
        self.loop = asyncio.new_event_loop()
        self.holder: dict[str, tuple[str, int]] = {}
        self.lapsed: set[str] = set()
        self.ended: dict[str, tuple[object, ...]] = {}

    @override
    def teardown(self) -> None:
        self.writer.close()
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def state(self, one: Request) -> tuple[Any, ...]:
        query = "SELECT state, outcome, notice, owner, attempt FROM request WHERE id = ?"
        return rows(self.db, query, one.id.hex)[0]

    def holds(self, lease: Lease) -> bool:
        return self.holder.get(lease.request.id.hex) == (lease.owner, lease.attempt)

    def fenced(self, lease: Lease, work: Coroutine[Any, Any, object]) -> None:
        """Let a worker change something; whoever does not hold the lease must not succeed."""
        holds = self.holds(lease)
        try:
            self.run(work)
        except LeaseLost:
            assert not holds
        else:
            assert holds

    def let_go(self, lease: Lease) -> None:
        self.holder.pop(lease.request.id.hex)
        self.lapsed.discard(lease.request.id.hex)

    @rule(target=asked, user=PEOPLE)
    def accept(self, user: UserId) -> Request:
        one = request(user=user)
        assert self.run(self.ledgers[0].accept(one))
        return one

    @rule(one=asked)
    def accept_again(self, one: Request) -> None:
        assert not self.run(self.ledgers[1].accept(one))

    @rule(target=leases, process=PROCESSES)
    def claim(self, process: int) -> Any:
        lease = self.run(self.ledgers[process].claim())
        if lease is None:
            return multiple()
        identity = lease.request.id.hex
        assert identity not in self.holder or identity in self.lapsed
        assert identity not in self.ended
        self.holder[identity] = (lease.owner, lease.attempt)
        self.lapsed.discard(identity)
        return lease

    @rule(lease=leases, process=PROCESSES)
    def beat(self, lease: Lease, process: int) -> None:
        self.fenced(lease, self.ledgers[process].beat(lease))
        if self.holds(lease):
            self.lapsed.discard(lease.request.id.hex)

    @rule(lease=leases)
    def judge(self, lease: Lease) -> None:
        self.fenced(lease, self.ledgers[0].judged(lease, assessment("Five")))

    @rule(lease=leases, doubtful=st.booleans(), body=st.sampled_from(["Five days.", "五天。"]))
    def answer(self, lease: Lease, doubtful: bool, body: str) -> None:
        if self.holds(lease) and self.state(lease.request)[0] == "ready":
            return
        judged = assessment(body, Action.HOLD if doubtful else Action.ALLOW)
        outcome = None if doubtful else "delivered"
        made = draft(lease.request, body)
        self.fenced(lease, self.ledgers[0].settle(lease, made, judged, outcome))

    @rule(lease=leases)
    def break_down(self, lease: Lease) -> None:
        if not (self.holds(lease) and self.state(lease.request)[0] == "ready"):
            cost = draft(lease.request).cost
            self.fenced(lease, self.ledgers[1].fail(lease, "failed", "FAILED", cost))

    @rule(lease=leases)
    def show(self, lease: Lease) -> None:
        """Show what is settled; then it is done, or waits for a reviewer."""
        state, outcome, *_ = self.state(lease.request)
        if not self.holds(lease) or state != "ready":
            return
        ledger = self.ledgers[0]
        self.run(ledger.sending(lease.request, 0, "C1"))
        self.run(ledger.sent(lease.request, 0, "C1", "1.5"))
        self.fenced(lease, ledger.done(lease, outcome) if outcome else ledger.hold(lease))
        self.let_go(lease)
        if outcome:
            self.ended[lease.request.id.hex] = self.state(lease.request)

    @rule(lease=leases)
    def end_what_is_not_held(self, lease: Lease) -> None:
        if not self.holds(lease):
            self.fenced(lease, self.ledgers[0].done(lease, "failed"))

    @rule(one=asked, reviewer=PEOPLE, approve=st.booleans())
    def decide(self, one: Request, reviewer: UserId, approve: bool) -> None:
        state, _, notice, *_ = self.state(one)
        waits = state == "held" or (state == "ready" and notice == "HELD")
        taken = self.run(decide(self.ledgers[1], one.id.hex, reviewer, approve=approve))
        assert taken == (waits and reviewer != one.user)
        if taken:
            self.holder.pop(one.id.hex, None)
            self.lapsed.discard(one.id.hex)

    @rule()
    def time_passes(self) -> None:
        execute(self.db, "UPDATE request SET lease_until_ms = 0")
        self.lapsed = set(self.holder)

    @rule(process=PROCESSES)
    def release(self, process: int) -> None:
        ledger = self.ledgers[process]
        self.run(ledger.release())
        self.lapsed |= {key for key, (owner, _) in self.holder.items() if owner == ledger._owner}

    @invariant()
    def what_is_done_stays_so(self) -> None:
        query = "SELECT id, state, outcome, notice, owner, attempt FROM request WHERE state='done'"
        assert {row[0]: row[1:] for row in rows(self.db, query)} == self.ended

    @invariant()
    def everything_agrees(self) -> None:
        assert list(mismatches(self.engine, keys())) == []


def test_whatever_happens_the_ledger_agrees(fresh: Fresh) -> None:
    class Made(Life):
        pass

    Made.fresh = staticmethod(fresh)
    checked = settings(stateful_step_count=25, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Made, settings=checked)
