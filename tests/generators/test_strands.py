from generators.draft import Line
from generators.strands import strands
from generators.support.words import informative


def told(*said: tuple[int, str, str, int]) -> list[int]:
    """Return the strands of messages: second, author, text, and second of the thread's first."""
    lines = [
        Line(who, text, f"{at}.0", "", thread=f"{thread}.0" if thread else "")
        for at, who, text, thread in said
    ]
    return strands(lines, [frozenset(informative(line.text)) for line in lines])


def test_a_thread_is_one_strand_whatever_it_says() -> None:
    numbers = told(
        (1, "ana", "The invoice of Acme is wrong", 1),
        (2, "bo", "Lunch at the harbour?", 0),
        (3, "chen", "looking", 1),
        (9000, "bo", "谢谢", 1),
    )
    assert numbers == [0, 1, 0, 0]


def test_talk_goes_on_with_what_it_shares_words_with() -> None:
    numbers = told(
        (1, "ana", "The build server crashed after the kernel update", 0),
        (20, "bo", "Catering for the summer party costs 900 euros", 0),
        (300, "chen", "Did the kernel update also break the build server backups", 0),
        (320, "dana", "900 euros for catering seems a lot", 0),
    )
    assert numbers == [0, 1, 0, 1]


def test_who_is_named_is_answered() -> None:
    numbers = told(
        (1, "ana", "Payment webhooks arrive twice", 0),
        (10, "bo", "New badges are at the reception", 0),
        (400, "chen", "@ana fixed", 0),
    )
    assert numbers == [0, 1, 0]


def test_chinese_talk_is_told_apart() -> None:
    numbers = told(
        (1, "陈", "支付接口从早上开始报错", 0),
        (20, "李", "团建去杭州还是苏州", 0),
        (300, "王", "支付接口报错是证书过期", 0),
    )
    assert numbers == [0, 1, 0]


def test_after_a_long_silence_something_new_begins() -> None:
    numbers = told(
        (1, "ana", "The kernel update broke the build", 0),
        (90_000, "ana", "The kernel update broke the build", 0),
    )
    assert numbers == [0, 1]


def test_a_time_that_is_none_is_no_trouble() -> None:
    lines = [Line("ana", "x", "soon"), Line("مريم", "مرحبا \U0001f600", "")]
    assert len(strands(lines, [frozenset(), frozenset()])) == 2
