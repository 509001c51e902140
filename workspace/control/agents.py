"""What a person does with an agent, for the control API."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workspace import agent_acts
from workspace.control import asking
from workspace.control.asking import Handler
from workspace.state import Workspace


async def stop(ws: Workspace, request: Request) -> Response:
    """Press a thread's stop button."""
    body = await asking.body(request)
    user, channel = asking.where(ws, body)
    return JSONResponse(await agent_acts.stop(ws, user, channel, str(body.get("thread_ts", ""))))


async def context(ws: Workspace, request: Request) -> Response:
    """Look at a channel while the agent is open."""
    user, channel = asking.where(ws, await asking.body(request))
    return JSONResponse(await agent_acts.look(ws, user, channel))


async def session_title(ws: Workspace, request: Request) -> Response:
    """Change the title of a session."""
    body = await asking.body(request)
    user, channel = asking.where(ws, body)
    place = (str(body.get("thread_ts", "")), str(body.get("title", "")))
    return JSONResponse(await agent_acts.rename(ws, user, channel, place))


WRITES: Mapping[str, Handler] = MappingProxyType(
    {"stop": stop, "context": context, "session_title": session_title}
)
