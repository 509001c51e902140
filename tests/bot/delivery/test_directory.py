from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.directory import SLACKBOT, Directory, person
from bot.delivery.pacing import Pace
from bot.delivery.slack import OutcomeUnknown, Slack
from bot.roles import Person
from tests.bot.slack_server import SlackServer, refused

MEMBER: dict[str, Any] = {
    "id": "U1",
    "team_id": "T1",
    "deleted": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "is_bot": False,
}


@pytest.fixture
def directory(client: AsyncWebClient) -> Directory:
    return Directory(Slack(client, Pace(enabled=False)))


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ({}, {}),
        ({"is_restricted": True}, {"is_guest": True}),
        ({"is_ultra_restricted": True}, {"is_guest": True}),
        ({"is_stranger": True}, {"is_stranger": True}),
        ({"team_id": "T2"}, {"team": "T2"}),
        ({"team_id": None}, {"team": ""}),
        ({"is_bot": True}, {"is_bot": True}),
        ({"deleted": True}, {"is_gone": True}),
    ],
)
def test_a_user_object_says_who_somebody_is(said: dict[str, Any], facts: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"id": "U1", "team": "T1"}
    assert person("U1", {**MEMBER, **said}) == Person(**{**usual, **facts})


def test_what_a_user_object_does_not_say_is_no_membership() -> None:
    assert person("U1", {}) == Person(id="U1", team="")


def test_slackbot_is_a_bot_though_it_says_otherwise() -> None:
    assert person(SLACKBOT, MEMBER).is_bot


async def test_people_are_read(directory: Directory, server: SlackServer) -> None:
    server.script["users.info"] = [{"user": MEMBER}]
    assert await directory.person("U1") == Person(id="U1", team="T1")
    assert server.calls["users.info"] == [{"user": "U1"}]


async def test_user_groups_are_read(directory: Directory, server: SlackServer) -> None:
    server.script["usergroups.users.list"] = [{"users": ["U1", "U2"]}]
    assert await directory.members("S1") == {"U1", "U2"}
    assert server.calls["usergroups.users.list"] == [{"usergroup": "S1"}]


@pytest.mark.parametrize(
    ("said", "teams"),
    [
        ({}, frozenset()),
        ({"is_ext_shared": False, "shared_team_ids": ["T1", "T2"]}, frozenset()),
        ({"is_ext_shared": True, "shared_team_ids": ["T1", "T2"]}, frozenset({"T1", "T2"})),
        ({"is_ext_shared": True, "shared_team_ids": []}, None),
        ({"is_ext_shared": True}, None),
    ],
)
async def test_who_shares_a_channel_is_read(
    directory: Directory, server: SlackServer, said: dict[str, Any], teams: frozenset[str] | None
) -> None:
    server.script["conversations.info"] = [{"channel": {"id": "C1", **said}}]
    assert await directory.outside("C1") == teams


async def test_what_slack_refuses_to_tell_is_not_known(
    directory: Directory, server: SlackServer
) -> None:
    server.script["users.info"] = [refused("user_not_found")]
    server.script["usergroups.users.list"] = [refused("missing_scope")]
    server.script["conversations.info"] = [refused("channel_not_found")]
    assert await directory.person("U1") is None
    assert await directory.members("S1") is None
    assert await directory.outside("C1") is None


async def test_a_slack_that_takes_no_token_leaves_it_open(
    directory: Directory, server: SlackServer
) -> None:
    server.script["users.info"] = [refused("token_revoked")]
    with pytest.raises(OutcomeUnknown):
        await directory.person("U1")
