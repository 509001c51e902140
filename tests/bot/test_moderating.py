import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from bot.life.metrics import Metrics
from bot.moderating import Watched, moderation
from bot.settings import Settings, SettingsError, load
from generators.draft import Text
from moderation.finding import Finding
from moderation.gate import Gate
from moderation.policy import Action, Direction, Policy
from moderation.tables import Scope
from moderation.threads import ABANDONED
from tests.moderation.drafting import Told

RULES = (
    '[output]\npii = "block"\n[channel.C1.output]\npii = "hold"\n[words.rivals]\nwords = ["Acme"]\n'
)
MAIL = Text("write to ana@firm.test")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "atelier.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("ATELIER_CONFIG", str(tmp_path / "atelier.toml"))
    return tmp_path


def settings(folder: Path, **given: object) -> Settings:
    return load(data=folder / "data", **given)


async def judged(given: Settings, text: Text = MAIL, scope: Scope | None = None) -> Action:
    judging = moderation(given)
    try:
        seen = await judging.gate.judge(text, Direction.OUTPUT, scope or Scope())
    finally:
        await judging.close()
    return seen.action


async def test_the_policy_is_beside_the_settings_or_where_they_say(folder: Path) -> None:
    assert await judged(settings(folder)) is Action.REDACT
    (folder / "policy.toml").write_text(RULES, encoding="utf-8")
    assert await judged(settings(folder)) is Action.BLOCK
    assert await judged(settings(folder), scope=Scope(channel="C1")) is Action.HOLD
    assert await judged(settings(folder), Text("ACME's news")) is Action.HOLD
    other = folder / "other.toml"
    other.write_text('[output]\npii = "allow"\n', encoding="utf-8")
    assert await judged(settings(folder, policy_file=str(other))) is Action.ALLOW


async def test_a_change_is_adopted_and_a_mistake_is_not(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    judging = moderation(settings(folder))
    watched = Watched(judging.gate, judging.file)
    (folder / "policy.toml").write_text(RULES, encoding="utf-8")
    judging.file.look()
    assert (await judging.gate.judge(MAIL, Direction.OUTPUT)).action is Action.BLOCK
    assert watched.rules_are() == "current"
    (folder / "policy.toml").write_text("[output]\npii = 7 # canary\n", encoding="utf-8")
    with caplog.at_level(logging.DEBUG):
        judging.file.look()
    assert (await judging.gate.judge(MAIL, Direction.OUTPUT)).action is Action.BLOCK
    assert watched.rules_are() != "current"
    assert "canary" not in caplog.text


def test_what_cannot_be_used_refuses_to_start(folder: Path) -> None:
    with pytest.raises(SettingsError, match="policy_file names"):
        moderation(settings(folder, policy_file=str(folder / "nowhere.toml")))
    (folder / "policy.toml").write_text('[outptu]\npii = "hold"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="outptu"):
        moderation(settings(folder))


@pytest.mark.sockets
async def test_a_guard_is_asked_where_the_settings_name_one(folder: Path) -> None:
    (folder / "policy.toml").write_text('guard = { when = "always" }\n', encoding="utf-8")
    assert await judged(settings(folder), Text("hello")) is Action.ALLOW
    nowhere = {"url": "http://127.0.0.1:9/v1", "timeout_s": 5}
    assert await judged(settings(folder, guard=nowhere), Text("hello")) is Action.HOLD


async def test_it_is_told_when_checks_hang() -> None:
    released, metrics = Event(), Metrics()

    def hang(text: str) -> Sequence[Finding]:
        released.wait()
        return [] if text else ()

    gate = Gate([Told(hang)], Policy(check_timeout_s=0.01))
    watched = Watched(gate)
    watched.shown(metrics)
    value = metrics.registry.get_sample_value
    assert (watched.works(), value("atelier_checks_hanging")) == (True, 0)
    for number in range(ABANDONED):
        await gate.judge(Text(f"{number}"), Direction.INPUT)
    assert (watched.works(), value("atelier_checks_hanging")) == (False, ABANDONED)
    assert value("atelier_policy_current") == 1
    released.set()
    while gate.hanging:  # noqa: ASYNC110 - they come back in threads
        await asyncio.sleep(0)
    assert watched.works()
