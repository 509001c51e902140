"""What all three processes wrote to their logs while people said things that must not be there."""

import json
from pathlib import Path

import aiohttp
import pytest

from bot.life.logs import FIELDS
from tests.e2e.alone import free_port
from tests.e2e.product import Product, ours, running, said
from workspace.client import Client, ControlError

PROMPT, FILE = "canary-prompt-6613", "canary-file-6613"
TOKEN = "xoxb-9876543210-canarytoken6613"
CONFIG = """[verbs.echo]
use = "generators.echo:Echo"
help = "Say it"
example = "echo it"
"""
KEYS = {"at", "level", "logger", "event", *FIELDS}


async def test_no_log_line_of_any_process_holds_what_was_said(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="`atelier up` starts the engine, which needs torch")
    config = tmp_path / "atelier.toml"
    config.write_text(CONFIG)
    more = {"ATELIER_CONFIG": str(config), "ATELIER_LOG_FORMAT": "json"}
    more |= {"ATELIER_ENGINE__PORT": str(free_port())}  # of a taken one it speaks in plain words
    with running(tmp_path / "data", **more) as product:
        async with Client(product.url) as slack:
            await _talk(slack, product)
    lines = product.log.read_text().splitlines()
    assert lines
    for secret in (PROMPT, FILE, TOKEN, "xoxb-local", "xapp-local", "U0ANA"):
        assert not [line for line in lines if secret in line]
    for line in lines:
        told = json.loads(line)
        assert told["event"]
        assert set(told) <= KEYS


async def _talk(slack: Client, product: Product) -> None:
    """Say things, also such as end in errors, and disturb what answers."""
    asked = await slack.say("ana", "general", f"@atelier echo {PROMPT} please")
    await product.settled(1)
    thread = await slack.messages("general", thread_ts=asked["ts"])
    assert any(ours(message) and PROMPT in said(message) for message in thread)
    await slack.say("ana", "general", f"@atelier ask {PROMPT} please?")
    await slack.upload("ana", "general", f"{FILE}.txt", FILE.encode())
    await slack.fault({"method": "chat.update", "count": 2}, status=500)
    await slack.say("ana", "general", f"@atelier ask {PROMPT} {TOKEN} again")
    with pytest.raises(ControlError):
        await slack.post("say", user=PROMPT, channel=FILE, text=TOKEN)
    async with aiohttp.ClientSession() as session:
        for body in (f"{{{PROMPT}", json.dumps({"model": PROMPT, "messages": TOKEN})):
            for path in ("/api/chat.postMessage", "/_control/say"):
                async with session.post(f"{product.url}{path}", data=body) as broken:
                    assert broken.status < 600
    await product.settled(3)
