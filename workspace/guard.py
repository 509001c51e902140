"""Who may ask: only programs and pages of this machine.

The Host must be a loopback name and a browser's Origin must be this server, so that no page of the
internet can drive the workspace, not even through a name that it points at this machine.
"""

import re

from starlette.requests import Request

from workspace.wire import Refused

_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?")


def guard(request: Request) -> None:
    """Raise Refused for a request that a page elsewhere could have caused."""
    host = request.headers.get("host", "")
    if not _LOOPBACK.fullmatch(host):
        raise Refused("bad_host", 403)
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        raise Refused("bad_origin", 403)
