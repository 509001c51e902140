"""Who and where: the team, its people, its channels, and how to find them.

The default cast is part of the contract with tests; people and places added later live beside it.
It knows nothing of messages' meaning, events or rules: `places` and `membership` do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from workspace.wire import Json, Refused

TEAM_ID = "T0LOCAL00"
TEAM_NAME = "Atelier Local"
TEAM_DOMAIN = "atelier-local"
APP_ID = "A0ATELIER"
BOT_ID = "B0ATELIER"
BOT_USER = "U0ATELIER"
BOT_NAME = "atelier"
SLACKBOT = "USLACKBOT"
BOT_TOKEN = "xoxb-local"  # noqa: S105  # the documented token of a workspace without secrets
APP_TOKEN = "xapp-local"  # noqa: S105  # the same
SIGNING_SECRET = "local"  # noqa: S105  # the same
CLIENT_ID = "1000000000.2000000000"
CLIENT_SECRET = "local"  # noqa: S105  # the same
CREATED = 1_700_000_000
ALL_SCOPES = frozenset(
    {"app_mentions:read", "assistant:write", "bookmarks:read", "channels:history"}
    | {"channels:join", "channels:manage", "channels:read", "channels:write.invites"}
    | {"chat:write", "chat:write.customize", "chat:write.public", "commands", "emoji:read"}
    | {"files:read", "files:write", "groups:history", "groups:read", "groups:write"}
    | {"groups:write.invites", "im:history", "im:read", "im:write", "links:read", "links:write"}
    | {"mpim:history", "mpim:read", "mpim:write", "pins:read", "pins:write", "reactions:read"}
    | {"reactions:write", "team:read", "usergroups:read", "users:read", "users:read.email"}
)
"""What a bot token may have here (docs.slack.dev/reference/scopes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, or the app's bot; `deleted` means deactivated."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    locale: str = "en-US"
    tz: str = "Europe/London"
    is_admin: bool = False
    deleted: bool = False

    @property
    def token(self) -> str:
        """The token that acts as this person until it is revoked."""
        return BOT_TOKEN if self.is_bot else f"xoxp-{self.name}"

    @property
    def email(self) -> str:
        """The address that the profile shows; '' for the bot."""
        return "" if self.is_bot else f"{self.name}@example.com"

    def card(self) -> Json:
        """Return the short form of the control API."""
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "is_bot": self.is_bot,
            "is_admin": self.is_admin,
            "locale": self.locale,
            "deleted": self.deleted,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A user group: people who are mentioned together by `handle`."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]
    is_disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, DM or group DM, with its messages by `ts` and the replies of each thread.

    A group DM (`is_mpim`) is private too. `user` is the person of a DM with the bot. `reads` are
    the members' read marks; `pins` the pinned messages' `created` and `created_by` by `ts`.
    """

    id: str
    name: str
    members: list[str]
    is_im: bool = False
    is_mpim: bool = False
    is_private: bool = False
    is_archived: bool = False
    user: str = ""
    creator: str = "U0CHEN"
    created: int = CREATED
    topic: str = ""
    previous_names: list[str] = field(default_factory=list)
    messages: dict[str, Json] = field(default_factory=dict)
    replies: dict[str, list[str]] = field(default_factory=dict)
    reads: dict[str, str] = field(default_factory=dict)
    pins: dict[str, Json] = field(default_factory=dict)
    bookmarks: list[Json] = field(default_factory=list)

    @property
    def type(self) -> str:
        """The `channel_type` of events: im, mpim, group or channel."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "group" if self.is_private else "channel"

    @property
    def is_public(self) -> bool:
        """Whether everybody may see and join it."""
        return self.type == "channel"

    @property
    def is_general(self) -> bool:
        """Whether it is the channel that nobody leaves."""
        return self.name == "general" and self.is_public

    def card(self) -> Json:
        """Return the short form of the control API."""
        card: Json = {
            "id": self.id,
            "name": self.name,
            "is_im": self.is_im,
            "is_mpim": self.is_mpim,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "topic": self.topic,
            "members": list(self.members),
        }
        return card | ({"user": self.user} if self.is_im else {})


def default_users() -> list[User]:
    """Return the cast: three people and the bot."""
    return [
        User(id="U0ANA", name="ana", real_name="Ana Ruiz"),
        User(id="U0BO", name="bo", real_name="Bo Lindqvist", tz="Europe/Stockholm"),
        User(
            id="U0CHEN",
            name="chen",
            real_name="陈晨",
            locale="zh-CN",
            tz="Asia/Shanghai",
            is_admin=True,
        ),
        User(id=BOT_USER, name=BOT_NAME, real_name="Atelier", is_bot=True),
    ]


def default_channels(users: list[User]) -> list[Channel]:
    """Return the four channels, and a DM between each person and the bot."""
    everyone = [user.id for user in users]
    channels = [
        Channel(id=f"C0{name.upper()}", name=name, members=list(everyone))
        for name in ("general", "random", "support")
    ]
    insiders = ["U0BO", "U0CHEN", BOT_USER]
    channels.append(Channel(id="C0REVIEWERS", name="reviewers", members=insiders, is_private=True))
    return channels + [bot_direct(user) for user in users if not user.is_bot]


def default_groups() -> list[UserGroup]:
    """Return the one user group: who reviews."""
    members = ("U0BO", "U0CHEN")
    return [UserGroup(id="S0REVIEWERS", handle="reviewers", name="Reviewers", members=members)]


def direct_id(user: User) -> str:
    """Return the id of the DM between a person and the bot.

    >>> direct_id(User(id="U0ANA", name="ana", real_name="Ana"))
    'D0ANA'
    """
    return f"D0{user.name.upper()}"


def bot_direct(user: User) -> Channel:
    """Return a new DM between a person and the bot."""
    return Channel(
        id=direct_id(user), name=user.name, members=[user.id, BOT_USER], is_im=True, user=user.id
    )


class Directory:
    """Finds people and channels by id, name, token or members, each without a search."""

    def __init__(self) -> None:
        """Start with the default cast."""
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups = {group.id: group for group in default_groups()}
        self._by_name: dict[str, str] = {}
        self._by_email: dict[str, str] = {}
        self._by_token: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._directs: dict[frozenset[str], str] = {}
        users = default_users()
        for user in users:
            self.add_user(user)
        for channel in default_channels(users):
            self.add_channel(channel)

    def add_user(self, user: User) -> None:
        """Add a person, or replace the one with that id; the token stays."""
        self.users[user.id] = user
        self._by_name[user.name] = user.id
        self._by_email[user.email] = user.id
        if user.id not in self._tokens:
            self.issue(user, user.token)

    def add_channel(self, channel: Channel) -> None:
        """Add a channel or DM, so that it is found by name or by its members."""
        self.channels[channel.id] = channel
        if channel.is_im or channel.is_mpim:
            self._directs[frozenset(channel.members)] = channel.id
        if not channel.is_im:
            self._named[channel.name] = channel.id

    def rename(self, channel: Channel, name: str) -> None:
        """Give a channel another name; the old one is free again."""
        self._named.pop(channel.name, None)
        channel.previous_names.append(channel.name)
        channel.name = name
        self._named[name] = channel.id

    def issue(self, user: User, token: str) -> None:
        """Make `token` the one that acts as this person."""
        self._by_token[token] = user.id
        self._tokens[user.id] = token

    def token_of(self, user: User) -> str:
        """Return the token that was issued last for this person."""
        return self._tokens[user.id]

    def user(self, name: str) -> User | None:
        """Find a person by id or name, with or without `@`."""
        return self.users.get(name) or self.users.get(self._by_name.get(name.removeprefix("@"), ""))

    def by_email(self, email: str) -> User | None:
        """Find a person by e-mail address, in any case of its letters."""
        return self.users.get(self._by_email.get(email.lower(), "")) if email else None

    def owner(self, token: str) -> User | None:
        """Find whom a token belongs to."""
        return self.users.get(self._by_token.get(token, ""))

    def channel(self, name: str) -> Channel | None:
        """Find a channel by id, name (with or without `#`) or, for a DM with the bot, person."""
        if name in self.channels:
            return self.channels[name]
        named = self._named.get(name.removeprefix("#"))
        return self.channels[named] if named is not None else self._direct_with(name)

    def has_name(self, name: str) -> bool:
        """Tell whether a channel or group DM has this name."""
        return name in self._named

    def between(self, members: frozenset[str]) -> Channel | None:
        """Find the DM or group DM of exactly these people."""
        return self.channels.get(self._directs.get(members, ""))

    def of(self, user: User) -> Iterator[Channel]:
        """Return the channels and DMs that a person is in."""
        return (each for each in self.channels.values() if user.id in each.members)

    def person(self, name: str) -> User:
        """Find a person for the control API; Refused when there is none."""
        user = self.user(name)
        if user is None or user.is_bot:
            raise Refused("user_not_found", 404)
        return user

    def place(self, name: str, user: User) -> Channel:
        """Find a channel this person is in; Refused otherwise.

        `dm` is the DM with the bot; a person's name the DM with that person.
        """
        channel = self._own_direct(name, user) or self.channel(name)
        if channel is None:
            raise Refused("channel_not_found", 404)
        if user.id not in channel.members:
            raise Refused("not_in_channel", 403)
        return channel

    def _own_direct(self, name: str, user: User) -> Channel | None:
        bare = name.lower().removeprefix("@")
        other = self.user(BOT_NAME if bare == "dm" else bare) or self.users.get(name)
        return None if other is None else self.between(frozenset({user.id, other.id}))

    def _direct_with(self, name: str) -> Channel | None:
        user = self.user(name.removeprefix("D0"))
        return self.channels.get(direct_id(user)) if user is not None else None
