"""The control API: people's actions, faults, the clock, and everything there is to see.

Every body and answer is JSON, but for the upload (multipart) and the event stream (SSE). A refusal
is `{"error": code}` with a 4xx status.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from workspace.control import acts, agents, broadcast, conditions, looks, places
from workspace.control.asking import Handler
from workspace.guard import guard
from workspace.state import Workspace


def routes(ws: Workspace) -> list[Route]:
    """Return the route under `/_control`: one for all names, which is quicker than one for each."""
    handlers = _handlers()
    names = {name for _, name in handlers}

    async def endpoint(request: Request) -> Response:
        guard(request)
        name = request.path_params["name"]
        handler = handlers.get((request.method.replace("HEAD", "GET"), name))
        if handler is None:
            raise HTTPException(405 if name in names else 404)
        return await handler(ws, request)

    return [Route("/{name}", endpoint, methods=["GET", "POST", "DELETE"])]


def _handlers() -> dict[tuple[str, str], Handler]:
    reads = {**looks.READS, **conditions.READS, **places.READS}
    writes = {**acts.WRITES, **agents.WRITES, **broadcast.WRITES}
    writes |= {**conditions.WRITES, **places.WRITES}
    return {
        **{("GET", name): handler for name, handler in reads.items()},
        **{("POST", name): handler for name, handler in writes.items()},
        **{(verb, "faults"): conditions.faults for verb in ("GET", "POST", "DELETE")},
    }
