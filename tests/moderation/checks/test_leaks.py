"""Whole files and sentences: a secret drawn anew is found in them, what stands for one is not."""

from itertools import product

import pytest

from generators.draft import Text
from moderation.checks.secrets import Secrets
from moderation.policy import Direction
from tests.moderation.leaks import FILES, KEY, PASS, SAID, SIMPLE, STANDINS, filled
from tests.moderation.planted import seeded

CHECK = Secrets()


def found(text: str) -> str:
    return "".join(text[f.start : f.end] for f in CHECK.inspect(Text(text), Direction.OUTPUT))


@pytest.mark.parametrize("name", FILES)
def test_a_leaked_file_is_known_by_its_form(name: str) -> None:
    template, make = FILES[name]
    random = seeded(name)
    for _ in range(3):
        value = make(random)
        seen = found(filled(template, value))
        assert value.splitlines()[0][:40] in seen, filled(template, value)


@pytest.mark.parametrize("sentence", SAID)
def test_what_somebody_tells_in_chat_is_found(sentence: str) -> None:
    random = seeded(sentence)
    for make in (SIMPLE, KEY) if "Bearer" in sentence else (PASS, SIMPLE, KEY):
        value = make(random)
        assert value in found(filled(sentence, value)), filled(sentence, value)


@pytest.mark.parametrize("standin", STANDINS)
def test_what_stands_for_a_secret_is_none(standin: str) -> None:
    templates = [template for template, _ in FILES.values() if "AQAAAB" not in template]
    flagged = [
        template for template in (*templates, *SAID) if standin in found(filled(template, standin))
    ]
    assert not flagged


@pytest.mark.parametrize(
    "text",
    [
        "kind: ConfigMap\ndata:\n  motto: aGVsbG8gd29ybGQgYWdhaW4=\n",
        "kind: Secret\ndata:\n  username: YWRtaW5pc3RyYXRvcg==\n  namespace: ZGVmYXVsdA==\n",
        "password: \npassword:\n",
        'input type="password" name="password" placeholder="Password"',
        '{"password": "Passwort", "hint": "Enter your password", "label": "Your password"}',
        "password = forms.CharField(widget=forms.PasswordInput)",
        "self.password = password\nself.key_password = key_password",
        'String password = request.getParameter("password");',
        "password: string;\ntoken?: string | null;\nsecret: Buffer",
        "if (password === confirmPassword) { return token }",
        "SECRET_KEY = os.environ['SECRET_KEY']\nAPI_KEY = config.get('api_key')",
        "password: ${{ secrets.DB_PASSWORD }}",
        "<password>${env.NEXUS_PASSWORD}</password>",
        "public_key: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7vbqajDhA ana@shop",
        "cache_key = 'user-profile-v2-2024-summary-page'",
        "primary_key=True, foreign_key='orders.customer_id'",
        "next_page_token: CAUQAA9xYz8kLmN0pQ2r",
        "max_tokens=4096, tokenizer='cl100k_base', token_count: 123456",
        "checksum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "key: value, sort_key: created_at, keyboard=qwerty-us-2024-layout1",
        "integrity sha512-MKiLiV+I1AA596t9w1sQJ8jkiSr5+ZKi0WKrYGUn6d1Fx+Ij4tIj+m2WMQSGczs5jZVxV339",
        "https://x.test/reset?token_type=bearer&id=42",
        "git commit 5f2b1c9e8a4d4c3b9e7f1a2b3c4d5e6f7a8b9c0d fixes the token bug",
        "the secret ingredient is love, and the key is under the mat",
        "keep the credentials in vault, the pass rate is 98.5%",
        "docker login registry.shop.test -u ana --password-stdin",
        "mysql -u root -p shop < dump.sql",
        "curl -u $USER:$TOKEN https://api.shop.test",
        "postgres://user:password@localhost/shop and redis://:${REDIS_PASSWORD}@cache:6379",
        "API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIAIOSFODNN7EXAMPLE and wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, ghp_1234567890abcdefghijABCDEFGHIJ123456",
        "Authorization: Bearer <token>, Authorization: Bearer ${TOKEN}",
        "密码至少8位，密码错误3次后锁定，密码是必填的，密钥管理服务，令牌桶算法",
        "账号是用来登录的，密码请自行设置，忘记密码请联系管理员",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
        "login: see the wiki / onboarding page, accounts are created by IT",
        "meet at 10:30 / room 4, account manager / team lead",
    ],
)
def test_code_and_talk_about_secrets_is_none(text: str) -> None:
    assert not found(text)


@pytest.mark.thorough
def test_hardly_anything_is_lost_over_many_draws() -> None:
    lost = total = 0
    for (template, make), number in product(FILES.values(), range(25)):
        value = make(seeded(f"{template}{number}"))
        total += 1
        lost += value.splitlines()[0][:40] not in found(filled(template, value))
    assert lost <= 0.02 * total
