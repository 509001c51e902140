"""That the benches run and say finite numbers; how good the numbers are is not for a test."""

import json
import math
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench import gate, ledger, streaming, texts
from bench.__main__ import BENCHES, main
from bench.busy import Model
from bench.figures import Figure, Skipped, percentile, table
from moderation.checks import standard
from moderation.gate import Gate
from moderation.policy import Policy

TINY = 0.02


def is_measured(figures: Iterable[Figure]) -> bool:
    values = [value for figure in figures for value in (figure.ours, figure.peer)]
    return bool(values) and all(math.isfinite(value) and value >= 0 for value in values)


def figure(**changed: object) -> Figure:
    given = {"what": "sums", "unit": "/s", "ours": 1.0, "peer": 2.0, "peer_is": "by hand"}
    return Figure(**(given | changed))  # pyrefly: ignore[bad-argument-type] - the test's own


def test_the_ledger_is_measured_at_each_number_of_callers() -> None:
    figures = list(ledger.figures(TINY))
    assert is_measured(figures)
    assert len(figures) == 2 * len(ledger.ROWS)


def test_the_gate_is_measured_for_each_kind_of_text() -> None:
    figures = list(gate.figures(TINY))
    assert is_measured(figures)
    assert len(figures) == 2 * len(texts.KINDS)


def test_a_stream_lags_less_than_waiting_for_the_whole() -> None:
    figures = list(streaming.figures(0.2))
    assert is_measured(figures)
    assert all(each.ours < each.peer for each in figures if each.unit == "tokens")


@pytest.mark.e2e
def test_the_intake_is_measured_beside_a_bolt_app() -> None:
    from bench import intake  # noqa: PLC0415 - reads a constant that only Unix has

    figures = list(intake.figures(TINY))
    assert is_measured(figures)
    assert all(each.ours > 0 for each in figures if each.what.startswith("ack"))


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_engine_is_measured_beside_its_models() -> None:
    pytest.importorskip("torch", reason="the engine extra is not installed")
    from bench import engine  # noqa: PLC0415 - imports torch, which may be missing

    figures = list(engine.figures(TINY))
    assert is_measured(figures)
    assert [each.unit for each in figures] == [
        *("tokens/s", "texts/s", "pictures/s"),
        *["CPU ms a picture"] * 2,
        "CPU ms a text",
    ]


async def test_every_character_of_a_stream_has_a_lag() -> None:
    text = texts.english(700)
    lags = await streaming.lags_of(Gate(standard(), Policy()), text)
    assert len(lags) == len(text)
    assert lags[-1] == 0


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "--json", "--scale", "0.02"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["benches"]) == ["gate"]
    first = said["benches"]["gate"]["figures"][0]
    assert first["ratio"] == pytest.approx(first["ours"] / first["peer"], rel=0.01)


def test_a_bench_that_cannot_run_says_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_scale: float) -> list[Figure]:
        raise Skipped("It needs what is not here.")

    monkeypatch.setattr(gate, "figures", refuse)
    assert main(["gate"]) == 0
    assert "skipped: It needs what is not here." in capsys.readouterr().out


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["gates"])
    assert refused.value.code == 2
    assert "gates" in capsys.readouterr().err


def test_every_bench_has_a_module() -> None:
    folder = Path(gate.__file__).parent
    assert all((folder / f"{name}.py").is_file() for name in BENCHES)


def test_a_ratio_needs_a_measurable_peer() -> None:
    assert figure().ratio == 0.5
    assert figure(peer=0.0).ratio is None
    assert figure(peer=0.0).as_json()["ratio"] is None


@pytest.mark.parametrize(("ours", "said"), [(299.9, "met"), (300.0, "met"), (300.1, "MISSED")])
def test_a_goal_is_said_with_whether_it_is_met(ours: float, said: str) -> None:
    one = figure(unit="ms", ours=ours, goal=300.0)
    assert table([one]).endswith(f"by hand [at most 300: {said}]")
    assert one.as_json()["met"] is (said == "met")


@pytest.mark.parametrize(("ours", "said"), [(3.9, "MISSED"), (4.0, "met"), (9.0, "met")])
def test_a_least_is_said_with_whether_it_is_reached(ours: float, said: str) -> None:
    one = figure(ours=ours, least=4.0)
    assert table([one]).endswith(f"by hand [at least 4.00: {said}]")
    assert one.as_json()["met"] is (said == "met")
    assert one.as_json()["least"] == 4.0


def test_a_goal_and_a_least_have_both_to_be_met() -> None:
    assert [figure(ours=ours, least=2.0, goal=3.0).met for ours in (1.0, 2.5, 4.0)] == [
        False,
        True,
        False,
    ]


def test_without_a_goal_there_is_nothing_to_meet() -> None:
    assert figure().met is None
    assert "met" not in figure().as_json()


@pytest.mark.parametrize("name", ["10m", "models/mine"])
def test_an_engine_that_generates_runs_a_shape_or_a_folder(name: str) -> None:
    arguments = Model(name=name, device="cuda").arguments
    assert arguments[0] == ("generators.engine" if "/" in name else "bench.served")
    assert {name, "cuda"} <= set(arguments)


def test_the_columns_of_a_table_line_up() -> None:
    first, *rows = table([figure(), figure(what="long sums", ours=1234.5)]).splitlines()
    assert [row.index("by hand") for row in rows] == [first.index("the peer")] * 2
    assert "1,234" in rows[1]


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (1, 1), (50, 50), (99, 99), (100, 100)])
def test_percentiles_are_values_that_were_seen(percent: int, expected: int) -> None:
    assert percentile(range(100, 0, -1), percent) == expected


@pytest.mark.parametrize("kind", texts.KINDS)
@pytest.mark.parametrize("length", [1, 199, 5000])
def test_texts_have_the_length_asked_for(kind: str, length: int) -> None:
    assert len(texts.KINDS[kind](length)) == length


@pytest.mark.parametrize("kind", ["English", "Chinese", "code"])
def test_ordinary_texts_have_nothing_to_find(kind: str) -> None:
    assert gate.inspected(standard(), texts.KINDS[kind](4000)) == 0


def test_the_text_full_of_findings_has_many() -> None:
    assert gate.inspected(standard(), texts.incidents(4000)) > 40
