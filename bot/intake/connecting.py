"""Connects to Slack: the client, whose token it is, and the way in. A trouble is one sentence."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake.app import Intake, bolt, problems
from bot.intake.http import Door, passing
from bot.intake.sockets import Socket, Sockets
from bot.intake.ways import Post, Way
from bot.settings import Settings, SettingsError, is_loopback

SOCKETS = 2
"""Connections a process: while one is being renewed the other takes what comes."""


def client_of(
    settings: Settings, session: aiohttp.ClientSession, *, patience: int = 0
) -> AsyncWebClient:
    """Return the SDK's client; one that only reads may wait `patience` times when told to.

    Without retry handlers where it writes: a repeated post would be a second message.
    """
    handler = AsyncRateLimitErrorRetryHandler(patience)
    client = AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[handler] if patience else [],
    )
    if is_loopback(urlsplit(settings.slack_api_url).hostname):
        client.proxy = None  # it reads the proxy variables, but never NO_PROXY
    return client


def way_of(settings: Settings, client: AsyncWebClient, intake: Intake) -> Way:
    """Return how Slack reaches the intake, which is not open yet."""
    if settings.mode == "http":
        secret, metrics = settings.slack_signing_secret.get_secret_value(), intake.metrics
        door = Door(
            secret=secret,
            take=passing(bolt(client, intake, secret)),
            checked=partial(problems, intake),
            refused=lambda status: metrics.door.labels(status).inc(),
            repeated=lambda reason: metrics.retries.labels(reason).inc(),
        )
        return Post(door=door, host=settings.http_host, port=settings.http_port)
    token = settings.slack_app_token.get_secret_value()
    return Sockets(
        make=lambda: Socket(bolt(client, intake), token),
        count=SOCKETS,
        rebuilt=intake.metrics.rebuilt.inc,
    )


async def open_way(way: Way, settings: Settings) -> None:
    """Open the way in. Raises SettingsError."""
    try:
        await way.open()
    except SlackApiError as error:
        code = error.response.get("error", "")
        raise SettingsError(
            f"Slack refuses SLACK_APP_TOKEN ({code}); copy it again from your app's page, Basic "
            "Information, App-Level Tokens (it needs connections:write)."
        ) from error
    except (TimeoutError, aiohttp.ClientError) as error:
        raise SettingsError("Slack opens no Socket Mode connection; check the network.") from error
    except OSError as error:
        where = f"{settings.http_host}:{settings.http_port}"
        raise SettingsError(
            f"The bot cannot listen on {where} ({error.strerror}); set http_host and http_port."
        ) from error


async def introduced(client: AsyncWebClient) -> Mapping[str, object]:
    """Return what Slack says of whose token this is. Raises SettingsError."""
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        code = error.response.get("error", "")
        raise SettingsError(
            f"Slack refuses SLACK_BOT_TOKEN ({code}); copy the Bot User OAuth Token again from "
            "your app's page, OAuth & Permissions."
        ) from error
    except aiohttp.ClientError as error:
        raise SettingsError(
            f"Nothing answers at {client.base_url}; check SLACK_API_URL and the network."
        ) from error
    return dict(answer.data) if isinstance(answer.data, dict) else {}
