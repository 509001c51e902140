"""What the bot may say on its own: fixed sentences in English and Chinese, and nothing else.

No model wrote them, no exception is quoted in them; the blanks take numbers, times in a named zone,
and fixed words (`bot.views.amounts`).
"""

from enum import Enum

from bot.views.amounts import Blank, filled
from generators.sentences import Language


class Notice(Enum):
    """A fixed sentence: what happened, why, what next."""

    WORKING = ("On it…", "正在处理…")
    QUEUED = ("Queued, place {n} in line…", "排队中，第 {n} 位…")
    WRITING = ("Writing…", "正在撰写…")
    CHECKING = ("Checking…", "正在审核…")
    PRIVATE = (
        "I am answering you in our direct messages: only you will see it.",
        "我会在私信里回复您，只有您能看到。",
    )
    MOVED = (
        "People of other workspaces read this channel, so I answer in our direct messages.",
        "本频道有其他工作区的人员，我会在私信里回复您。",
    )
    DENIED = (
        (
            "I work for the members of this workspace, and may not answer its guests or people of "
            "other workspaces. An admin of mine can tell you more."
        ),
        "我只为本工作区的成员服务，不能回复访客或其他工作区的人员。详情请联系管理员。",
    )
    NOT_HERE = (
        "I may not answer in this channel. Please ask me in our direct messages.",
        "我不能在这个频道里回答，请在私信里向我提问。",
    )
    EMPTY = (
        "The answer came out empty, so there is nothing to show. Please ask again in other words.",
        "没有生成任何内容，请换个说法再试一次。",
    )
    HELD = (
        (
            "I made something, but a check was not sure about it, so a reviewer looks at it first. "
            "You will see it here, or why not."
        ),
        "内容已生成，但审核存疑，需要审核人先确认。结果会显示在这里。",
    )
    BLOCKED = (
        "I made something but may not show it: it did not pass moderation. Please rephrase.",
        "生成的内容未通过审核，不能显示。请换个说法再试。",
    )
    REJECTED = (
        "A reviewer decided not to show what I made. Please rephrase, or ask the reviewers why.",
        "审核人决定不显示该内容。请换个说法，或向审核人了解原因。",
    )
    PROMPT_REFUSED = (
        "I cannot take this request: the prompt did not pass moderation. Nothing was generated.",
        "该请求未通过审核，没有生成任何内容。",
    )
    BUSY = (
        (
            "You have {n} requests waiting or at work already, which is as many as one person may. "
            "Nothing was started; please ask again when one is done."
        ),
        "您已有 {n} 个请求在处理中，已达上限。请等其中一个完成后再试。",
    )
    FULL = (
        (
            "Everybody together has {n} requests waiting, which is as many as fit. Nothing was "
            "started; please ask again in a few minutes."
        ),
        "目前共有 {n} 个请求在排队，队列已满。请几分钟后再试。",
    )
    BUDGET = (
        (
            "Nothing was started or charged: {whose} {window} has no room for this. {used} of "
            "{limit} are used, and {reserved} set aside for what is under way. It starts anew on "
            "{reset}."
        ),
        (
            "没有开始，也没有计费：{whose}（{window}）不足。{limit}中已用 {used}，另有 {reserved} "
            "留给进行中的请求。{reset}重新计算。"
        ),
    )
    BUDGET_SOON = (
        (
            "{used} of {limit} in {whose} {window} are used. When all is used, I start nothing "
            "more until {reset}."
        ),
        "{whose}（{window}）的{limit}中已用 {used}。用完后，{reset}之前不再开始新的请求。",
    )
    ENGINE_UNAVAILABLE = (
        (
            "The model server does not answer or is still starting. Please ask again in a minute; "
            "if it lasts, tell an operator."
        ),
        "模型服务没有响应或仍在启动。请稍后再试；如持续出现，请联系管理员。",
    )
    WAITING = (
        "The model server does not answer yet. Your request is kept, and I keep trying…",
        "模型服务暂时没有响应。您的请求已保留，我会继续尝试…",
    )
    NO_MODEL = (
        "No model that could do this is installed here. An operator can install one.",
        "这里没有安装能完成此任务的模型，请联系管理员安装。",
    )
    UNREADABLE = (
        "I cannot read this channel, because I am not in it. `/invite @atelier` lets me in.",
        "我不在这个频道里，无法读取消息。请先 `/invite @atelier`。",
    )
    TOO_LATE = (
        "This took longer than it may and was stopped. Please ask for something shorter.",
        "处理超时，已停止。请缩短内容后再试。",
    )
    PROMPT_REJECTED = (
        (
            "I cannot do this as asked: it is too long, or a value in it is out of range. "
            "`/atelier help` shows what fits."
        ),
        "无法按要求处理：内容太长或参数超出范围。输入 `/atelier help` 查看说明。",
    )
    EXPIRED = (
        "This request waited too long and has expired. Please ask again.",
        "该请求等待过久已过期，请重新提问。",
    )
    ERASED = (
        "Your data was erased here, so this request ended without an answer.",
        "您在这里的数据已被清除，因此该请求没有结果。",
    )
    FAILED = (
        (
            "Something broke on my side. The request is recorded; please ask again, and tell an "
            "operator its id if it happens twice."
        ),
        "出了点问题，请求已记录。请再试一次；若再次出现，请把编号告诉管理员。",
    )
    TOO_LONG = (
        "The rest does not fit into a message: it is in the file.",
        "其余内容放不下，已放入文件。",
    )
    NOT_YOURS = (
        "That is decided already, or it is your own request: another reviewer has to look at it.",
        "该内容已有决定，或是您自己的请求：需要另一位审核人处理。",
    )
    NOT_A_REVIEWER = (
        "Only reviewers decide about this, and you are not one of them.",
        "只有审核人可以决定，您不是审核人。",
    )
    REVIEW = (
        "An answer waits for a decision. Below is exactly what would be shown.",
        "有一个回答等待决定。以下就是将要显示的内容。",
    )

    APPROVED_CARD = ("Approved, and shown to the person who asked.", "已批准，并已显示给请求者。")
    REJECTED_CARD = ("Rejected; the person who asked was told.", "已拒绝，并已告知请求者。")
    HOME = (
        "Ask in any channel that I am in, in a thread, or in our direct messages.",
        "可以在我所在的频道、消息串或私信中提问。",
    )

    def text(self, language: Language, **blanks: Blank) -> str:
        """Return the sentence in a language, its blanks filled.

        >>> Notice.QUEUED.text("en", n=2)
        'Queued, place 2 in line…'
        """
        said = {name: filled(blank, language) for name, blank in blanks.items()}
        return self.value[language == "zh"].format(**said)
