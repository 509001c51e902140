"""What may be run here: the gate looks at programs before a sandbox does, by its rules for that."""

from dataclasses import dataclass

from generators.draft import Code
from generators.tools import Concern, Vetted
from moderation.finding import Finding
from moderation.gate import Gate
from moderation.tables import Action, Direction, Scope

TOLD = ("code.", "secret.")
"""Beginnings of the categories that are about a line of a program."""


@dataclass(frozen=True, slots=True)
class GateVetting:
    """Lets be run what the gate would not hold."""

    gate: Gate

    async def vetted(self, program: Code) -> Vetted:
        """Look at a program, and never run it."""
        scope = Scope(kind="code", runs=True)
        seen = await self.gate.judge(program, Direction.OUTPUT, scope)
        found = (_concern(one, program.source) for one in seen.findings)
        concerns = tuple(one for one in found if one.what.startswith(TOLD))
        return Vetted(may_run=seen.action < Action.HOLD, concerns=concerns)


def _concern(finding: Finding, source: str) -> Concern:
    return Concern(finding.category, source.count("\n", 0, finding.start) + 1)
