"""Where only secrets stand: the settings files and headers that have a place for them.

Data only. Each pattern's first group is the secret, whatever it looks like.
"""

from typing import Final

from moderation.checks.rules import NAMED, Rule, placed, unbroken

_XML: Final = (
    r"(?:\w+:)?[\w.-]{0,40}(?:pass(?:word|wd|phrase)?|pwd|secret|token|api-?key|"
    r"privatekey)[\w.-]{0,20}"
)

PLACES: Final[tuple[Rule, ...]] = (
    # settings files
    placed(
        "password",
        "</",
        rf"(?i)<{_XML}(?:\s[^<>]{{0,80}})?>\s{{0,12}}([^<>\s$]{{4,200}})\s{{0,12}}</",
    ),
    placed(
        "password",
        "value",
        rf"(?i)(?:name|key|id)[\"']?\s{{0,2}}[:=]\s{{0,2}}[\"']?{NAMED}[\"']?[\s,]{{1,20}}[\"']?"
        r"value[\"']?\s{0,2}[:=]\s{0,2}[\"']?([^\s\"'<>]{4,200})",
    ),
    placed(
        "password",
        "machine~",
        r"machine\s+\S+\s+login\s+\S+\s+(?:account\s+\S+\s+)?password\s+(\S{3,})",
    ),
    placed("password", "default~login", r"(?m)^default\s+login\s+\S+\s+password\s+(\S{3,})"),
    placed(
        "password",
        ":5432: :5433: :5434: :6432: :6543: :*:",
        r"(?m)^[\w.*-]{1,80}:(?:[0-9]{2,5}|[*]):[\w*-]{1,60}:[\w.*-]{1,60}:(\S{3,80})\s*$",
    ),
    placed(
        "hash",
        "$apr1$ $1$ $2a$ $2b$ $2x$ $2y$ $5$ $6$ $7$ $y$ $gy$ $argon2 $scrypt$ $p$ $h$ {sha} {ssha}",
        r"(?:^|[\s:\"'=])([$](?:apr1|1|2[abxy]|5|6|7|y|gy|argon2i?d?|scrypt)[$][\w./+=,$-]{20,200}"
        r"|[$][PH][$][./0-9A-Za-z]{31}|[{]SS?HA[}]%b{27,60}={0,2})",
    ),
    unbroken(15, placed("hash", ":", r"(?m)^[\w.@-]{1,40}:([./0-9A-Za-z]{13})$", needs="0aA")),
    unbroken(
        36,
        placed("hash", ":", r"(?m)^[\w.@-]{1,40}:[A-Za-z][\w .-]{0,60}:(%h{32})$", needs="0a"),
    ),
    placed("hash", "pbkdf2_", r"(pbkdf2_sha(?:1|256)[$][0-9]+[$]\w{8,40}[$]%b{20,}={0,2})"),
    placed(
        "registry",
        "_auth",
        r"(?m)(?:^|[:\s])_auth(?:Token)?\s{0,2}=\s{0,2}[\"']?([0-9A-Za-z_+/.=-]{8,})",
    ),
    placed(
        "registry",
        ":_password ~_password \n_password",
        r"(?m)(?:^|[:\s])_password\s{0,2}=\s{0,2}[\"']?([0-9A-Za-z_+/.=-]{6,})",
    ),
    placed(
        "registry",
        "auth identitytoken",
        r"\"(?:auth|identitytoken|registrytoken)\"\s{0,3}:\s{0,3}\"([0-9A-Za-z_+/.=-]{8,})\"",
    ),
    placed(
        "salt",
        "_key _salt",
        r"define\s{0,2}[(]\s{0,2}[\"'](?:SECURE_|LOGGED_IN_)?(?:AUTH|NONCE|SECURE_AUTH|LOGGED_IN)_"
        r"(?:KEY|SALT)[\"'],\s{0,20}[\"']([^'\n]{20,100})[\"']",
    ),
    placed(
        "password",
        "define",
        r"define\s{0,2}[(]\s{0,2}[\"']\w{0,40}PASS(?:WORD|WD)?[\"'],\s{0,8}[\"']([^\"'\n]{4,80})[\"']",
    ),
    placed("django", "secret_key", r"SECRET_KEY\s{0,3}=\s{0,3}[ru]?[\"']([^\"'\n]{24,120})[\"']"),
    placed("private_key", "private-lines", r"Private-Lines: [0-9]+\s+((?:%b{16,}={0,2}\s{0,2})+)"),
    placed(
        "ansible_vault",
        "$ansible_vault",
        r"([$]ANSIBLE_VAULT;[0-9.]+;AES256[^\n]{0,80}\n(?:\s*%h{16,80}\s?)+)",
    ),
    placed("jenkins", "aqaaab", r"([{]AQAAAB%b{20,}={0,2}[}])"),
    placed("maven", "<passphrase", r"<passphrase>\s*([^<>\s$]{4,200})\s*<"),
    placed(
        "password",
        "</entry </property </param </setting",
        rf"(?i)<(?:entry|property|param|setting)\s[^<>]{{0,60}}(?:key|name)=[\"']{NAMED}[\"'][^<>]{{0,40}}>"
        r"\s{0,8}([^<>\s$]{4,200})\s{0,8}</",
    ),
    placed("maven", "<master>", r"<master>\s*([{][^<>\s]{8,200}[}])\s*<"),
    placed(
        "password",
        " ".join(f"{word}~{kind}~" for word in ("password", "secret") for kind in "05789"),
        r"(?i)(?:password|secret) [05789] ([^\s\"']{6,120})\s*$",
    ),
    placed("password", "snmp-server", r"snmp-server community (\S{4,60}) R[OW]"),
    placed(
        "password",
        "bindpw auth_pass rootpw secret_token",
        r"(?m)^\s*(?:bindpw|auth_pass|rootpw|secret_token)\s+[\"']?([^\s\"'=:]{5,200})[\"']?\s*$",
    ),
    placed(
        "password",
        "storepassword keypassword",
        r"(?:storePassword|keyPassword)\s+[\"']([^\s\"']{4,80})[\"']",
    ),
    placed(
        "key",
        "</key",
        r"(?i)<key>[\w. -]{0,40}(?:password|secret|token|key)</key>\s{0,20}"
        r"<string>([^<>\s]{6,200})<",
        needs="0a",
        entropy=2.5,
    ),
    placed("password", "psk~ xauth~ eap~", r"(?m):\s(?:PSK|XAUTH|EAP)\s\"([^\"\n]{4,80})\""),
    placed(
        "password",
        "*",
        r"(?m)^[ \t]*\"?[\w.@-]{1,40}\"?[ \t]+[*][ \t]+\"([^\"\s]{4,80})\"[ \t]+[*]",
    ),
    placed(
        "password",
        ":587 :465 :25 :2525",
        r"(?m)^\[?[\w.-]{3,80}\]?:[0-9]{2,5}[ \t]+[\w.+-]{1,60}(?:@[\w.-]{3,80})?:(\S{4,80})$",
    ),
    placed(
        "password",
        "password~",
        r"(?m)^[ \t]*(?:user|login|account|host)[ \t]+\S+[ \t]*\n(?:[^\n]{0,80}\n){0,3}?"
        r"[ \t]*password[ \t]+(\S{4,80})[ \t]*$",
    ),
    placed("vault", "unseal~key", r"(?i)unseal key [0-9]{1,2}:\s{1,3}([0-9A-Za-z+/]{40,}={0,2})"),
    placed("key", "encrypt", r"(?m)[\"']?encrypt[\"']?\s{0,3}[:=]\s{0,3}\"(%b{20,43}={1,2})\""),
    placed(
        "registry", "bundle_", r"(?m)BUNDLE_\w+__\w+:\s{0,3}\"?([\w.-]{3,60}:[\w.-]{6,80})\"?\s*$"
    ),
    placed("password", "passwordv~ k~8", r"K 8\npassword\nV [0-9]{1,3}\n(\S{3,80})"),
    placed(
        "password",
        "<value",
        r"(?i)(?:<\w{0,30}password>\s{0,20}<value>|<value ProtectInMemory=\"True\">)"
        r"([^<>\s]{4,200})</",
    ),
    placed("password", "password~51", r"password 51:b:(%x{40,})"),
    placed(
        "session", "session(", r"session[(][{][^{}]{0,200}?secret:\s{0,3}[\"']([^\"'\n]{4,80})[\"']"
    ),
    # headers
    placed(
        "session",
        "cookie:",
        r"(?i)cookie:[^\n]{0,200}?(?:session|sid|auth|token)\w{0,20}=([\w%.+/-]{20,400})",
        needs="0",
        entropy=3.0,
    ),
    placed(
        "bearer",
        "authorization",
        r"(?i)authorization[\"']?\s{0,3}[:=,]\s{0,3}[\"'`]?(?:bearer|basic|token|apikey|bot|"
        r"digest|negotiate|key=?|splunk|genie_?key|"
        r"discogs token=)\s{1,3}[\"']?([0-9A-Za-z._~+/=-]{8,})",
    ),
    placed(
        "bearer",
        "bearer",
        r"(?i)(?:^|[^a-z])bearer[\"']?\s{1,3}[\"']?([0-9A-Za-z._~+/=-]{20,})",
        needs="0",
        entropy=3.0,
    ),
    placed(
        "bearer",
        "-key -token",
        r"(?i)(?:x-[\w-]{0,20}(?:key|token|secret)|private-token|api-key|apikey|job-token|dd-api-key)"
        r"[\"']?\s{0,2}[:=,]\s{0,3}[\"'`]?([0-9A-Za-z._~+/=-]{12,})",
        needs="0",
        entropy=2.8,
    ),
)
