"""The shapes that the reference names without defining: what each key of an object may hold.

Written from the reference's examples, recorded events and docs.slack.dev/reference/objects. The
objects are closed: a key that is not here is an invention, unless it is added with its source.
"""

from typing import Any, TypeAlias

Shape: TypeAlias = dict[str, Any]

TEXT: Shape = {"type": "string"}
YES_NO: Shape = {"type": "boolean"}
WHOLE: Shape = {"type": "integer"}
NUMBER: Shape = {"type": "number"}
ANY_OBJECT: Shape = {"type": "object"}


def ref(name: str) -> Shape:
    return {"$ref": f"#/$defs/{name}"}


def many(item: Shape) -> Shape:
    return {"type": "array", "items": item}


def maybe(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def matching(pattern: str) -> Shape:
    return {"type": "string", "pattern": pattern}


def closed(required: str, **parts: Shape) -> Shape:
    return {
        "type": "object",
        "required": required.split(),
        "properties": parts,
        "additionalProperties": False,
    }


def keys(names: str, shape: Shape) -> dict[str, Shape]:
    return dict.fromkeys(names.split(), shape)


PLAIN = closed("type text", type={"enum": ["plain_text"]}, text=TEXT, emoji=YES_NO)
SAID = closed("value creator last_set", value=TEXT, creator=TEXT, last_set=WHOLE)
EDITED = closed("user ts", user=ref("user_id"), ts=ref("ts"))
REACTION = closed("name users count", name=TEXT, users=many(ref("user_id")), count=WHOLE)
BLOCK: Shape = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": matching(r"^[a-z_]+$"),
        "block_id": {"type": "string", "maxLength": 255},
    },
}
BOT_PROFILE = closed(
    "id app_id name deleted updated icons team_id",
    id=ref("bot_id"),
    app_id=ref("app_id"),
    team_id=ref("team_id"),
    name=TEXT,
    deleted=YES_NO,
    updated=WHOLE,
    icons={"type": "object", "additionalProperties": TEXT},
)
MESSAGE = closed(
    "type ts text user",
    type={"enum": ["message"]},
    ts=ref("ts"),
    user=ref("user_id"),
    team=ref("team_id"),
    bot_id=ref("bot_id"),
    app_id=ref("app_id"),
    bot_profile=BOT_PROFILE,
    blocks=ref("blocks"),
    attachments=many(ANY_OBJECT),
    files=many({"anyOf": [ref("file"), ref("gone_file")]}),
    edited=EDITED,
    reactions={"type": "array", "minItems": 1, "items": REACTION},
    metadata=closed("event_type event_payload", event_type=TEXT, event_payload=ANY_OBJECT),
    pinned_to=many(ref("channel")),
    reply_users=many(ref("user_id")),
    root=ref("message"),
    icons=ANY_OBJECT,
    assistant_app_thread=ANY_OBJECT,
    **keys("thread_ts latest_reply last_read", ref("ts")),
    **keys("parent_user_id inviter", ref("user_id")),
    **keys("text subtype client_msg_id username permalink old_name name", TEXT),
    **keys("reply_count reply_users_count unread_count", WHOLE),
    **keys("upload display_as_bot hidden subscribed is_locked mrkdwn no_notifications", YES_NO),
    # Not in the reference; what a message under chat.startStream carries.
    streaming_state={"enum": ["in_progress", "completed", "errored"]},
)
CONVERSATION = closed(
    "id created is_im is_org_shared",
    id=ref("channel"),
    user=ref("user_id"),
    creator=ref("user_id"),
    context_team_id=ref("team_id"),
    topic=SAID,
    purpose=SAID,
    latest=maybe(ref("message")),
    last_read=ref("ts"),
    properties=ANY_OBJECT,
    parent_conversation={"type": "null"},
    priority=NUMBER,
    **keys("name name_normalized locale", TEXT),
    **keys("created updated unlinked num_members unread_count unread_count_display", WHOLE),
    **keys("is_im is_mpim is_channel is_group is_private is_archived is_general is_member", YES_NO),
    **keys("is_shared is_ext_shared is_org_shared is_pending_ext_shared is_open", YES_NO),
    **keys("is_user_deleted is_read_only is_frozen", YES_NO),
    **keys("pending_shared previous_names shared_team_ids pending_connected_team_ids", many(TEXT)),
)
PROFILE = closed(
    "real_name real_name_normalized display_name display_name_normalized avatar_hash team",
    team=ref("team_id"),
    bot_id=ref("bot_id"),
    api_app_id=ref("app_id"),
    always_active=YES_NO,
    **keys("real_name real_name_normalized display_name display_name_normalized", TEXT),
    **keys("title phone skype status_text status_emoji avatar_hash email first_name", TEXT),
    **keys("image_24 image_32 image_48 image_72 image_192 image_512 last_name", TEXT),
)
USER = closed(
    "id team_id name deleted profile is_bot updated",
    id=ref("user_id"),
    team_id=ref("team_id"),
    profile=PROFILE,
    color=matching(r"^[0-9a-f]{6}$"),
    locale=matching(r"^[a-z]{2}-[A-Z]{2}$"),
    who_can_share_contact_card={"enum": ["EVERYONE"]},
    **keys("name real_name tz tz_label", TEXT),
    **keys("tz_offset updated", WHOLE),
    **keys("deleted is_admin is_owner is_primary_owner is_restricted is_bot is_app_user", YES_NO),
    **keys("is_ultra_restricted is_email_confirmed has_2fa", YES_NO),
)
_THUMBS = [f"thumb_{size}" for size in (64, 80, 160, 360, 480, 720, 800, 960, 1024)]
FILE = closed(
    "id created timestamp name title mimetype filetype pretty_type user size mode is_external"
    " is_public url_private permalink",
    id=ref("file_id"),
    user=ref("user_id"),
    user_team=ref("team_id"),
    size={"type": "integer", "minimum": 0},
    mode={"enum": ["hosted", "snippet", "external", "space"]},
    shares={"type": "object", "properties": keys("public private", ANY_OBJECT)},
    **keys("name title mimetype filetype pretty_type username external_type alt_txt", TEXT),
    **keys("url_private url_private_download permalink edit_link permalink_public", TEXT),
    **keys("preview preview_highlight media_display_type file_access thumb_tiny", TEXT),
    **keys("created timestamp original_w original_h image_exif_rotation comments_count", WHOLE),
    **keys("lines lines_more", WHOLE),
    **keys("editable is_external is_public public_url_shared display_as_bot is_starred", YES_NO),
    **keys("has_rich_preview preview_is_truncated has_more_shares", YES_NO),
    **keys("channels groups ims", many(ref("channel"))),
    **dict.fromkeys([*_THUMBS, *(f"{each}_gif" for each in _THUMBS)], TEXT),
    **dict.fromkeys([f"{each}_{side}" for each in _THUMBS for side in "wh"], WHOLE),
)
VIEW = closed(
    "id team_id type blocks private_metadata callback_id state hash clear_on_close"
    " notify_on_close root_view_id app_id external_id bot_id",
    id=matching(r"^V[0-9A-Z]+$"),
    team_id=ref("team_id"),
    app_installed_team_id=ref("team_id"),
    app_id=ref("app_id"),
    bot_id=ref("bot_id"),
    type={"enum": ["modal", "home"]},
    title=maybe(PLAIN),
    submit=maybe(PLAIN),
    close=maybe(PLAIN),
    blocks={**ref("blocks"), "maxItems": 100},
    state=closed("values", values=ANY_OBJECT),
    root_view_id=matching(r"^V[0-9A-Z]+$"),
    previous_view_id=maybe(matching(r"^V[0-9A-Z]+$")),
    **keys("private_metadata callback_id external_id hash", TEXT),
    **keys("clear_on_close notify_on_close submit_disabled", YES_NO),
)
TEAM = closed(
    "id name domain icon",
    id=ref("team_id"),
    icon={"type": "object", "properties": {"image_default": YES_NO}},
    **keys("name domain email_domain enterprise_id enterprise_name", TEXT),
)
USER_GROUP = closed(
    "id team_id is_usergroup name handle date_create",
    id=matching(r"^S[0-9A-Z]+$"),
    team_id=ref("team_id"),
    users=many(ref("user_id")),
    user_count=matching(r"^\d+$"),
    auto_type=maybe(TEXT),
    prefs=closed("channels groups", channels=many(TEXT), groups=many(TEXT)),
    **keys("name description handle", TEXT),
    **keys("is_usergroup is_external", YES_NO),
    **keys("date_create date_update date_delete", WHOLE),
    **keys("created_by updated_by deleted_by", maybe(ref("user_id"))),
)
BOOKMARK = closed(
    "id channel_id title link type date_created",
    id=matching(r"^Bk[0-9A-Z]+$"),
    channel_id=ref("channel"),
    type={"enum": ["link"]},
    last_updated_by_user_id=ref("user_id"),
    last_updated_by_team_id=ref("team_id"),
    **keys("title link emoji icon_url rank", TEXT),
    **keys("date_created date_updated", WHOLE),
    **keys("entity_id shortcut_id app_id", maybe(TEXT)),
)


