"""The gate as the settings ask for it: checks, the policy with its file, and a guard."""

from dataclasses import dataclass
from pathlib import Path

from bot.life.metrics import Metrics
from bot.life.seal import CountedGate
from bot.settings import Settings, SettingsError
from generators.metering import noted
from moderation.advice import Advice
from moderation.checks import standard
from moderation.checks.guard import Qwen3Guard
from moderation.gate import Gate
from moderation.policy import Policy
from moderation.policy_file import PolicyFile, PolicyRefused
from moderation.served import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """A gate, the file that its rules come from, and the guard that it asks."""

    gate: CountedGate
    file: PolicyFile
    guard: Qwen3Guard | None

    async def close(self) -> None:
        """Close the guard's connections."""
        if self.guard is not None:
            await self.guard.close()


@dataclass(frozen=True, slots=True)
class Watched:
    """A gate as `/readyz` and `/metrics` tell of it."""

    gate: Gate
    rules: PolicyFile | None = None
    """None where its rules never change."""

    def works(self) -> bool:
        """Tell whether it judges at all: with too many checks that hang, everything is held."""
        return not self.gate.stuck

    def rules_are(self) -> str:
        """Say whether what is in the policy's file is in force."""
        return "current" if self._current else "older than its file, which cannot be used"

    def shown(self, metrics: Metrics) -> None:
        """Add its gauges."""
        metrics.gauge("checks_hanging", "Checks that hang.", lambda: float(self.gate.hanging))
        metrics.gauge("policy_current", "1 while the policy's file is in force.", self._is_current)

    @property
    def _current(self) -> bool:
        return self.rules is None or self.rules.current

    def _is_current(self) -> float:
        return float(self._current)


def moderation(settings: Settings) -> Moderation:
    """Return what judges everything. Raises SettingsError."""
    asked = settings.guard
    guard = None
    if asked.url:
        key = asked.api_key.get_secret_value()
        wait_s = asked.timeout_s
        guard = Qwen3Guard(Served(asked.url, asked.model, key, timeout_s=wait_s, noted=noted))
    advice = None if guard is None else Advice(guard, asked.timeout_s)
    gate = CountedGate(standard(settings.policy), settings.policy, advice)

    def adopt(policy: Policy) -> None:
        gate.adopt(standard(policy), policy)

    if settings.policy_file and not Path(settings.policy_file).is_file():
        raise SettingsError(f"policy_file names {settings.policy_file}, which is no file.")
    try:
        file = PolicyFile(path=settings.policy_path, base=settings.policy, adopt=adopt)
    except PolicyRefused as error:
        raise SettingsError(str(error)) from error
    return Moderation(gate=gate, file=file, guard=guard)
