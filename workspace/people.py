"""Who and where: the team, its people, its channels, and how Slack describes them.

The default cast is part of the contract with tests; there is no way to add people.
"""

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
    """A person, or the app's bot."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    locale: str = "en-US"
    tz: str = "Europe/London"
    is_admin: bool = False

    @property
    def token(self) -> str:
        """The token that acts as this person."""
        return BOT_TOKEN if self.is_bot else f"xoxp-{self.name}"

    def card(self) -> Json:
        """Return the short form of the control API."""
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "is_bot": self.is_bot,
        }


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel or a DM, with its messages by `ts` and the replies of each thread."""

    id: str
    name: str
    members: list[str]
    is_im: bool = False
    is_private: bool = False
    user: str = ""
    messages: dict[str, Json] = field(default_factory=dict)
    replies: dict[str, list[str]] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The `channel_type` of events."""
        if self.is_im:
            return "im"
        return "group" if self.is_private else "channel"

    def card(self) -> Json:
        """Return the short form of the control API."""
        card: Json = {
            "id": self.id,
            "name": self.name,
            "is_im": self.is_im,
            "is_private": self.is_private,
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
    return channels + [_direct(user) for user in users if not user.is_bot]


def direct_id(user: User) -> str:
    """Return the id of the DM between a person and the bot.

    >>> direct_id(User(id="U0ANA", name="ana", real_name="Ana"))
    'D0ANA'
    """
    return f"D0{user.name.upper()}"


def _direct(user: User) -> Channel:
    return Channel(
        id=direct_id(user), name=user.name, members=[user.id, BOT_USER], is_im=True, user=user.id
    )


class Directory:
    """Finds people and channels by id, name, or token."""

    def __init__(self) -> None:
        """Start with the default cast."""
        users = default_users()
        self.users = {user.id: user for user in users}
        self.channels = {channel.id: channel for channel in default_channels(users)}
        self._by_name = {user.name: user for user in users}
        self._by_token = {user.token: user for user in users}

    def user(self, name: str) -> User | None:
        """Find a person by id or name, with or without `@`."""
        return self.users.get(name) or self._by_name.get(name.removeprefix("@"))

    def owner(self, token: str) -> User | None:
        """Find whom a token belongs to."""
        return self._by_token.get(token)

    def channel(self, name: str) -> Channel | None:
        """Find a channel by id, name (with or without `#`) or, for a DM with the bot, person."""
        if name in self.channels:
            return self.channels[name]
        bare = name.removeprefix("#")
        named = (each for each in self.channels.values() if each.name == bare and not each.is_im)
        return next(named, None) or self._direct_with(name)

    def person(self, name: str) -> User:
        """Find a person for the control API; Refused when there is none."""
        user = self.user(name)
        if user is None or user.is_bot:
            raise Refused("user_not_found", 404)
        return user

    def place(self, name: str, user: User) -> Channel:
        """Find a channel this person is in; Refused otherwise. `dm` is the DM with the bot."""
        with_bot = name.lower().removeprefix("@") in {"dm", BOT_NAME}
        channel = self.channel(user.id if with_bot else name)
        if channel is None:
            raise Refused("channel_not_found", 404)
        if user.id not in channel.members:
            raise Refused("not_in_channel", 403)
        return channel

    def _direct_with(self, name: str) -> Channel | None:
        user = self.user(name.removeprefix("D0"))
        return self.channels.get(direct_id(user)) if user is not None else None
