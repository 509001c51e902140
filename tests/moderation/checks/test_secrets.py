from itertools import product
from string import ascii_letters

import pytest

from generators.draft import Code, Image, Text
from moderation.checks.placeholders import entropy, invented
from moderation.checks.secrets import Secrets
from moderation.finding import redacted
from moderation.policy import Direction
from tests.moderation.planted import (
    ALNUM,
    HEX,
    PASSWORD,
    TOKENS,
    Make,
    jwt,
    pem,
    seeded,
    shape,
    some,
    wide,
)

CHECK = Secrets()
SURROUNDINGS = (
    "{}",
    "use {} please",
    "密钥{}，谢谢",
    "令牌：{}。",
    'export TOKEN="{}"',
    "<https://x.test/?t={}|here>",
    "(see `{}`)",
    "😀{}😀",
    "line\n{}\nline",
)


def found(text: str) -> list[str]:
    seen = CHECK.inspect(Text(text), Direction.OUTPUT)
    return [text[finding.start : finding.end] for finding in seen]


def kinds(text: str) -> set[str]:
    return {finding.category for finding in CHECK.inspect(Text(text), Direction.INPUT)}


@pytest.mark.parametrize("name", TOKENS)
def test_every_token_format_is_found_wherever_it_stands(name: str) -> None:
    random = seeded(name)
    for surrounding, _ in product(SURROUNDINGS, range(4)):
        token = TOKENS[name](random)
        text = surrounding.format(token)
        assert token in "".join(found(text)), (name, surrounding)


@pytest.mark.parametrize("name", TOKENS)
def test_the_category_names_the_kind(name: str) -> None:
    kind = name.split(maxsplit=1)[0]
    assert f"secret.{kind}" in kinds(TOKENS[name](seeded(name)))


KEYED = [
    ("aws_secret_access_key = {}", shape((ALNUM + "/+", 40))),
    ("AWS secret is {}", shape((ALNUM + "/+", 40))),
    ("AccountName=a;AccountKey={};EndpointSuffix=core", shape((ALNUM + "+/", 86), "==")),
    ("https://a.blob.test/c?sv=2024&sig={}&se=2025", shape((ALNUM + "%", 46))),
    ("https://discord.com/api/webhooks/123456/{}", shape((ALNUM + "_-", 68))),
    (
        "https://hooks.slack.com/services/{}",
        shape("T", (ALNUM, 9), "/B", (ALNUM, 9), "/", (ALNUM, 24)),
    ),
    ("TWILIO_AUTH_TOKEN={}", shape((HEX, 32))),
    ("Authorization: Bearer {}", shape((ALNUM, 30))),
    ('-H "Authorization: Basic {}"', shape((ALNUM, 24))),
    ('api_key = "{}"', shape((ALNUM, 24))),
    ("client-secret: {}", shape((HEX, 32))),
    ("接口密钥是{}，别外传", shape((ALNUM, 24))),
    ("令牌：{}", shape((ALNUM, 24))),
]


@pytest.mark.parametrize(("words", "make"), KEYED)
def test_a_random_value_beside_the_word_for_a_key_is_found(words: str, make: Make) -> None:
    random = seeded(words)
    for _ in range(10):
        value = make(random)
        assert found(words.format(value)) == [value]


SAID = (
    "the password is {}",
    "my password for jira is {}.",
    "Password: {}",
    "PASSWORD={}",
    "db_password = '{}'",
    '"password": "{}",',
    "changed the password to {} today",
    "passwd -> {}",
    "mypwd:{}",
    "passphrase is “{}”",
    "DB_PASSWORD：{}",
    "login bob password {}",
    "密码是{}",
    "密码是{}，别告诉别人",
    "密码：{}",
    "口令：{}。",
    "账号admin密码{}",
    "密码已改为 {} 了",
    "數據庫密碼是「{}」",
    "初始密码设为{}",
    "curl -u admin:{} https://x.test",
    "curl -s --user 'admin:{}' https://x.test",
    "mysql -u root -p{} shop",
    "postgres://shop:{}@db.internal:5432/shop",
    "用https://bob:{}@x.test/登录",
)


@pytest.mark.parametrize("words", SAID)
def test_a_password_is_found_by_the_words_around_it(words: str) -> None:
    random = seeded(words)
    for _ in range(10):
        password = PASSWORD(random)
        assert found(words.format(password)) == [password], words


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("密码是swordfish", "swordfish"),
        ("口令：芝麻开门 opensesame", ""),
        ("密码是123456", "123456"),
        ("验证码：384920，五分钟内有效", "384920"),
        ("your verification code is 384920", "384920"),
        ("my pin is 8848", "8848"),
        ('the password is "blue 7 horses"', "blue 7 horses"),
    ],
)
def test_weak_passwords_are_passwords_too(text: str, value: str) -> None:
    assert "".join(found(text)) == value


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_is_one_finding_from_begin_to_end(kind: str) -> None:
    block = pem(seeded(kind), kind)
    assert found(f"here:\n{block}\nthanks") == [block]
    assert found(f"密钥{block}完") == [block]


