"""Installing by OAuth: the consent page, the exchange, the tokens, and revoking them."""

import base64
import hashlib
import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace import oauth
from workspace.people import CLIENT_ID, CLIENT_SECRET
from workspace.state import Workspace

pytestmark = pytest.mark.filterwarnings(
    "ignore:BasicAuth is deprecated:DeprecationWarning"  # slack_sdk logs in with it
)
BACK = "http://127.0.0.1:9/callback"
ASKED = {
    "client_id": CLIENT_ID,
    "scope": "chat:write,commands",
    "user_scope": "",
    "redirect_uri": BACK,
    "state": "s&<>",
}


async def _decide(ws: Workspace, decision: str = "allow", **more: str) -> dict[str, str]:
    """Open the page, send its form, return what the app is told."""
    async with aiohttp.ClientSession() as session:
        url = f"{ws.base_url}/oauth/v2/authorize"
        async with session.get(url, params=ASKED | more) as page:
            assert page.status == 200
            form = dict(re.findall(r'name="(\w+)" value="([^"]*)">', await page.text()))
        sent = {name: html.unescape(value) for name, value in form.items()}
        sent |= {"user": "U0CHEN", "decision": decision}
        headers = {"Origin": ws.base_url}
        async with session.post(url, data=sent, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303
            where = answer.headers["Location"]
    assert where.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}


def _client(ws: Workspace) -> AsyncWebClient:
    return AsyncWebClient(base_url=f"{ws.base_url}/api/")


async def _exchange(ws: Workspace, code: str, **more: str) -> Any:
    return await _client(ws).oauth_v2_access(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, code=code, **more
    )


async def test_a_person_installs_the_app(ws: Workspace) -> None:
    told = await _decide(ws, user_scope="users:read")
    assert told["state"] == ASKED["state"]
    installed = await _exchange(ws, told["code"], redirect_uri=BACK)
    assert (installed["access_token"], installed["scope"]) == ("xoxb-local", ASKED["scope"])
    assert (installed["bot_user_id"], installed["app_id"]) == ("U0ATELIER", "A0ATELIER")
    assert installed["authed_user"]["access_token"] == "xoxp-chen"
    with pytest.raises(SlackApiError, match="invalid_code"):
        await _exchange(ws, told["code"])


async def test_a_person_says_no(ws: Workspace) -> None:
    assert await _decide(ws, "cancel") == {"error": "access_denied", "state": ASKED["state"]}


async def test_the_secret_may_come_either_way_and_is_not_kept(ws: Workspace) -> None:
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    login = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    for given, scheme in ((client, "Other"), ({"test": "1"}, "Basic")):
        headers = {"Authorization": f"{scheme} {login}"}
        code = (await _decide(ws))["code"]
        url = f"{ws.base_url}/api/oauth.v2.access"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data={"code": code} | given, headers=headers) as answer,
        ):
            assert (await answer.json())["ok"]
    kept = [call["args"] for call in ws.calls]
    assert kept
    assert not any("client_secret" in each for each in kept)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_secret": "guess"}, "bad_client_secret"),
        ({"code": "guess"}, "invalid_code"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, "bad_redirect_uri"),
        ({"grant_type": "refresh_token"}, "invalid_refresh_token"),
        ({"grant_type": "password"}, "invalid_grant_type"),
    ],
)
async def test_an_exchange_that_cannot_be(ws: Workspace, wrong: dict[str, str], error: str) -> None:
    code = (await _decide(ws))["code"]
    given = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "code": code} | wrong
    with pytest.raises(SlackApiError, match=error):
        await _client(ws).api_call("oauth.v2.access", data=given)


async def test_a_code_lives_ten_minutes(ws: Workspace) -> None:
    code = (await _decide(ws))["code"]
    ws.clock.advance(oauth.GRANT_S + 1)
    with pytest.raises(SlackApiError, match="invalid_code"):
        await _exchange(ws, code)


async def test_a_challenge_needs_its_verifier(ws: Workspace) -> None:
    digest = hashlib.sha256(b"verifier").digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    for verifier, error in (("", "invalid_code_verifier"), ("verifier", None)):
        code = (await _decide(ws, code_challenge=challenge))["code"]
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        given = client | {"code": code, "code_verifier": verifier}
        if error is None:
            assert (await _client(ws).api_call("oauth.v2.access", data=given))["ok"]
        else:
            with pytest.raises(SlackApiError, match=error):
                await _client(ws).api_call("oauth.v2.access", data=given)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"scope": ""}, "no_scopes"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"redirect_uri": ""}, "bad_redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "bad_redirect_uri"),
        ({"redirect_uri": "http://a;script-src *"}, "bad_redirect_uri"),
        ({"redirect_uri": "http://me@evil.example/"}, "bad_redirect_uri"),
    ],
)
async def test_a_request_that_cannot_be_granted(
    ws: Workspace, wrong: dict[str, str], problem: str
) -> None:
    url = f"{ws.base_url}/oauth/v2/authorize"
    async with aiohttp.ClientSession() as session:
        async with session.get(url, params=ASKED | wrong) as page:
            assert (page.status, problem in await page.text()) == (400, True)
        sent = ASKED | wrong | {"user": "U0ANA", "decision": "allow"}
        async with session.post(url, data=sent, allow_redirects=False) as answer:
            assert answer.status == 400
    assert ws.grants == {}


async def test_only_registered_addresses_are_sent_to(ws: Workspace) -> None:
    ws.manifest = {"oauth_config": {"redirect_urls": ["http://127.0.0.1:9/callback"]}}
    assert "code" in await _decide(ws)
    url = f"{ws.base_url}/oauth/v2/authorize"
    for uri, status in ((f"{BACK}/in", 200), (f"{BACK}.evil.example", 400), ("http://b/", 400)):
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, params=ASKED | {"redirect_uri": uri}) as page,
        ):
            assert page.status == status


async def test_the_page_is_shut_and_escaped(ws: Workspace) -> None:
    url = f"{ws.base_url}/oauth/v2/authorize"
    given = ASKED | {"state": '"><script>alert(1)</script>'}
    async with aiohttp.ClientSession() as session, session.get(url, params=given) as page:
        policy, text = page.headers["Content-Security-Policy"], await page.text()
    assert policy.startswith("default-src 'none'; form-action 'self' http://127.0.0.1:9;")
    assert "<script" not in text
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=given, headers={"Origin": "https://evil.example"}) as refused,
    ):
        assert refused.status == 403


async def test_a_revoked_token_is_dead_and_a_new_one_lives(
    ws: Workspace, slack: AsyncWebClient
) -> None:
    assert (await slack.auth_revoke(test=True))["revoked"] is False
    await slack.auth_test()
    assert (await slack.auth_revoke())["revoked"] is True
    for _ in range(2):
        with pytest.raises(SlackApiError, match="token_revoked"):
            await slack.auth_test()
    kinds = [row["kind"] for row in ws.dispatcher.log]
    assert kinds == ["tokens_revoked", "app_uninstalled"]
    token = (await _exchange(ws, (await _decide(ws))["code"]))["access_token"]
    assert token != "xoxb-local"
    again = AsyncWebClient(token, base_url=slack.base_url)
    assert (await again.auth_test())["user_id"] == "U0ATELIER"
    with pytest.raises(SlackApiError, match="token_revoked"):
        await slack.auth_test()