def of_type(view: str) -> Shape:
    return {"allOf": [ref("view"), {"properties": {"type": {"enum": [view]}}}]}


DEFINITIONS: dict[str, Shape] = {
    "ts": matching(r"^\d{10}\.\d{6}$"),
    "channel": matching(r"^[CDG][0-9A-Z]+$"),
    "user_id": matching(r"^(?:[UW][0-9A-Z]+|USLACKBOT)$"),
    "file_id": matching(r"^F[0-9A-Z]+$"),
    "team_id": matching(r"^T[0-9A-Z]+$"),
    "app_id": matching(r"^A[0-9A-Z]+$"),
    "bot_id": matching(r"^B[0-9A-Z]+$"),
    "enterprise_id": matching(r"^E[0-9A-Z]+$"),
    "blocks": many(BLOCK),
    "message": MESSAGE,
    "conversation": CONVERSATION,
    "user": USER,
    "file": FILE,
    "gone_file": closed("id mode", id=ref("file_id"), mode={"enum": ["tombstone"]}),
    "view": VIEW,
    "modal": of_type("modal"),
    "publishable-view": of_type("home"),
    "home": ANY_OBJECT,
    "comment": ANY_OBJECT,
    "team": TEAM,
    "team-summary": TEAM,
    "subteam": USER_GROUP,
    "bookmark": BOOKMARK,
    "response_metadata": closed("next_cursor", next_cursor=TEXT),
    # Kinds of views that this workspace never has.
    "workflow-step": {"not": {}},
    "app-notification-subscription-configuration": {"not": {}},
}
