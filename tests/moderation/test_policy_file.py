"""`policy.toml`: read at the start, looked at again, and never half believed."""

import logging
import os
from pathlib import Path

import pytest

from moderation.policy import Action, Direction, Policy
from moderation.policy_file import PolicyFile, PolicyRefused, read

BASE = Policy.model_validate({"allow": ["help@shop.test"], "output": {"pii": "hold"}})


class Kept:
    """Keeps every policy that it is given."""

    def __init__(self) -> None:
        self.policies: list[Policy] = []

    def adopt(self, policy: Policy) -> None:
        self.policies.append(policy)

    @property
    def pii(self) -> Action:
        return self.policies[-1].action("pii.email", Direction.OUTPUT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def written(path: Path, text: str) -> None:
    """Write it with a time of change of its own."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


def opened(path: Path, kept: Kept) -> PolicyFile:
    return PolicyFile(path=path, base=BASE, adopt=kept.adopt)


def test_what_it_names_goes_before_the_settings_and_the_rest_stays(path: Path) -> None:
    path.write_text('max_chars = 7\n[output]\n"pii.ip" = "block"\n', encoding="utf-8")
    policy = read(path, BASE)
    assert policy.max_chars == 7
    assert policy.allow == {"help@shop.test"}
    assert policy.action("pii.ip", Direction.OUTPUT) is Action.BLOCK
    assert policy.action("pii.email", Direction.OUTPUT) is Action.REDACT  # the table is replaced
    assert policy.action("secret.x", Direction.OUTPUT) is Action.REDACT


def test_without_a_file_the_settings_count_until_one_appears(path: Path) -> None:
    kept = Kept()
    file = opened(path, kept)
    assert kept.policies == [BASE]
    file.look()
    assert kept.policies == [BASE]
    written(path, '[output]\npii = "block"\n')
    file.look()
    assert (kept.pii, file.current) == (Action.BLOCK, True)


def test_it_is_adopted_once_for_each_change(path: Path) -> None:
    kept = Kept()
    written(path, '[output]\npii = "block"\n')
    file = opened(path, kept)
    for _ in range(3):
        file.look()
    assert len(kept.policies) == 1
    written(path, '[output]\npii = "allow"\n')
    for _ in range(3):
        file.look()
    assert len(kept.policies) == 2
    assert kept.pii is Action.ALLOW


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[output]\npii = "shrug"\n', "output.pii"),
        ("outptu = 1\n", "outptu"),
        ("[output\n", "policy.toml"),
        ("\udcff", "policy.toml"),
        (
            '[floor.output]\npii = "hold"\n[channel.C1.output]\npii = "redact"\n',
            "channel.C1.output.pii",
        ),
        ('[words.rivals]\nfile = "nowhere.txt"\n', "words.rivals"),
    ],
)
def test_what_cannot_be_used_changes_nothing_and_is_said(
    path: Path, text: str, named: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept()
    written(path, '[output]\npii = "block"\n')
    file = opened(path, kept)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    os.utime(path, ns=(5, 5))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            file.look()
    assert (len(kept.policies), kept.pii, file.current) == (1, Action.BLOCK, False)
    assert len(caplog.records) == 1
    assert named in caplog.text
    written(path, '[output]\npii = "hold"\n')
    file.look()
    assert (kept.pii, file.current) == (Action.HOLD, True)


def test_a_file_that_is_gone_leaves_its_rules_in_force(path: Path) -> None:
    kept = Kept()
    written(path, '[output]\npii = "block"\n')
    file = opened(path, kept)
    path.unlink()
    file.look()
    assert (len(kept.policies), file.current) == (1, False)


def test_a_file_that_cannot_be_used_refuses_to_start(path: Path) -> None:
    path.write_text('[output]\npii = "shrug"\n', encoding="utf-8")
    with pytest.raises(PolicyRefused, match=r"policy\.toml cannot be used at output\.pii"):
        opened(path, Kept())


def test_lists_of_words_are_read_beside_it_and_again_when_they_change(path: Path) -> None:
    kept, listed = Kept(), path.with_name("rivals.txt")
    written(listed, "Acme\n")
    written(path, '[words.rivals]\nfile = "rivals.txt"\n')
    file = opened(path, kept)
    assert kept.policies[-1].words["rivals"].words == ("Acme",)
    written(listed, "Acme\n竞品\n")
    file.look()
    assert kept.policies[-1].words["rivals"].words == ("Acme", "竞品")
    listed.unlink()
    file.look()
    assert not file.current
    assert kept.policies[-1].words["rivals"].words == ("Acme", "竞品")
