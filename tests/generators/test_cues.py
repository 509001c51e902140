import pytest

from generators.cues import Topic, is_answer, is_noise, topic, weight


@pytest.mark.parametrize(
    ("author", "text"),
    [
        ("ana", "<@U1> has joined the channel"),
        ("ana", "has left the channel"),
        ("ana", "set the channel topic: releases"),
        ("陈", "张三加入了频道"),
        ("deploy-bot", "Build 12 passed"),
        ("GitHubBot", "merged"),
        ("Calendar (app)", "Standup in 5 minutes"),
        ("通知机器人", "构建成功"),
        ("ana", "/remind me"),
        ("ana", "!roll 6"),
    ],
)
def test_noise(author: str, text: str) -> None:
    assert is_noise(author, text)


@pytest.mark.parametrize(
    ("author", "text"),
    [
        ("abbott", "I joined the bakery"),
        ("talbot", "the robot is down"),
        ("ana", "she left the company"),
        ("陈", "我加入了这个项目"),
    ],
)
def test_no_noise(author: str, text: str) -> None:
    assert not is_noise(author, text)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("We decided to use PostgreSQL", "decision"),
        ("Let\u2019s ship it without the export", "decision"),
        ("我们决定下周三上线", "decision"),
        ("We have not decided on a date", "other"),
        ("Have we decided on a date?", "question"),
        ("The report is due on Friday", "deadline"),
        ("Please send it by Thursday 17:00", "deadline"),
        ("最晚周五18:00前提交", "deadline"),
        ("Late due to traffic", "other"),
        ("Revenue grew by 20 percent before money ran out by markets", "other"),
        ("Checkout is down for everybody", "incident"),
        ("支付接口开始报错", "incident"),
        ("Is checkout down?", "question"),
        ("Who has the key", "question"),
        ("测试账号找谁申请？", "question"),
        ("谁知道吗", "question"),
        ("The office is nice", "other"),
        ("", "other"),
        ("🎉🎉", "other"),
    ],
)
def test_topic(text: str, about: Topic) -> None:
    assert topic(text) == about


def test_wording_of_consequence_weighs_more() -> None:
    assert weight("We decided: @bo will send it by Friday 17:00") > weight("I like the new chairs")


@pytest.mark.parametrize("text", ["Yes", "it's in the vault", "已经修好了", "好的"])
def test_an_answer(text: str) -> None:
    assert is_answer(text)


@pytest.mark.parametrize("text", ["yesterday was fine", "nobody knows", ""])
def test_no_answer(text: str) -> None:
    assert not is_answer(text)
