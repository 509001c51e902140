"""`python -m workspace`: run the workspace on this machine.

`python -m workspace --port 4040 --json --manifest manifest.json` prints its address when it is
ready. It listens on 127.0.0.1 only.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from workspace import logs
from workspace.seed import SeedError, read
from workspace.server import Start, address, listen, serve
from workspace.state import Workspace
from workspace.storage import Storage
from workspace.wire import Json

DEFAULT_PORT = 4040


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and serve until interrupted."""
    given = _parser().parse_args(arguments)
    logs.configure(given.log_format)
    ws = Workspace(request_url=given.request_url, rate_limits=not given.no_rate_limits)
    if given.manifest is not None:
        ws.manifest = _manifest(given.manifest)
    listener = listen(given.port)
    if given.port and listener.getsockname()[1] != given.port:
        sys.stderr.write(f"Port {given.port} is taken; using {address(listener)}\n")
    start = Start(
        as_json=given.json,
        seed=_seed(given.seed) if given.seed is not None else None,
        storage=Storage(given.data) if given.data is not None else None,
    )
    try:
        asyncio.run(serve(ws, listener, start))
    except SeedError as error:
        raise SystemExit(f"The seed {given.seed} cannot be used: {error}.") from error
    except KeyboardInterrupt:
        return


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workspace", description="A Slack on this machine.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 means any free port")
    parser.add_argument("--json", action="store_true", help='print {"url": ...} when ready')
    parser.add_argument("--manifest", type=Path, help="the app manifest (JSON)")
    parser.add_argument("--request-url", default="", help="deliver by signed HTTP to this URL")
    parser.add_argument("--data", type=Path, help="a folder to keep everything in; else memory")
    parser.add_argument("--seed", type=Path, help="people, channels, history (JSON)")
    parser.add_argument("--log-format", choices=("auto", "json", "text"), default="auto")
    parser.add_argument("--no-rate-limits", action="store_true", help="let every call pass")
    return parser


def _seed(path: Path) -> Json:
    try:
        return read(path)
    except SeedError as error:
        raise SystemExit(f"The seed {path} cannot be used: {error}.") from error


def _manifest(path: Path) -> Json:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"Cannot read the manifest {path}: {error}") from error
    if not isinstance(manifest, dict):
        raise SystemExit(f"The manifest {path} is not a JSON object.")
    return manifest


if __name__ == "__main__":
    main()
