"""The gate as the settings ask for it: checks, the policy with its file, and models that judge."""

from dataclasses import dataclass
from pathlib import Path

from bot.life.metrics import Metrics
from bot.life.seal import CountedGate
from bot.settings import Settings, SettingsError
from generators.metering import noted
from moderation.advice import Advice, Sight
from moderation.checks import standard
from moderation.checks.classifier import Classifier
from moderation.checks.guard import Qwen3Guard
from moderation.gate import Gate
from moderation.policy import Policy
from moderation.policy_file import PolicyFile, PolicyRefused
from moderation.served import Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """A gate, the file that its rules come from, and the models that it asks."""

    gate: CountedGate
    file: PolicyFile
    guard: Qwen3Guard | None = None
    classifier: Classifier | None = None

    async def close(self) -> None:
        """Close the models' connections."""
        for model in (self.guard, self.classifier):
            if model is not None:
                await model.close()


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
    guard, classifier = _guard(settings), _classifier(settings)
    advice = None if guard is None else Advice(guard, settings.guard.timeout_s)
    sight = None if classifier is None else Sight(classifier, settings.classifier.timeout_s)
    gate = CountedGate(standard(settings.policy), settings.policy, advice, sight)

    def adopt(policy: Policy) -> None:
        gate.adopt(standard(policy), policy)

    if settings.policy_file and not Path(settings.policy_file).is_file():
        raise SettingsError(f"policy_file names {settings.policy_file}, which is no file.")
    try:
        file = PolicyFile(path=settings.policy_path, base=settings.policy, adopt=adopt)
    except PolicyRefused as error:
        raise SettingsError(str(error)) from error
    return Moderation(gate=gate, file=file, guard=guard, classifier=classifier)


def _guard(settings: Settings) -> Qwen3Guard | None:
    asked = settings.guard
    if not asked.url:
        return None
    key, wait_s = asked.api_key.get_secret_value(), asked.timeout_s
    return Qwen3Guard(Served(asked.url, asked.model, key, timeout_s=wait_s, noted=noted))


def _classifier(settings: Settings) -> Classifier | None:
    asked, engine = settings.classifier, settings.engine
    if not (asked.url or engine.classify_model):
        return None
    url, model = asked.url or engine.base_url, asked.model or engine.classify_model
    key = (asked if asked.url else engine).api_key.get_secret_value()
    served = Served(url, model, key, timeout_s=asked.timeout_s, noted=noted)
    return Classifier(served, asked.labels)
