"""Secrets and personal data invented anew in each run: nothing here would open any door.

Nothing real-looking stands in the repository; each value is made of an alphabet and a length.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Final

from stdnum import luhn
from stdnum.iso7064 import mod_11_2, mod_97_10

ALNUM: Final = ascii_letters + digits
URL_SAFE: Final = ALNUM + "_-"
HEX: Final = digits + "abcdef"

Make = Callable[[Random], str]

_WIDE: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def seeded(seed: str | int) -> Random:
    """Return a generator that invents the same in each run."""
    return Random(seed)  # noqa: S311 - it guards nothing: what it invents is there to be found


def wide(text: str) -> str:
    """Return the text in full-width characters."""
    return text.translate(_WIDE)


def some(random: Random, alphabet: str, length: int) -> str:
    """Return random characters that have every kind of character that the alphabet has."""
    kinds = [
        [c for c in alphabet if c in kind] for kind in (digits, ascii_lowercase, ascii_uppercase)
    ]
    must = [random.choice(kind) for kind in kinds if kind]
    rest = random.choices(alphabet, k=length - len(must))
    return "".join(random.sample(must + rest, length))


def shape(*parts: str | tuple[str, int]) -> Make:
    """Return a maker of fixed words and random runs: `("ghp_", (ALNUM, 36))`."""

    def make(random: Random) -> str:
        return "".join(p if isinstance(p, str) else some(random, *p) for p in parts)

    return make


def jwt(random: Random) -> str:
    head = {"alg": "HS256", "typ": "JWT"}
    body = {"sub": some(random, digits, 10), "name": some(random, ALNUM, 12)}
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body)
    ]
    return ".".join([*parts, some(random, URL_SAFE, 43)])


def pem(random: Random, kind: str = "RSA ") -> str:
    body = b64encode(random.randbytes(600)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    words = f"{kind}PRIVATE KEY"
    return "\n".join([f"-----BEGIN {words}-----", *lines, f"-----END {words}-----"])


TOKENS: Final[dict[str, Make]] = {
    "alibaba": shape("LTAI", (ALNUM, 20)),
    "anthropic": shape("sk-ant-api03-", (URL_SAFE, 95)),
    "atlassian": shape("ATATT3", (URL_SAFE, 180)),
    "aws": shape("AKIA", (ascii_uppercase + "234567", 16)),
    "azure": shape((ALNUM, 3), "8Q~", (ALNUM + "_~.-", 32), "w5"),
    "databricks": shape("dapi", (HEX, 32)),
    "digitalocean": shape("dop_v1_", (HEX, 64)),
    "discord": shape("M", (ALNUM, 23), ".", (ALNUM, 6), ".", (URL_SAFE, 38)),
    "docker": shape("dckr_pat_", (URL_SAFE, 27)),
    "doppler": shape("dp.pt.", (ALNUM, 43)),
    "facebook": shape("EAA", (ALNUM, 120)),
    "github": shape("ghp_", (ALNUM, 36)),
    "github fine-grained": shape("github_pat_", (ALNUM, 22), "_", (ALNUM, 59)),
    "gitlab": shape("glpat-", (URL_SAFE, 20)),
    "google": shape("AIza", (URL_SAFE, 35)),
    "google secret": shape("GOCSPX-", (URL_SAFE, 28)),
    "grafana": shape("glsa_", (ALNUM, 32), "_", (HEX, 8)),
    "groq": shape("gsk_", (ALNUM, 52)),
    "huggingface": shape("hf_", (ALNUM, 34)),
    "jwt": jwt,
    "linear": shape("lin_api_", (ALNUM, 40)),
    "mailchimp": shape((HEX, 32), "-us12"),
    "mailgun": shape("key-", (HEX, 32)),
    "netlify": shape("nfp_", (ALNUM, 36)),
    "newrelic": shape("NRAK-", (ascii_uppercase + digits, 27)),
    "notion": shape("ntn_", (ALNUM, 46)),
    "npm": shape("npm_", (ALNUM, 36)),
    "openai": shape("sk-proj-", (URL_SAFE, 74)),
    "openai old": shape("sk-", (ALNUM, 48)),
    "postman": shape("PMAK-", (HEX, 24), "-", (HEX, 34)),
    "pypi": shape("pypi-Ag", (URL_SAFE, 150)),
    "sendgrid": shape("SG.", (URL_SAFE, 22), ".", (URL_SAFE, 43)),
    "shopify": shape("shpat_", (HEX, 32)),
    "slack bot": shape("xoxb-", (digits, 12), "-", (digits, 13), "-", (ALNUM, 24)),
    "slack app": shape(
        "xapp-1-A", (ascii_uppercase + digits, 10), "-", (digits, 13), "-", (HEX, 64)
    ),
    "square": shape("sq0atp-", (URL_SAFE, 22)),
    "stripe": shape("sk_live_", (ALNUM, 24)),
    "stripe webhook": shape("whsec_", (ALNUM, 32)),
    "supabase": shape("sbp_", (HEX, 40)),
    "telegram": shape((digits, 10), ":AA", (URL_SAFE, 33)),
    "tencent": shape("AKID", (ALNUM, 32)),
    "terraform": shape((ALNUM, 14), ".atlasv1.", (URL_SAFE, 67)),
    "twilio": shape("SK", (HEX, 32)),
    "vault": shape("hvs.", (URL_SAFE, 95)),
    "age": shape("AGE-SECRET-KEY-1", (ascii_uppercase + digits, 58)),
}
"""Tokens that are known by their own form, whatever stands beside them."""

PASSWORD: Final = shape((ALNUM, 9), "!", (ALNUM, 2))


def card(random: Random) -> str:
    number = "4" + some(random, digits, 14)
    return number + luhn.calc_check_digit(number)


def german_iban(random: Random) -> str:
    account = some(random, digits, 18)
    return "DE" + mod_97_10.calc_check_digits(account + "DE") + account


def resident_id(random: Random) -> str:
    number = f"11010119{random.randint(60, 99)}0{random.randint(1, 9)}1{random.randint(0, 9)}"
    number += some(random, digits, 3)
    return number + mod_11_2.calc_check_digit(number)


def mobile(random: Random) -> str:
    return "1" + random.choice("35789") + some(random, digits, 9)


def email(random: Random) -> str:
    return f"{some(random, ascii_lowercase, 6)}@{some(random, ascii_lowercase, 5)}.com"
