"""Places: making channels and DMs, renaming and archiving them.

Names follow Slack's rule: at most 80 lower-case letters (of any script), digits, hyphens and
underscores. SlackError has the codes of conversations.create, rename, archive and open.
"""

import re
from collections.abc import Iterable

from workspace import membership
from workspace.people import BOT_USER, TEAM_ID, Channel, User, bot_direct
from workspace.state import Workspace
from workspace.wire import Json, SlackError

NAME_LIMIT = 80
MOST_OTHERS = 8
"""How many people besides oneself a group DM may have (conversations.open)."""
_SPECIAL = re.compile(r"[^\w-]")


def create(ws: Workspace, user: User, name: str, *, is_private: bool = False) -> Channel:
    """Make a channel with its creator as the only member."""
    check_name(ws, name)
    channel = Channel(
        id=ws.ids.next("C"),
        name=name,
        members=[],
        is_private=is_private,
        creator=user.id,
        created=int(ws.clock.now()),
    )
    ws.directory.add_channel(channel)
    if channel.is_public:
        made = named(channel) | {"creator": user.id, "context_team_id": TEAM_ID}
        ws.announce({"type": "channel_created", "channel": made, "event_ts": ws.ids.ts()})
    membership.join(ws, channel, user)
    return channel


def rename(ws: Workspace, channel: Channel, user: User, name: str) -> None:
    """Give a channel another name."""
    check_name(ws, name)
    old = channel.name
    ws.directory.rename(channel, name)
    text = f'<@{user.id}> has renamed the channel from "{old}" to "{name}"'
    note = {"subtype": "channel_name", "old_name": old, "name": name, "text": text}
    membership.note(ws, channel, user, note)
    membership.show_card(ws, channel)
    _tell(ws, channel, "rename", {"channel": named(channel)})


def archive(ws: Workspace, channel: Channel, user: User) -> None:
    """Close a channel for good: it can be read, and nobody writes in it any more."""
    if channel.is_im or channel.is_mpim:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if channel.is_archived:
        raise SlackError("already_archived")
    text = f"<@{user.id}> archived the channel"
    membership.note(ws, channel, user, {"subtype": "channel_archive", "text": text})
    channel.is_archived = True
    membership.show_card(ws, channel)
    _tell(ws, channel, "archive", {"channel": channel.id, "user": user.id})


def direct(ws: Workspace, user: User, others: Iterable[User]) -> Channel:
    """Return the DM (one other) or group DM (several) of these people; make it when there is none.

    SlackError `not_enough_users`, `too_many_users` or `user_disabled`.
    """
    everyone = check_party(user, others)
    found = ws.directory.between(frozenset(each.id for each in everyone))
    return found if found is not None else _opened(ws, everyone)


def check_party(user: User, others: Iterable[User]) -> list[User]:
    """Return the members of a DM, oneself first; SlackError when they cannot have one."""
    everyone = list({each.id: each for each in (user, *others)}.values())
    if len(everyone) == 1:
        raise SlackError("not_enough_users")
    if len(everyone) > MOST_OTHERS + 1:
        raise SlackError("too_many_users")
    if any(each.deleted for each in everyone):
        raise SlackError("user_disabled")
    return everyone


def add_person(ws: Workspace, user: User) -> None:
    """Take a person into the team, with a DM with the bot and into the general channel."""
    ws.directory.add_user(user)
    ws.directory.add_channel(bot_direct(user))
    general = ws.directory.channel("general")
    if general is not None:
        membership.join(ws, general, user)


def check_name(ws: Workspace, name: str) -> None:
    """Refuse what cannot be a channel's name, or is one already."""
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_LIMIT:
        raise SlackError("invalid_name_maxlength")
    if _SPECIAL.search(name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if not name.strip("-_"):
        raise SlackError("invalid_name_punctuation")
    if ws.directory.has_name(name):
        raise SlackError("name_taken")


def named(channel: Channel) -> Json:
    """Return a channel as the events about it name it."""
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "is_channel": channel.is_public,
        "is_mpim": channel.is_mpim,
    }


def _opened(ws: Workspace, everyone: list[User]) -> Channel:
    ids = [each.id for each in everyone]
    is_im = len(ids) == 2  # noqa: PLR2004  # two people make a DM
    names = "--".join(each.name for each in everyone)
    channel = Channel(
        id=ws.ids.next("D" if is_im else "G"),
        name=everyone[1].name if is_im else f"mpdm-{names}-1",
        members=ids,
        is_im=is_im,
        is_mpim=not is_im,
        is_private=not is_im,
        user=ids[1] if is_im else "",
        creator=ids[0],
        created=int(ws.clock.now()),
    )
    ws.directory.add_channel(channel)
    membership.show_card(ws, channel)
    return channel


def _tell(ws: Workspace, channel: Channel, what: str, facts: Json) -> None:
    """Announce what happened to a channel: to the app, unless it is closed to it."""
    if channel.is_public or BOT_USER in channel.members:
        kind = f"{'channel' if channel.is_public else 'group'}_{what}"
        ws.announce({"type": kind, **facts, "event_ts": ws.ids.ts()})
