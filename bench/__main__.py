"""`python -m bench [NAME ...] [--json [FILE]]`: each figure beside its peer's of the same run.

Without a name all benches run, one after the other; a machine that does something else meanwhile
moves the figures, and the ratios less.
"""

import argparse
import importlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure, Skipped, table

BENCHES = {
    "intake": "what it costs to take an envelope, beside a Bolt app that only acknowledges",
    "ledger": "durable writes, beside one commit a row",
    "gate": "what the checks cost, beside cutting the text into words",
    "moderation": "what the rules find and cost, beside Presidio and detect-secrets (extra peers)",
    "support": "what the knowledge base finds and costs, beside bm25s and a bare embedding",
    "streaming": "how far a moderated stream lags, beside waiting for the whole answer",
    "recap": "what a recap is worth and costs, beside the first turns and plain TextRank",
    "watch": "how soon a turn of mood is told, and how often there is none, beside a threshold",
    "sandbox": "what running a program in the sandbox costs, beside running it without",
    "workspace": "what an envelope costs the local workspace, beside the bot it goes to",
    "engine": "models over HTTP, beside the same models called directly (needs torch)",
}
_ENGINE_EXTRA = frozenset({"torch", "transformers", "diffusers", "tests"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one bench found, or why it could not run."""

    name: str
    figures: tuple[Figure, ...] = ()
    skipped: str = ""
    took_s: float = 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named benches; returns the exit status."""
    given = _parser().parse_args(arguments)
    outcomes = []
    for outcome in _outcomes(given.names or list(BENCHES), given):
        outcomes.append(outcome)
        if given.json is None or given.json:
            print(_text(outcome), flush=True)
    if given.json is not None:
        told = json.dumps(_json(outcomes, given.scale), ensure_ascii=False)
        _write(told, given.json)
    return 0


def _write(told: str, file: str) -> None:
    if file:
        Path(file).write_text(f"{told}\n", encoding="utf-8")
    else:
        print(told)


def _parser() -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:10} {what}" for name, what in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Measure, each figure beside its peer's of the same run.",
        epilog=f"benches:\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *BENCHES])
    parser.add_argument(
        "--json", metavar="FILE", nargs="?", const="", help="print one JSON object, or write it"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="share of the work to do")
    parser.add_argument(
        "--profile", choices=("cpu", "gpu"), help="engine: a model of that size and its peers"
    )
    parser.add_argument(
        "--against", type=_names, default=(), help="engine: of the peers, only these (a,b)"
    )
    parser.add_argument(
        "--model", help="intake: what generates meanwhile: a shape (10m, 8b) or a folder's path"
    )
    parser.add_argument("--device", default="cpu", help="intake: where it generates (cpu, cuda)")
    return parser


def _names(told: str) -> tuple[str, ...]:
    return tuple(name for name in told.split(",") if name)


def _outcomes(names: Sequence[str], given: argparse.Namespace) -> Iterator[Outcome]:
    for name in names:
        started = time.perf_counter()
        try:
            figures = tuple(_measured(name, given))
        except Skipped as why:
            yield Outcome(name=name, skipped=str(why))
        except ModuleNotFoundError as missing:
            yield Outcome(name=name, skipped=_sentence(missing))
        else:
            yield Outcome(name=name, figures=figures, took_s=time.perf_counter() - started)


def _measured(name: str, given: argparse.Namespace) -> Iterator[Figure]:
    if name == "intake":
        busy = importlib.import_module("bench.busy")
        model = busy.Model(name=given.model or busy.SHAPE, device=given.device)
        return importlib.import_module("bench.intake").figures(given.scale, model)
    if name == "engine" and given.profile:
        sized = importlib.import_module(f"bench.engine_{given.profile}")
        return sized.figures(given.scale, given.against)
    return importlib.import_module(f"bench.{name}").figures(given.scale)


def _sentence(missing: ModuleNotFoundError) -> str:
    module = (missing.name or "").partition(".")[0]
    if module not in _ENGINE_EXTRA:
        raise missing
    if module == "tests":
        return "It needs what tests/ makes; run it in the repository's folder."
    return f"It needs {module}, which is not installed; `pip install '.[engine]'` installs it."


def _text(outcome: Outcome) -> str:
    head = f"{outcome.name}: {BENCHES[outcome.name]}"
    if outcome.skipped:
        return f"{head}\n  skipped: {outcome.skipped}\n"
    return f"{head} [{outcome.took_s:.0f} s]\n{table(outcome.figures)}\n"


def _json(outcomes: Sequence[Outcome], scale: float) -> dict[str, object]:
    ran = {
        outcome.name: {
            "figures": [figure.as_json() for figure in outcome.figures],
            "skipped": outcome.skipped or None,
            "took_s": round(outcome.took_s, 1),
        }
        for outcome in outcomes
    }
    return {"scale": scale, "python": sys.version.split()[0], "benches": ran}


if __name__ == "__main__":
    raise SystemExit(main())
