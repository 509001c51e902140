"""oauth.v2.access, auth.revoke, apps.manifest.validate: the life of an app in a team."""

import base64
import hashlib
import json
from secrets import compare_digest

from workspace import manifests, payloads
from workspace.args import Call
from workspace.people import (
    APP_ID,
    BOT_USER,
    CLIENT_ID,
    CLIENT_SECRET,
    TEAM_ID,
    TEAM_NAME,
    User,
)
from workspace.state import Grant
from workspace.wire import Json, SlackError


def access(call: Call) -> Json:
    """Exchange a code of the consent page for tokens; each code works once, for ten minutes."""
    secret = str(call.given.pop("client_secret", ""))
    if call.given.get("client_id") != CLIENT_ID:
        raise SlackError("invalid_client_id")
    if not compare_digest(secret.encode(), CLIENT_SECRET.encode()):
        raise SlackError("bad_client_secret")
    match call.given.get("grant_type") or "authorization_code":
        case "authorization_code":
            return _installed(call, _grant(call))
        case "refresh_token":
            raise SlackError("invalid_refresh_token")
        case _:
            raise SlackError("invalid_grant_type")


def revoke(call: Call) -> Json:
    """Make the caller's token useless from now on; `test` only pretends."""
    if call.flag("test"):
        return {"revoked": False}
    call.ws.revoked.add(call.ws.directory.token_of(call.caller))
    call.ws.announce(payloads.tokens_revoked(call.caller.id, is_bot=call.caller.is_bot))
    if call.caller.is_bot:
        call.ws.announce({"type": "app_uninstalled"})
    return {"revoked": True}


def validate_manifest(call: Call) -> Json:
    """Say whether a manifest is valid; takes a person's token, as configuration tokens are."""
    if call.caller.is_bot:
        raise SlackError("not_allowed_token_type")
    if call.given.get("app_id") not in {None, "", APP_ID}:
        raise SlackError("invalid_app_id")
    problems = manifests.problems(_manifest(call))
    if problems:
        raise SlackError("invalid_manifest", more={"errors": problems})
    return {"errors": []}


def _manifest(call: Call) -> Json:
    given = call.given.get("manifest")
    try:
        manifest = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise SlackError("invalid_manifest", more={"errors": [_not_json()]}) from error
    if not isinstance(manifest, dict):
        raise SlackError("invalid_manifest", more={"errors": [_not_json()]})
    return manifest


def _not_json() -> Json:
    return {"message": "The manifest is not a JSON object", "pointer": "/"}


def _grant(call: Call) -> Grant:
    """Take the grant behind a code; it is used up even when the rest is wrong."""
    grant = call.ws.grants.pop(str(call.given.get("code") or ""), None)
    if grant is None or call.ws.clock.now() > grant.expires:
        raise SlackError("invalid_code")
    if str(call.given.get("redirect_uri") or "") not in {"", grant.redirect_uri}:
        raise SlackError("bad_redirect_uri")
    verifier = str(call.given.get("code_verifier") or "")
    if grant.challenge and _challenge(verifier) != grant.challenge:
        raise SlackError("invalid_code_verifier")
    return grant


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _installed(call: Call, grant: Grant) -> Json:
    directory = call.ws.directory
    answer: Json = {
        "app_id": APP_ID,
        "team": {"id": TEAM_ID, "name": TEAM_NAME},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": grant.user},
    }
    if grant.scope:
        token = _live_token(call, directory.users[BOT_USER])
        answer |= {"access_token": token, "token_type": "bot", "scope": grant.scope}
        answer["bot_user_id"] = BOT_USER
    if grant.user_scope:
        token = _live_token(call, directory.users[grant.user])
        of_user = {"access_token": token, "token_type": "user", "scope": grant.user_scope}
        answer["authed_user"] |= of_user
    return answer


def _live_token(call: Call, user: User) -> str:
    """Return the token that acts as this user; a new one when the last was revoked."""
    directory = call.ws.directory
    if directory.token_of(user) in call.ws.revoked | call.ws.faults.revoked:
        prefix = "xoxb" if user.is_bot else "xoxp"
        directory.issue(user, f"{prefix}-{call.ws.ids.secret()}")
    return directory.token_of(user)
