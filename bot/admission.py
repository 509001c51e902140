"""Which requests are let in line: overload, budgets and access are answered before any work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.budgets import Reserve, Standing
from bot.ledger.ledger import Ledger
from bot.ledger.rows import Lease, Outcome, now_ms
from bot.ledger.stopping import STOPPED
from bot.roles import Denial
from bot.seams import Allowing
from bot.views.amounts import Blank, told
from bot.views.notices import Notice

ATTEMPTS = 20
"""How often a request is taken up, which counts every stage and every death of a process."""
DENIALS: Final[Mapping[Denial, Notice]] = {"who": Notice.DENIED, "where": Notice.NOT_HERE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, and one person, may take."""

    per_user: int
    overall: int
    deadline_s: float
    beat_s: float
    patience_s: float
    """How long a request waits for an engine that does not answer."""
    at_work: int
    """How many are at work at once."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered, in a notice and in the ledger's word."""

    notice: Notice
    outcome: Outcome
    full: Standing | None = None
    """The budget that has no room."""


async def refusal(
    lease: Lease, ledger: Ledger, access: Allowing, limits: Limits, reserve: Reserve
) -> Refusal | None:
    """Judge a request as it comes: what waits before it, of the same person and of all.

    What it may use is set aside of the budgets, or else it is refused.
    """
    if over := late(lease, limits):
        return over
    if denial := await access.denial(lease.request):
        return Refusal(DENIALS[denial], "refused")
    load = await ledger.load(lease.request.user, before=lease)
    if load.own >= limits.per_user:
        return Refusal(Notice.BUSY, "refused")
    if load.all >= limits.overall:
        return Refusal(Notice.FULL, "refused")
    full = await ledger.reserve(lease, reserve)
    return Refusal(Notice.BUDGET, "refused", full) if full else None


def late(lease: Lease, limits: Limits) -> Refusal | None:
    """Tell why no more is done for a request, whoever asked it; None where there is time."""
    if lease.notice == STOPPED:
        return Refusal(Notice.STOPPED, "stopped")
    if now_ms() - lease.created_ms > limits.deadline_s * 1000:
        return Refusal(Notice.EXPIRED, "expired")
    return Refusal(Notice.FAILED, "failed") if lease.attempt > ATTEMPTS else None


def blanks(lease: Lease, limits: Limits) -> Mapping[str, Blank]:
    """Return what the sentence of a refusal is filled with."""
    if lease.refusal:
        return told(lease.refusal)
    return {"n": limits.per_user if lease.notice == "BUSY" else limits.overall}
