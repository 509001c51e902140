"""The control API: people's actions, faults, the clock, and everything there is to see.

Every body and answer is JSON, but for the upload (multipart) and the event stream (SSE). A refusal
is `{"error": code}` with a 4xx status.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from workspace.control import acts, conditions, looks
from workspace.control.asking import Handler
from workspace.guard import guard
from workspace.state import Workspace


def routes(ws: Workspace) -> list[Route]:
    """Return the routes under `/_control`."""

    def route(name: str, handler: Handler, *verbs: str) -> Route:
        async def endpoint(request: Request) -> Response:
            guard(request)
            return await handler(ws, request)

        return Route(f"/{name}", endpoint, methods=list(verbs))

    reads = {**looks.READS}
    writes = {**acts.WRITES, **conditions.WRITES}
    return [
        *(route(name, handler, "GET") for name, handler in reads.items()),
        *(route(name, handler, "POST") for name, handler in writes.items()),
        route("faults", conditions.faults, "POST", "DELETE"),
    ]
