"""Every method's refusals: what is left out, and which codes the source can answer with."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.workspace.conftest import GENERAL_ERRORS
from tests.workspace.error_codes import codes
from tests.workspace.judging import Asking
from tests.workspace.oracle import Oracle
from workspace import places
from workspace.client import Client
from workspace.methods.table import METHODS
from workspace.state import Workspace

TEXT = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [TEXT]}


@pytest.fixture
async def ask(ws: Workspace, reference: dict[str, Any]) -> AsyncIterator[Asking]:
    ws.limits.enabled = False
    async with aiohttp.ClientSession() as session:
        yield Asking(session, ws.base_url, Oracle(reference))


async def test_a_required_argument_left_out_is_refused(
    ws: Workspace, ask: Asking, control: Client, reference: dict[str, Any]
) -> None:
    ts = (await control.say("ana", "dm", "q"))["ts"]
    samples = _samples(ws, ts)
    for method, page in reference.items():
        needed = set(page["args"].get("required", ())) - {"token"}
        given = samples.get(method, {})
        assert needed <= set(given), method
        for name in needed:
            rest = {key: value for key, value in given.items() if key != name}
            answer = await ask(method, _token(method), **rest)
            documented = {*page.get("errors", ()), *GENERAL_ERRORS}
            assert not answer["ok"], (method, name)
            assert answer["error"] in documented, (method, name)


def _token(method: str) -> str:
    return {"apps.connections.open": "xapp-local", "apps.manifest.validate": "xoxp-ana"}.get(
        method, "xoxb-local"
    )


def _samples(ws: Workspace, ts: str) -> dict[str, dict[str, Any]]:
    """Return arguments that each method with required ones would take."""
    places.create(ws, ws.directory.users["U0ATELIER"], "sampled")
    direct = {"channel": "D0ANA", "text": "x"}
    thread = {"channel_id": "D0ANA", "thread_ts": ts, "status": "active", "title": "t"}
    at = {"channel": "D0ANA", "ts": ts, "timestamp": ts, "message_ts": ts, "thread_ts": ts}
    run = {"function_execution_id": "Fx1", "outputs": {"text": "x"}, "error": "e"}
    view = {"view": MODAL, "trigger_id": "1", "user_id": "U0ANA", "view_id": "V1"}
    uploaded = {"filename": "a", "length": 1, "files": [{"id": "F1"}], "file": "F1"}
    people = {"user": "U0ANA", "users": "U0ANA", "usergroup": "S0REVIEWERS", "email": "a@b.c"}
    made = {"name": "eyes", "post_at": 1, "scheduled_message_id": "Q1", "manifest": "{}"}
    prompts = {"prompts": [{"title": "a", "message": "b"}], "bot": "B0ATELIER"}
    stream = {"markdown_text": "x", "recipient_user_id": "U0ANA", "recipient_team_id": "T0LOCAL00"}
    every = direct | thread | at | run | view | uploaded | people | made | prompts
    texts = {"chat.startStream", "chat.appendStream", "chat.stopStream"}
    return {method: every | (stream if method in texts else {}) for method in METHODS}


def test_every_error_in_the_source_is_documented(reference: dict[str, Any]) -> None:
    invented = {
        method: codes(f"{rules.run.__module__}.{rules.run.__name__}")
        - set(reference[method].get("errors", ()))
        - GENERAL_ERRORS
        for method, rules in METHODS.items()
    }
    assert {method: sorted(each) for method, each in invented.items() if each} == {}


def test_the_errors_are_read_from_the_source() -> None:
    assert {"time_in_past", "no_text", "is_archived", "not_in_channel"} <= codes(
        "workspace.methods.scheduled.schedule"
    )
    assert "invalid_blocks" not in codes("workspace.methods.unfurl.unfurl")
