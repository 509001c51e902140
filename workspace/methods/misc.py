"""api.test, auth.test, apps.connections.open, team.info, bots.info, emoji.list, bookmarks.list."""

from collections.abc import Mapping
from types import MappingProxyType

from workspace import payloads
from workspace.args import Call
from workspace.people import APP_ID, BOT_ID, BOT_NAME, BOT_USER, CREATED, TEAM_ID, TEAM_NAME
from workspace.wire import Json, SlackError

_EMOJI: Mapping[str, str] = MappingProxyType(
    {
        "Smileys & People": "grinning smile joy wink heart_eyes thinking_face cry wave +1 -1 clap",
        "Animals & Nature": "fox_face cat dog bear bird tree seedling sunny rainbow",
        "Food & Drink": "coffee tea pizza apple cake beer",
        "Travel & Places": "rocket airplane car train house tent",
        "Activities": "tada trophy art game_die soccer guitar",
        "Objects": "bulb lock key hammer memo calendar camera book",
        "Symbols": "heart white_check_mark x warning question eyes 100",
        "Flags": "checkered_flag triangular_flag_on_post",
    }
)
"""Some of the standard emoji by category; the full list is longer and changes with Unicode."""


def api_test(call: Call) -> Json:
    """Return the arguments, or the error that was asked for."""
    if call.given.get("error"):
        raise SlackError(call.text("error"))
    return {"args": call.given}


def auth_test(call: Call) -> Json:
    """Say who the token belongs to."""
    answer: Json = {
        "url": f"{call.ws.base_url}/",
        "team": TEAM_NAME,
        "user": call.caller.name,
        "team_id": TEAM_ID,
        "user_id": call.caller.id,
        "is_enterprise_install": False,
    }
    if call.caller.id == BOT_USER:
        answer |= {"bot_id": BOT_ID, "app_id": APP_ID, "app_name": "Atelier"}
    return answer


def connections_open(call: Call) -> Json:
    """Return a WebSocket address that opens one Socket Mode connection."""
    base = call.ws.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={call.ws.sockets.ticket()}&app_id={APP_ID}"}


def team_info(call: Call) -> Json:
    """Describe the team."""
    if call.given.get("team") not in {None, "", TEAM_ID}:
        raise SlackError("team_not_found")
    return {"team": payloads.team()}


def bots_info(call: Call) -> Json:
    """Describe the app's bot, the only one there is."""
    if call.given.get("bot", BOT_ID) != BOT_ID:
        raise SlackError("bot_not_found")
    bot: Json = {
        "id": BOT_ID,
        "deleted": False,
        "name": BOT_NAME,
        "updated": CREATED,
        "app_id": APP_ID,
        "user_id": BOT_USER,
        "icons": {"image_36": "", "image_48": "", "image_72": ""},
    }
    return {"bot": bot}


def emoji_list(call: Call) -> Json:
    """List the team's own emoji by address, and, when asked, standard ones by category."""
    own = {"atelier": f"{call.ws.base_url}/web/favicon.svg"} | call.ws.emoji
    answer: Json = {"emoji": own, "cache_ts": f"{CREATED}.000000"}
    if call.flag("include_categories"):
        answer["categories_version"] = "1"
        answer["categories"] = [
            {"name": name, "emoji_names": names.split()} for name, names in _EMOJI.items()
        ]
    return answer


def bookmarks_list(call: Call) -> Json:
    """List a channel's bookmarks, in their order."""
    channel = call.channel("channel_id")
    if call.caller.id not in channel.members:
        raise SlackError("access_denied")
    return {"bookmarks": list(channel.bookmarks)}
