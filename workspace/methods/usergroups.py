"""usergroups.list, usergroups.users.list."""

from workspace.args import Call
from workspace.people import CREATED, TEAM_ID, UserGroup
from workspace.wire import Json, SlackError


def list_groups(call: Call) -> Json:
    """List the team's user groups, with their people when asked for."""
    groups = call.ws.directory.groups.values()
    return {"usergroups": [_described(call, each) for each in groups if _is_wanted(call, each)]}


def list_users(call: Call) -> Json:
    """Return the ids of a user group's people."""
    group = call.ws.directory.groups.get(call.text("usergroup"))
    if group is None or not _is_wanted(call, group):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def _is_wanted(call: Call, group: UserGroup) -> bool:
    return call.flag("include_disabled") or not group.is_disabled


def _described(call: Call, group: UserGroup) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": CREATED,
        "date_update": CREATED,
        "date_delete": CREATED if group.is_disabled else 0,
        "auto_type": None,
        "created_by": "U0CHEN",
        "updated_by": "U0CHEN",
        "deleted_by": "U0CHEN" if group.is_disabled else None,
        "prefs": {"channels": [], "groups": []},
    }
    if call.flag("include_users"):
        shown["users"] = list(group.members)
    if call.flag("include_count"):
        shown["user_count"] = str(len(group.members))
    return shown
