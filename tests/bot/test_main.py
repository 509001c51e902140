import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.bot.builders import execute, rows

pytestmark = pytest.mark.thorough

NOWHERE = "http://127.0.0.1:9/v1"
"""The discard port: nothing answers there."""


@dataclass(frozen=True)
class Said:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command of `atelier` with a data folder of its own and no engine."""
    for name in os.environ:
        if name.startswith(("SLACK_", "ATELIER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ATELIER_ENGINE__URL", NOWHERE)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["atelier", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, said.out, said.err)

    return run


@pytest.fixture
def echo(tmp_path: Path) -> None:
    """Let `ask` say its prompt back."""
    verb = '[verbs.{}]\nuse = "generators.echo:Echo"\n'
    tmp_path.joinpath("atelier.toml").write_text(verb.format("ask") + verb.format("imagine"))


def test_without_a_command_it_says_what_there_is(run: Run) -> None:
    said = run()
    assert "moderate" in said.out + said.err
    assert "manifest" in said.out + said.err


def test_the_manifest_is_json(run: Run) -> None:
    said = run("manifest")
    assert said.code == 0
    features = json.loads(said.out)["features"]
    assert {"command", "description", "usage_hint", "should_escape"} == set(
        features["slash_commands"][0]
    )


def test_an_unknown_setting_is_one_sentence(run: Run, tmp_path: Path) -> None:
    tmp_path.joinpath("atelier.toml").write_text("colour = 1")
    said = run("manifest")
    assert (said.code, said.out) == (2, "")
    assert "colour" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("missing", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_missing_token_is_one_sentence_that_says_where_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        if name != missing:
            monkeypatch.setenv(name, "x-canary")
    said = run("bot")
    assert said.code == 2
    assert said.err.startswith(f"{missing} is not set.")
    assert "api.slack.com/apps" in said.err
    assert "canary" not in said.err
    assert said.err.count("\n") == 1


def test_http_mode_needs_the_signing_secret_and_no_app_token(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    monkeypatch.setenv("ATELIER_MODE", "http")
    said = run("bot")
    assert said.code == 2
    assert said.err.startswith("SLACK_SIGNING_SECRET is not set.")


def test_the_manifest_of_http_mode_needs_an_address(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATELIER_MODE", "http")
    assert "public_url" in run("manifest").err
    monkeypatch.setenv("ATELIER_PUBLIC_URL", "https://bot.example")
    assert "https://bot.example/slack/events" in run("manifest").out


def test_a_slack_that_does_not_answer_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-canary")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    said = run("bot", "--data", str(tmp_path))
    assert said.code == 2
    assert "127.0.0.1:9" in said.err
    assert "canary" not in said.err


def test_a_generator_that_cannot_be_made_is_one_sentence(run: Run, tmp_path: Path) -> None:
    tmp_path.joinpath("atelier.toml").write_text('[verbs.ask]\nuse = "generators.nothing:Here"')
    said = run("ask", "hello")
    assert said.code == 2
    assert "verbs.ask.use" in said.err
    assert "generators.nothing:Here" in said.err


def line(identity: str, text: str) -> str:
    return json.dumps({"id": identity, "text": text}, ensure_ascii=False) + "\n"


def test_moderation_redacts_and_says_where(run: Run) -> None:
    text = "写信给 ana@corp.com 吧"
    said = run("moderate", "--direction", "output", stdin=line("a", text) + line("b", "hello"))
    assert said.code == 0
    first, second = said.lines
    assert (first["id"], first["action"]) == ("a", "redact")
    assert "ana@corp.com" not in str(first["text"])
    findings = first["findings"]
    assert isinstance(findings, list)
    assert text[findings[0]["start"] : findings[0]["end"]] == "ana@corp.com"
    scores = second.pop("scores")
    assert isinstance(scores, dict)
    assert second.pop("score") == max(scores.values(), default=0.0)
    assert second == {"id": "b", "action": "allow", "findings": [], "text": "hello"}


def test_moderation_of_a_prompt_and_of_code(run: Run) -> None:
    broadcast = line("a", "tell <!channel>")
    assert run("moderate", "--direction", "input", stdin=broadcast).lines[0]["action"] == "allow"
    said = run("moderate", "--direction", "output", "--kind", "code", stdin=broadcast)
    assert said.lines[0]["action"] == "redact"


@pytest.mark.parametrize("stdin", ["not json\n", '{"id": 1}\n', "[]\n", '"text"\n'])
def test_a_line_that_is_not_understood_is_named(run: Run, stdin: str) -> None:
    said = run("moderate", "--direction", "input", stdin=line("a", "fine") + stdin)
    assert said.code == 2
    assert "Line 2" in said.err


@pytest.mark.parametrize(
    "arguments",
    [("moderate",), ("moderate", "--direction", "sideways"), ("nothing",), ("image", "a cat")],
)
def test_a_wrong_command_line_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert said.err


def test_another_kind_is_one_sentence(run: Run) -> None:
    said = run("moderate", "--direction", "input", "--kind", "song")
    assert (said.code, said.err) == (2, "--kind song is neither text nor code.\n")


@pytest.mark.usefixtures("echo")
def test_a_question_is_answered_moderated_and_recorded(run: Run, tmp_path: Path) -> None:
    said = run("ask", "Hello 你好 <!channel>", "--data", str(tmp_path))
    assert (said.code, said.out) == (0, "Hello 你好 [channel mention]\n")
    assert "echo" in said.err
    row = rows(tmp_path / "atelier.db", "SELECT verb, state, outcome, channel FROM request")
    assert row == [("ask", "done", "delivered", "terminal")]
    assert run("audit", "--data", str(tmp_path)).code == 0


@pytest.mark.usefixtures("echo")
def test_an_empty_answer_is_a_failure(run: Run, tmp_path: Path) -> None:
    said = run("ask", " ", "--data", str(tmp_path))
    assert (said.code, said.out) == (1, "")
    assert "nothing to show" in said.err


@pytest.mark.usefixtures("echo")
def test_a_picture_that_is_none_is_a_failure(run: Run, tmp_path: Path) -> None:
    said = run("image", "a cat", "-o", str(tmp_path / "cat.png"), "--data", str(tmp_path))
    assert said.code == 1
    assert not tmp_path.joinpath("cat.png").exists()


@pytest.mark.usefixtures("echo")
def test_the_audit_finds_what_does_not_agree(run: Run, tmp_path: Path) -> None:
    assert run("ask", "hello", "--data", str(tmp_path)).code == 0
    execute(tmp_path / "atelier.db", "DELETE FROM usage")
    said = run("audit", "--data", str(tmp_path))
    assert said.code == 1
    assert "has 0 usage rows, and should have 1" in said.err
    assert "are not those of its usage rows" in said.err
    assert re.search(r"^usage rows of each request +1 +1$", said.out, re.MULTILINE)
    assert re.search(r"^verdicts of each request +1 +-$", said.out, re.MULTILINE)
    ((request_id,),) = rows(tmp_path / "atelier.db", "SELECT id FROM request")
    ending = f"3 mismatches\nRequests: req_{request_id[:8]} ({request_id})\n"
    assert said.out.endswith(ending)
    told = run("audit", "verify", "--json", "--data", str(tmp_path))
    assert told.code == 1
    (report,) = told.lines
    assert (report["ok"], report["requests"]) == (False, [request_id])
    assert isinstance(report["checks"], list)
    assert {"check": "sums of each day", "checked": 1, "wrong": 1} in report["checks"]


@pytest.mark.usefixtures("echo")
def test_a_person_is_erased_once(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    assert run("ask", "canary-7712", *data).code == 0
    said = run("erase", "--user", "operator", *data)
    assert said.code == 0
    assert said.out.startswith("1 key destroyed, the words of 1 requests erased; 1 usage rows name")
    assert said.out.endswith("No message of the bot to or about them is known in Slack.\n")
    again = json.loads(run("erase", "--user", "operator", "--json", *data).out)
    assert (again["messages"], again["messages_deleted"]) == (0, 0)
    assert (again["keys"], again["requests"], again["open"]) == (0, 0, 0)
    assert rows(tmp_path / "atelier.db", "SELECT DISTINCT user FROM request") == [
        (again["pseudonym"],)
    ]
    assert run("audit", *data).out.endswith("Everything agrees.\n")
    assert run("audit", "verify", *data).code == 0


@pytest.mark.usefixtures("echo")
def test_the_end_of_the_audit_log_can_be_kept_elsewhere(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    assert run("ask", "hello", *data).code == 0
    said = run("audit", "--head", *data).out
    assert re.fullmatch(
        r"(?s).*\nEverything agrees\.\nThe audit log has 1 rows and ends with [0-9a-f]{64}\.\n",
        said,
    )
    execute(tmp_path / "atelier.db", "UPDATE audit_log SET actor = 'nobody'")
    changed = run("audit", *data)
    assert changed.code == 1
    assert "row 1 of the audit log is not what was written there" in changed.err


@pytest.mark.usefixtures("echo")
def test_without_its_master_key_nothing_starts(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    assert run("ask", "hello", *data).code == 0
    tmp_path.joinpath("master.key").unlink()
    said = run("ask", "hello", *data)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    assert "put the file back" in said.err


@pytest.mark.usefixtures("echo")
def test_usage_is_printed_as_csv_and_as_totals(run: Run, tmp_path: Path) -> None:
    assert run("ask", "canary-9921", "--data", str(tmp_path)).code == 0
    said = run("usage", "--csv", "--data", str(tmp_path))
    assert said.code == 0
    (row,) = csv.DictReader(io.StringIO(said.out))
    assert (row["user"], row["model"], row["requests"]) == ("operator", "echo", "1")
    assert "canary-9921" not in said.out
    (total,) = run("usage", "--since", "2020-01-01", "--data", str(tmp_path)).lines
    assert (total["model"], total["requests"], total["calls"]) == ("echo", 1, 1)
    late = ("usage", "--csv", "--since", "2999-01-01", "--data", str(tmp_path))
    assert len(run(*late).out.splitlines()) == 1


@pytest.mark.usefixtures("echo")
def test_sums_of_usage_can_be_made_anew(run: Run, tmp_path: Path) -> None:
    assert run("ask", "hello", "--data", str(tmp_path)).code == 0
    execute(tmp_path / "atelier.db", "UPDATE usage_day SET calls = 9")
    assert run("audit", "--data", str(tmp_path)).code == 1
    assert run("usage", "--rebuild", "--data", str(tmp_path)).code == 0
    assert run("audit", "--data", str(tmp_path)).code == 0


def test_a_day_that_is_none_is_one_sentence(run: Run, tmp_path: Path) -> None:
    said = run("usage", "--csv", "--since", "yesterday", "--data", str(tmp_path))
    assert (said.code, said.out, said.err) == (2, "", "A day is written like 2026-11-01.\n")


def test_an_empty_ledger_agrees(run: Run, tmp_path: Path) -> None:
    said = run("audit", "--data", str(tmp_path / "new"))
    assert (said.code, said.out.splitlines()[-1]) == (0, "Everything agrees.")
    assert json.loads(run("audit", "--json", "--data", str(tmp_path / "new")).out)["ok"]


@pytest.mark.usefixtures("echo")
def test_the_master_key_is_rotated_and_old_ones_are_dropped(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    assert run("ask", "hello", *data).code == 0
    said = run("rotate", *data)
    assert said.code == 0
    assert said.out.startswith("A new master key wraps all 2 data keys now. 1 older in ")
    assert run("audit", *data).code == 0
    dropped = run("rotate", "--drop", *data)
    assert "2 older removed: backups from before cannot be read any more." in dropped.out
    assert len(tmp_path.joinpath("master.key").read_text().splitlines()) == 3
    assert run("ask", "hello", *data).code == 0
    assert run("audit", *data).code == 0


def test_master_keys_of_a_setting_are_not_rotated_here(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ATELIER_MASTER_KEYS", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
    said = run("rotate", "--data", str(tmp_path))
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "setting master_keys" in said.err
    assert "BwcH" not in said.err


def test_messages_in_slack_are_deleted_with_a_token_only(run: Run, tmp_path: Path) -> None:
    said = run("erase", "--user", "U1", "--slack", "--data", str(tmp_path))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("SLACK_BOT_TOKEN is not set")


def test_documents_are_added_and_replaced(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "faq.csv"
    source.write_text(
        "id,question,answer\nfaq-7,How long do refunds take?,Refunds take five days.\n"
        "faq-8,How do I reset my password?,Open the login page.\n"
    )
    add = ("kb", "add", str(source), "--kb", "shop", "--data", str(tmp_path))
    assert run(*add) == Said(0, "shop: 2 added, 0 replaced, 0 skipped\n", "")
    again = run(*add)
    assert "0 added" in again.out


def test_a_search_whose_engine_does_not_answer_is_one_sentence(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "faq.csv"
    source.write_text("id,question,answer\nfaq-7,Refunds?,Five days.\n")
    run("kb", "add", str(source), "--kb", "shop", "--data", str(tmp_path))
    queries = json.dumps({"id": "q1", "query": "How long do refunds take?"})
    said = run("kb", "search", "--kb", "shop", "--data", str(tmp_path), stdin=queries)
    assert (said.code, said.err) == (2, "The engine does not answer.\n")


def test_nothing_to_add_is_a_failure(run: Run, tmp_path: Path) -> None:
    said = run("kb", "add", str(tmp_path / "nothing.csv"), "--data", str(tmp_path))
    assert said.code != 0
    assert "nothing.csv" in said.err
