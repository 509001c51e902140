"""api.test, auth.test, apps.connections.open, team.info, bots.info."""

from workspace import payloads
from workspace.args import Call
from workspace.people import APP_ID, BOT_ID, BOT_NAME, BOT_USER, CREATED, TEAM_ID, TEAM_NAME
from workspace.wire import Json, SlackError


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
    del call
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
