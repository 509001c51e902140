"""The report as people read it: stale articles, CSV, and the command line."""

import io
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.drafted import Span, Stale, stale, table, write
from bot.knowledge import kb
from bot.ledger.weekly import Fared, Missing, Week
from generators.support.article import Article
from generators.support.library import Library

MONDAY = date(2026, 11, 30)
WEEK = Week(
    MONDAY,
    drafts=4,
    sent=3,
    edited=1,
    rejected=Counter(outdated=1),
    distances=[0, 0, 250],
    abstained=Counter(missing_knowledge=2),
)
TOLD = Fared(
    weeks=(WEEK,),
    missing=(Missing("=HYPERLINK(1)", 2, MONDAY), Missing("可以租帐篷吗？", 1, MONDAY)),
    cites={"used": 3},
    contradicted={"wrong": 2},
)


def test_articles_look_stale_that_are_old_unused_or_contradicted(tmp_path: Path) -> None:
    library = Library(tmp_path)
    names = ("used", "unused", "wrong")
    library.add("help", [Article(id=name, title=name, text="t") for name in names])
    today = datetime.now(UTC).date()
    assert stale(library, TOLD, Span(), today) == [Stale("help/wrong", "contradicted", 2)]
    later = date.fromordinal(today.toordinal() + 60)
    found = {(one.name, one.why) for one in stale(library, TOLD, Span(), later)}
    rest = {("help/unused", "unused"), ("help/wrong", "unused")}
    assert found == {("help/wrong", "contradicted"), *rest}
    old = {one.name for one in stale(library, TOLD, Span(old_days=60), later) if one.why == "old"}
    assert old == {f"help/{name}" for name in names}


def test_the_demo_is_never_stale(tmp_path: Path) -> None:
    assert stale(Library(tmp_path), TOLD, Span(), date(2050, 1, 1)) == []


def test_csv_has_a_line_for_each_figure_and_no_formula() -> None:
    out = io.StringIO()
    write(TOLD, [Stale("help/wrong", "contradicted", 2)], out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "week,measure,name,value"
    assert "2026-11-30,acceptance,,0.750" in lines
    assert "2026-11-30,edit_distance,,0.000" in lines
    assert "2026-11-30,abstained,missing_knowledge,2" in lines
    assert "2026-11-30,missing,'=HYPERLINK(1),2" in lines
    assert ",contradicted,help/wrong,2" in lines
    assert any("可以租帐篷吗？" in line for line in table(TOLD, []))


def test_the_command_prints_an_empty_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(kb, ["report", "--csv", "--data", str(tmp_path / "data")])
    assert (told.exit_code, told.stdout) == (0, "week,measure,name,value\n")
