"""`atelier schedule`, as an operator's script uses it."""

import json

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import command_line
from bot.settings import SettingsError

FROM = {"from": "2026-11-30T09:00", "tz": "Asia/Shanghai", "count": 2}


def schedule(*arguments: str, lines: str = "") -> Result:
    return CliRunner().invoke(command_line("schedule"), ["schedule", *arguments], input=lines)


def test_lines_are_answered_in_order_with_their_ids() -> None:
    asked = [{"id": n, "phrase": phrase, **FROM} for n, phrase in enumerate(("每天9点", "🙂"))]
    done = schedule(lines="\n".join(map(json.dumps, asked)))
    first, second = map(json.loads, done.stdout.splitlines())
    runs = ["2026-12-01T09:00:00+08:00", "2026-12-02T09:00:00+08:00"]
    assert first == {"id": 0, "understood": True, "runs": runs, "hint": ""}
    assert (second["id"], second["understood"], second["runs"]) == (1, False, [])
    assert second["hint"]
    assert done.exit_code == 0


def test_a_phrase_is_answered_for_people_and_for_scripts() -> None:
    shown = schedule("every", "weekday", "at", "9:00", "--tz", "Europe/Berlin", "--count", "4")
    assert len(shown.stdout.splitlines()) == 4
    said = json.loads(schedule("@daily", "--json").stdout)
    assert (said["understood"], len(said["runs"])) == (True, 3)


def test_what_is_not_understood_ends_with_a_sentence_and_1() -> None:
    done = schedule("every blue moon")
    assert done.exit_code == 1
    assert "'blue'" in done.stderr
    assert schedule("every day at 9", "--tz", "Mars/Base").exit_code == 1


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id": 1, "phrase": "x", "from": "y"}'])
def test_a_line_that_is_none_is_named(line: str) -> None:
    done = schedule(lines=f'{{"id": 0, "phrase": "@daily"}}\n{line}\n')
    assert isinstance(done.exception, SettingsError)
    assert "Line 2" in str(done.exception)
