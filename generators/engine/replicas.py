"""`python -m generators.engine.replicas`: several engines behind one address, on Ray Serve.

Ray places the replicas, sends each request to one that has room, starts a dead one again and says
503 with Retry-After when all are full. It tries no request twice: who asked does that (the bot's
ledger). Every replica has all the models; a bot sees one server of the OpenAI API. Needs the extra
`ray`.
"""

import argparse
import asyncio
import json
import logging
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from generators.engine.options import EngineSettings
from generators.engine.roster import Roster
from generators.engine.server import build_app
from generators.logs import Lines, configure

NAME: Final = "engine"
HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8431
RETRY_AFTER_S: Final = 2.0
"""When a client that was turned away may come again: some answers have ended by then."""
LOOK_AGAIN_S: Final = 0.1
HEALTH_EVERY_S: Final = 5.0
LEAVE_AFTER_S: Final = 5.0


class Replica:
    """One engine of several. Ray makes it in a process of its own."""

    def __init__(self, settings: EngineSettings) -> None:
        """Take what to load; it loads when Ray starts the application below."""
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the engine alone does
        self._roster = Roster(settings)

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """Return what answers, for Ray."""
        return Loaded(build_app(self._roster), self._roster)

    def check_health(self) -> None:
        """Raise when a model cannot be used any more; Ray makes another replica then."""
        broken = [slot for slot in self._roster.slots if slot.state == "failed"]
        if broken:
            raise RuntimeError(broken[0].reason)


class Loaded:
    """An application that has started only when its models are there: no request comes earlier."""

    def __init__(self, app: ASGIApp, roster: Roster) -> None:
        """Take the application and the models."""
        self._app = app
        self._roster = roster

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and the end of the start late."""

        async def late(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                while self._roster.loading:  # noqa: ASYNC110 - another thread loads
                    await asyncio.sleep(LOOK_AGAIN_S)
            await send(message)

        await self._app(scope, receive, late if scope["type"] == "lifespan" else send)


def application(
    settings: EngineSettings, *, replicas: int, cpus: float = 1.0, gpus: float = 0.0
) -> Any:  # noqa: ANN401 - Ray's Application
    """Return the application for `serve.run`, each replica with so many processors and GPUs.

    A replica has as many requests at once as its engine writes and keeps in line; some more wait
    with Ray, and the rest are told to come again. Raises ModuleNotFoundError without Ray.
    """
    serve: Any = pkgutil.resolve_name("ray.serve")
    deployed = serve.deployment(
        serve.ingress()(Replica),
        name=NAME,
        num_replicas=replicas,
        ray_actor_options={"num_cpus": cpus, "num_gpus": gpus},
        max_ongoing_requests=settings.rows + settings.waiting,
        max_queued_requests=replicas * settings.waiting,
        backpressure_config={"status_code": 503, "retry_after_s": RETRY_AFTER_S},
        health_check_period_s=HEALTH_EVERY_S,
        graceful_shutdown_timeout_s=LEAVE_AFTER_S,
    )
    return deployed.bind(settings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve on this machine until a signal; returns the exit status."""
    options = _parser().parse_args(arguments)
    configure(options.log_format, Lines(ours=("generators",)), "generators")
    try:
        ray: Any = pkgutil.resolve_name("ray")
        serve: Any = pkgutil.resolve_name("ray.serve")
    except ModuleNotFoundError:
        sys.stderr.write("Ray is not installed; `pip install 'atelier[ray]'` installs it.\n")
        return 1
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_given: stopped.set())
    ray.init(
        address=options.address,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        **({} if options.address else {"num_cpus": max(4, options.replicas * options.cpus + 2)}),
    )
    serve.start(http_options={"host": HOST, "port": options.port}, logging_config=_quiet())
    try:
        made = application(
            _settings(options), replicas=options.replicas, cpus=options.cpus, gpus=options.gpus
        )
        serve.run(made, name=NAME, route_prefix="/")
        print(json.dumps({"url": f"http://{HOST}:{options.port}"}), flush=True)  # noqa: T201 - told
        stopped.wait()
    finally:
        serve.shutdown()
        ray.shutdown()
    return 0


def _quiet() -> dict[str, object]:
    # Ray's own lines have no content of requests; its access log has paths only, and is not wanted.
    return {"enable_access_log": False, "log_level": "ERROR"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="generators.engine.replicas", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--cpus", type=float, default=1.0, help="of each replica")
    parser.add_argument("--gpus", type=float, default=0.0, help="of each replica; 0.5 shares one")
    parser.add_argument("--address", help="of a Ray cluster that runs already")
    for kind in ("text", "image", "embed"):
        parser.add_argument(f"--{kind}-model", help="a folder or a hub id, on every machine")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--dtype", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--rows", type=int, default=16, help="answers a replica writes at once")
    parser.add_argument("--room-tokens", type=int, help="memory for prompts and answers")
    parser.add_argument("--waiting", type=int, default=32, help="requests that may wait at each")
    parser.add_argument("--log-format", choices=("auto", "json", "text"), default="auto")
    return parser


def _settings(options: argparse.Namespace) -> EngineSettings:
    return EngineSettings(
        text=options.text_model,
        image=options.image_model,
        embed=options.embed_model,
        device=options.device,
        offline=True,
        dtype=options.dtype,
        rows=options.rows,
        room_tokens=options.room_tokens,
        waiting=options.waiting,
    )


if __name__ == "__main__":
    raise SystemExit(main())
