"""Whether a digest could be posted in a channel, by what Slack says of it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.pacing import Pace
from bot.delivery.slack import Slack
from bot.delivery.surveying import Survey
from generators.draft import ContextUnavailable, EngineUnavailable, Line, Request
from tests.bot.builders import ANA, request
from tests.bot.people import Town, roles
from tests.bot.slack_server import BROKEN, SlackServer, refused

SAID = (Line("ana", "我们决定上线 \U0001f680", "1.0"),)
INSIDE = {"id": "C1", "is_member": True}


@dataclass
class Said:
    """What was said there."""

    asked: list[Request] = field(default_factory=list)

    async def gather(self, request: Request) -> Request:
        self.asked.append(request)
        return replace(request, context=SAID)


@pytest.fixture
def slack(client: AsyncWebClient) -> Slack:
    return Slack(client, Pace(enabled=False))


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def survey(slack: Slack, town: Town) -> Survey:
    return Survey(slack=slack, reading=Said(), roles=roles(town))


def described(server: SlackServer, **given: Any) -> None:
    server.script["conversations.info"] = [{"channel": {**INSIDE, **given}}]


async def test_where_the_bot_is_the_channel_is_read(server: SlackServer, survey: Survey) -> None:
    described(server)
    assert (await survey.gather(request(team="T1"))).context == SAID


async def test_a_direct_message_is_always_open(server: SlackServer, survey: Survey) -> None:
    described(server, is_member=None, is_im=True)
    assert (await survey.gather(request())).context == SAID


@pytest.mark.parametrize("given", [{"is_archived": True}, {"is_member": False}])
async def test_an_archived_or_foreign_channel_is_closed(
    server: SlackServer, survey: Survey, given: dict[str, bool]
) -> None:
    described(server, **given)
    with pytest.raises(ContextUnavailable):
        await survey.gather(request())


async def test_a_channel_that_is_gone_is_closed(server: SlackServer, survey: Survey) -> None:
    server.script["conversations.info"] = [refused("channel_not_found")]
    with pytest.raises(ContextUnavailable):
        await survey.gather(request())


async def test_who_may_not_ask_any_more_gets_nothing_posted(
    server: SlackServer, survey: Survey, town: Town
) -> None:
    described(server)
    town.is_now(ANA, is_gone=True)
    with pytest.raises(ContextUnavailable):
        await survey.gather(request())


async def test_a_slack_that_fails_says_nothing_of_the_channel(
    server: SlackServer, survey: Survey
) -> None:
    server.script["conversations.info"] = [BROKEN] * 9
    with pytest.raises(EngineUnavailable):
        await survey.gather(request())
