"""`python -m generators.engine`: serve the configured models on this machine.

With --json it prints one line, `{"url", "models"}`, as soon as it listens; the models load after
that, and GET /health says how far they are.
"""

import argparse
import contextlib
import json
import logging
import math
import os
import socket
import sys
from collections.abc import Sequence

from generators.engine.options import EngineSettings
from generators.engine.quantizing import WAYS
from generators.engine.resolve import RESTORE
from generators.engine.roster import Roster
from generators.engine.serving import EngineServer
from generators.engine.watchdog import Watchdog
from generators.logs import Lines, configure, last_words

LINES = Lines(ours=("generators",))
HOST = "127.0.0.1"
DEFAULT_PORT = 8431
PORTS_TRIED = 50
LEAVE_AFTER_S = 2.0
MOST_GIB = 1 << 20
OFFLOADS = ("none", "model", "sequential", "group")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; returns the exit status."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # it warns of parts we do not use
    # Threads that spin while they wait take the time of those who work, the bot's among them.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    configure(options.log_format, LINES, "generators")
    last_words()
    listener = bind(options.port)
    roster = Roster(_settings(options))
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    models = {slot.part: slot.id for slot in roster.slots}
    line = json.dumps({"url": url, "models": models}, ensure_ascii=False)
    greeting = line if options.json else f"The engine listens on {url}"
    watchdog = Watchdog(roster.pulses, options.stall_s, farewell=roster.release)
    watchdog.start()
    with contextlib.suppress(KeyboardInterrupt):  # one that comes before the server listens to it
        EngineServer(roster, greeting, drain_s=options.drain_s).run(sockets=[listener])
    watchdog.stop()
    roster.stop()  # once more, for a second signal has cut the waiting short
    # A load, a download or a step cannot be interrupted, and would hold the exit up or crash in it.
    if roster.loading or not roster.ended(LEAVE_AFTER_S):
        logging.shutdown()
        os._exit(0)
    return 0


def bind(port: int) -> socket.socket:
    """Bind the port, or the next free one and say so on stderr; 0 takes any free port."""
    for candidate in range(port, port + (PORTS_TRIED if port else 1)):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
        except OSError:
            listener.close()
            continue
        if candidate != port:
            print(f"Port {port} is taken; using {candidate}.", file=sys.stderr)  # noqa: T201 - asked for
        return listener
    raise SystemExit(f"No free port from {port} to {port + PORTS_TRIED - 1}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="generators.engine", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes any free port")
    parser.add_argument("--json", action="store_true", help="print one JSON line when it listens")
    for kind in ("text", "image"):
        told = "a folder or a hub id; several times for several models"
        parser.add_argument(f"--{kind}-model", action="append", default=[], help=told)
    for kind in ("embed", "classify"):
        parser.add_argument(f"--{kind}-model", help="a folder or a hub id")
    told = "a folder; empty: none; by itself the small one that comes with Atelier"
    parser.add_argument("--restore-model", default=RESTORE, help=told)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--dtype", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--triton", action="store_true", help="our own kernels on CUDA")
    parser.add_argument(
        "--adapter", action="append", default=[], type=_adapter, help="NAME=FOLDER or NAME=ID"
    )
    parser.add_argument("--quantization", choices=("", *WAYS), default="", help="of the text model")
    parser.add_argument("--rows", type=_count, default=16, help="answers written at once")
    parser.add_argument("--room-tokens", type=_count, help="memory for prompts and answers")
    parser.add_argument("--memory-gib", type=_size, help="models that do not fit take turns")
    parser.add_argument("--pictures", type=_count, default=8, help="pictures made at once")
    parser.add_argument("--lora", type=_lora, action="append", default=[], help="NAME=PATH")
    parser.add_argument("--offload", choices=OFFLOADS, default="none", help="less CUDA memory")
    parser.add_argument("--tiling", action="store_true", help="decode large pictures in parts")
    parser.add_argument("--waiting", type=_count, default=32, help="requests that may wait")
    parser.add_argument("--drain-s", type=_seconds, default=25.0, help="for what is under way")
    parser.add_argument(
        "--stall-s", type=_seconds, default=300.0, help="without a step, before it ends; 0: never"
    )
    parser.add_argument("--offline", action="store_true", help="never download")
    parser.add_argument("--log-format", choices=("auto", "json", "text"), default="auto")
    return parser


def _count(told: str) -> int:
    count = int(told)
    if count < 1:
        raise ValueError("a count is at least 1")
    return count


def _size(told: str) -> float:
    size_gib = float(told)
    if not 0 < size_gib < MOST_GIB:
        raise ValueError("a size is more than 0")
    return size_gib


def _lora(told: str) -> tuple[str, str]:
    name, _, path = told.partition("=")
    if not (name and path):
        raise ValueError("a LoRA is NAME=PATH")
    return name, path


def _adapter(told: str) -> tuple[str, str]:
    name, _, spec = told.partition("=")
    if not name or not spec or ":" in name:
        raise ValueError("an adapter is NAME=FOLDER")
    return name, spec


def _seconds(told: str) -> float:
    seconds = float(told)
    if not 0 <= seconds < math.inf:
        raise ValueError("seconds are not negative")
    return seconds


def _settings(options: argparse.Namespace) -> EngineSettings:
    texts, images = options.text_model, options.image_model
    return EngineSettings(
        text=texts[0] if texts else None,
        image=images[0] if images else None,
        more_texts=tuple(texts[1:]),
        more_images=tuple(images[1:]),
        memory_bytes=options.memory_gib and round(options.memory_gib * 2**30),
        pictures=options.pictures,
        loras=tuple(options.lora),
        offload=options.offload,
        tiling=options.tiling,
        embed=options.embed_model,
        classify=options.classify_model,
        restore=options.restore_model or None,
        device=options.device,
        offline=options.offline,
        dtype=options.dtype,
        triton=options.triton,
        rows=options.rows,
        room_tokens=options.room_tokens,
        waiting=options.waiting,
        adapters=tuple(options.adapter),
        quantization=options.quantization,
    )


if __name__ == "__main__":
    raise SystemExit(main())