def test_a_private_key_in_json_or_cut_off_is_found() -> None:
    block = pem(seeded(1))
    escaped = block.replace("\n", "\\n")
    assert found(f'{{"private_key": "{escaped}"}}') == [escaped]
    assert found(f"here:\n{block[:400]}") == [block[:400]]


HARMLESS = (
    "",
    "the password is required, and your password is wrong!",
    "Your password is case-sensitive. Password reset: https://x.test/reset?id=42",
    "password: string; password?: string | null; password=password",
    "password = os.environ['DB_PASSWORD']; password = getpass()",
    "password: ${DB_PASSWORD} or <password> or {{password}} or %(password)s",
    "password: ********, api_key=xxxxxxxxxxxxxxxxxxxx, token: YOUR-TOKEN-HERE-1234567",
    "密码必须是8到16位，密码长度是8-16位，密码是2024年改的",
    "忘记密码：https://x.test/reset?id=1",
    "密码使用SHA256加密，密码为必填项，密码是https传输的",
    "docker run -u 1000:1000 image",
    "curl -u user https://x.test",
    "use the sk-learn-style-estimator-interface-2 and the task-2024-quarterly-planning-doc",
    "-----BEGIN RSA PRIVATE KEY----- is how such a file begins",
    "-----BEGIN PUBLIC KEY-----",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "id 123e4567-e89b-12d3-a456-426614174000",
    "postgres://localhost:5432/shop and https://x.test:8080/a@b",
    "the token expires; a secret: nobody knows; the key is to listen",
    "token: see the documentation, access token: settings.github_access_token_v2",
    "import sk_test_helpers, hf_transformers_tokenizers_fast_loading",
    "The AWS secret to success is practice",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_talk_about_secrets_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "value",
    [
        "xxxxxxxxxxxx",
        "****",
        "<token>",
        "${TOKEN}",
        "{{ token }}",
        "%s",
        "your-token-here",
        "sk-your-key-here",
        "EXAMPLE",
        "[secret]",
        "changeme",
        "os.environ",
        "abc...xyz",
        "password",
    ],
)
def test_stand_ins_are_told_from_secrets(value: str) -> None:
    assert invented(value)


def test_random_values_are_not_taken_for_stand_ins() -> None:
    random = seeded(3)
    assert not any(invented(some(random, ALNUM, 32)) for _ in range(500))


def test_entropy_orders_what_was_typed_below_what_was_drawn() -> None:
    assert entropy("aaaaaaaa") == 0
    assert entropy("passwordpassword") < 3 < entropy(some(seeded(1), ascii_letters, 32))


@pytest.mark.parametrize("direction", list(Direction))
def test_a_secret_is_one_in_both_directions_and_in_all_content(direction: Direction) -> None:
    token = TOKENS["github"](seeded(1))
    for content in (Text(token), Code(token, "sh"), Image(b"", alt=token)):
        assert [f.category for f in CHECK.inspect(content, direction)] == ["secret.github"]


@pytest.mark.parametrize("name", ["github", "aws", "slack bot", "openai old", "google"])
def test_a_disguised_token_is_found_and_its_span_is_exact(name: str) -> None:
    token = TOKENS[name](seeded(name))
    for disguised in (
        wide(token),
        "\u200b".join(token),
        "\u0336".join(token),
        "\ufe0f".join(token),
    ):
        text = f"令牌😀 {disguised} 完"
        assert "".join(found(text)) == disguised
        assert redacted(text, CHECK.inspect(Text(text), Direction.OUTPUT)) == "令牌😀 [secret] 完"


def test_a_token_within_a_token_is_reported_once() -> None:
    text = f"token: {TOKENS['anthropic'](seeded(1))}"
    assert kinds(text) == {"secret.anthropic"}
    assert len(found(f"Authorization: Bearer {jwt(seeded(1))}")) == 1


@pytest.mark.parametrize("value", ["密码是什么呢", "xxxÉxxxxx", "/c中=rYWFzZnVi", "😀😀😀😀😀"])
def test_what_is_no_base64_in_a_manifest_is_no_failure(value: str) -> None:
    text = f'{{"kind": "Secret", "data": {{"note": "{value}"}}}}'
    assert not Secrets().inspect(Text(text), Direction.OUTPUT)
