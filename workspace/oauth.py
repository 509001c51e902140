"""Installing by OAuth: a consent page, and the door of the code exchange.

`GET /oauth/v2/authorize` shows what the app asks for; a person allows or cancels it with a POST and
is sent back with `code` and `state`, or `error`. The page works without scripts and styles.
oauth.v2.access takes the client's name and secret as arguments or by HTTP Basic.
"""

import base64
import binascii
import html
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from workspace.guard import guard
from workspace.people import CLIENT_ID
from workspace.state import Grant, Workspace
from workspace.web_api import WebApi
from workspace.wire import Json

GRANT_S = 600.0
_ASKED = ("client_id", "scope", "user_scope", "redirect_uri", "state", "code_challenge")
_PLACE = re.compile(r"(?:[0-9A-Za-z.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?")
_CLOSED = "frame-ancestors 'none'; base-uri 'none'"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Install an app</title>
<h1>{app} asks for access to Atelier Local</h1>
<p>As the app: <code>{scope}</code></p>
<p>As you: <code>{user_scope}</code></p>
<form method="post" action="/oauth/v2/authorize">
{hidden}
<p><label>You are <select name="user">{people}</select></label></p>
<p><button name="decision" value="allow">Allow</button>
<button name="decision" value="cancel">Cancel</button></p>
</form>
</html>
"""


class Exchange:
    """oauth.v2.access: what came by HTTP Basic becomes arguments, then the Web API answers."""

    def __init__(self, ws: Workspace) -> None:
        """Serve this workspace."""
        self._api = WebApi(ws)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one exchange."""
        header = Request(scope).headers.get("authorization", "")
        query = scope["query_string"].decode("latin-1")
        given = dict(parse_qsl(query, keep_blank_values=True)) | basic(header)
        named = {"path_params": {"method": "oauth.v2.access"}}
        await self._api(
            {**scope, **named, "query_string": urlencode(given).encode()}, receive, send
        )


def basic(header: str) -> dict[str, str]:
    """Return the client's name and secret of a Basic header; {} when it is none.

    >>> basic("Basic aWQ6c2VjcmV0")
    {'client_id': 'id', 'client_secret': 'secret'}
    """
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return {}
    return {"client_id": name, "client_secret": secret}


def routes(ws: Workspace) -> list[Route]:
    """Return the consent page and the exchange; they come before the Web API's own route."""

    async def authorize(request: Request) -> Response:
        guard(request)
        if request.method == "POST":
            async with request.form() as form:
                given = {name: value for name, value in form.items() if isinstance(value, str)}
            return decided(ws, given)
        return asked(ws, dict(request.query_params))

    return [
        Route("/oauth/v2/authorize", authorize, methods=["GET", "POST"]),
        Route("/api/oauth.v2.access", Exchange(ws)),
    ]


def asked(ws: Workspace, given: Mapping[str, str]) -> Response:
    """Show what the app asks for, or why it may not."""
    asking = _asking(ws, given)
    problem = _problem(ws, asking)
    if problem:
        return _page(f"<!doctype html><title>Refused</title><p>{problem}</p>", "'none'", 400)
    hidden = "\n".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in asking.items()
    )
    people = "".join(
        f'<option value="{user.id}">{html.escape(user.real_name)}</option>'
        for user in ws.directory.users.values()
        if not user.is_bot and not user.deleted
    )
    told = {name: html.escape(asking[name]) or "nothing" for name in ("scope", "user_scope")}
    body = _PAGE.format(app=_app_name(ws), hidden=hidden, people=people, **told)
    return _page(body, f"'self' {_origin(asking['redirect_uri'])}", 200)


def decided(ws: Workspace, given: Mapping[str, str]) -> Response:
    """Send the person back to the app, with a code or with `access_denied`."""
    asking = _asking(ws, given)
    user = ws.directory.user(given.get("user", ""))
    if _problem(ws, asking) or user is None or user.is_bot:
        return asked(ws, given)
    answer = {"state": asking["state"]}
    if given.get("decision") == "allow":
        answer["code"] = ws.ids.secret()
        ws.grants[answer["code"]] = Grant(
            user=user.id,
            scope=asking["scope"],
            user_scope=asking["user_scope"],
            redirect_uri=asking["redirect_uri"],
            challenge=asking["code_challenge"],
            expires=ws.clock.now() + GRANT_S,
        )
    else:
        answer["error"] = "access_denied"
    joint = "&" if urlsplit(asking["redirect_uri"]).query else "?"
    return RedirectResponse(f"{asking['redirect_uri']}{joint}{urlencode(answer)}", 303)


def _asking(ws: Workspace, given: Mapping[str, str]) -> dict[str, str]:
    asking = {name: given.get(name, "") for name in _ASKED}
    asking["redirect_uri"] = asking["redirect_uri"] or next(iter(_registered(ws)), "")
    return asking


def _problem(ws: Workspace, asking: Mapping[str, str]) -> str:
    """Return Slack's code for a request that cannot be granted; '' when it can."""
    if asking["client_id"] != CLIENT_ID:
        return "invalid_client_id"
    if not asking["scope"] and not asking["user_scope"]:
        return "no_scopes"
    uri = asking["redirect_uri"]
    known = _registered(ws)
    is_web = urlsplit(uri).scheme in {"http", "https"} and _PLACE.fullmatch(urlsplit(uri).netloc)
    if not is_web or (known and not any(_is_under(uri, each) for each in known)):
        return "bad_redirect_uri"
    wanted = frozenset(each.strip() for each in asking["scope"].split(",") if each.strip())
    return "" if wanted <= ws.scopes else "invalid_scope"


def _registered(ws: Workspace) -> list[str]:
    urls = (ws.manifest.get("oauth_config") or {}).get("redirect_urls") or []
    return [str(each) for each in urls]


def _is_under(uri: str, registered: str) -> bool:
    """Tell whether an address is the registered one, or inside of it."""
    return uri == registered or uri.startswith(f"{registered.rstrip('/')}/")


def _app_name(ws: Workspace) -> str:
    shown: Json = ws.manifest.get("display_information") or {}
    return html.escape(str(shown.get("name") or "Atelier"))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _page(body: str, form_action: str, status: int) -> HTMLResponse:
    """Return a page that may do nothing but send its form, to here and on to the app."""
    policy = (
        f"default-src 'none'; form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(body, status, headers)
