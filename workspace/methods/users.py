"""users.info, list, lookupByEmail."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from workspace.args import Call
from workspace.methods import scopes
from workspace.methods.paging import paged
from workspace.people import APP_ID, BOT_ID, CREATED, TEAM_ID, User
from workspace.wire import Json, SlackError


def info(call: Call) -> Json:
    """Describe one person."""
    return {"user": described(call, call.user())}


def list_users(call: Call) -> Json:
    """Describe everybody."""
    page, metadata = paged(call, list(call.ws.directory.users.values()))
    return {"members": [described(call, user) for user in page], "cache_ts": CREATED} | metadata


def lookup_by_email(call: Call) -> Json:
    """Describe the person with this address."""
    user = call.ws.directory.by_email(call.text("email"))
    if user is None or user.deleted:
        raise SlackError("users_not_found")
    return {"user": described(call, user)}


def described(call: Call, user: User) -> Json:
    """Return the user object; `locale` only when asked for, the address only with its scope."""
    zone = datetime.fromtimestamp(call.ws.clock.now(), UTC).astimezone(ZoneInfo(user.tz))
    offset = zone.utcoffset()
    answer: Json = {
        "id": user.id,
        "team_id": TEAM_ID,
        "name": user.name,
        "deleted": user.deleted,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": zone.tzname() or user.tz,
        "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
        "profile": _profile(call, user),
        "is_admin": user.is_admin,
        "is_owner": user.is_admin,
        "is_primary_owner": user.is_admin,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": CREATED,
        "is_email_confirmed": not user.is_bot,
        "who_can_share_contact_card": "EVERYONE",
    }
    return answer | ({"locale": user.locale} if call.flag("include_locale") else {})


def _profile(call: Call, user: User) -> Json:
    profile: Json = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "title": "",
        "phone": "",
        "skype": "",
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": "",
        "team": TEAM_ID,
    }
    if user.is_bot:
        return profile | {"bot_id": BOT_ID, "api_app_id": APP_ID, "always_active": True}
    return profile | ({"email": user.email} if scopes.has(call, "users:read.email") else {})
