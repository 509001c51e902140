"""`python -m workspace`: run the workspace on this machine.

`python -m workspace --port 4040 --json --manifest manifest.json` prints its address when it is
ready. It listens on 127.0.0.1 only.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from workspace.server import address, listen, serve
from workspace.state import Workspace
from workspace.wire import Json

DEFAULT_PORT = 4040


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and serve until interrupted."""
    given = _parser().parse_args(arguments)
    ws = Workspace(request_url=given.request_url, rate_limits=not given.no_rate_limits)
    if given.manifest is not None:
        ws.manifest = _manifest(given.manifest)
    listener = listen(given.port)
    if given.port and listener.getsockname()[1] != given.port:
        sys.stderr.write(f"Port {given.port} is taken; using {address(listener)}\n")
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(ws, listener, as_json=given.json))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workspace", description="A Slack on this machine.")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 means any free port")
    parser.add_argument("--json", action="store_true", help='print {"url": ...} when ready')
    parser.add_argument("--manifest", type=Path, help="the app manifest (JSON)")
    parser.add_argument("--request-url", default="", help="deliver by signed HTTP to this URL")
    parser.add_argument("--no-rate-limits", action="store_true", help="let every call pass")
    return parser


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
