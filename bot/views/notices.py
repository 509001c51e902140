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
    AHEAD = (
        "The model is busy: place {n} in line, about {seconds} s…",
        "模型正忙：排在第 {n} 位，大约还需 {seconds} 秒…",
    )
    WRITING = ("Writing…", "正在撰写…")
    RUNNING = ("Running it…", "正在运行…")
    TESTING = ("Running its tests, {n}…", "正在运行测试，共 {n} 个…")
    REPAIRING = ("Repairing it, {n} of {of}…", "正在修复，第 {n} 次，最多 {of} 次…")
    DRAWING = ("Drawing {n} of {of}…", "正在画第 {n} 张，共 {of} 张…")
    SKETCH = ("Drawing, not finished yet…", "正在画，尚未完成…")
    DRAWING_STEP = (
        "Drawing {n} of {of}, step {step} of {steps}…",
        "正在画第 {n} 张，共 {of} 张，第 {step}/{steps} 步…",
    )
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
    PICTURE_REFUSED = (
        "The picture for this did not pass moderation, so here are the words alone.",
        "配图未通过审核，这里只有文字。",
    )
    BLOCKED = (
        "I made something but may not show it: it did not pass moderation. Please rephrase.",
        "生成的内容未通过审核，不能显示。请换个说法再试。",
    )
    REJECTED = (
        "A reviewer decided not to show what I made. Please rephrase, or ask the reviewers why.",
        "审核人决定不显示该内容。请换个说法，或向审核人了解原因。",
    )
    REJECTED_INACCURATE = (
        "A reviewer decided not to show what I made: it is not accurate. You may appeal.",
        "审核人决定不显示该内容：内容不准确。您可以申诉。",
    )
    REJECTED_INAPPROPRIATE = (
        "A reviewer decided not to show what I made: it is not appropriate here. You may appeal.",
        "审核人决定不显示该内容：内容不适合在这里发布。您可以申诉。",
    )
    REJECTED_CONFIDENTIAL = (
        "A reviewer decided not to show what I made: it says what is confidential. You may appeal.",
        "审核人决定不显示该内容：内容涉及机密。您可以申诉。",
    )
    REJECTED_OFF_TOPIC = (
        "A reviewer decided not to show what I made: it is not what this is for. You may appeal.",
        "审核人决定不显示该内容：超出使用范围。您可以申诉。",
    )
    REJECTED_OTHER = (
        "A reviewer decided not to show what I made. Please rephrase, or appeal.",
        "审核人决定不显示该内容。请换个说法，或提出申诉。",
    )
    REJECTED_AGAIN = (
        "A second reviewer decided not to show it either. Please rephrase your request.",
        "另一位审核人也决定不显示该内容。请换个说法再试。",
    )
    REVIEW_EXPIRED = (
        (
            "No reviewer decided in time, so what I made is not shown. You may appeal, and another "
            "round begins."
        ),
        "审核人未在期限内决定，因此内容不予显示。您可以申诉，重新送审。",
    )
    REVIEWING = ("A reviewer is looking at it now.", "审核人正在查看。")
    APPEALED = (
        "You appealed: another reviewer looks at it. You will see it here, or why not.",
        "您已申诉：另一位审核人将查看。结果会显示在这里。",
    )
    NOT_APPEALABLE = (
        "This cannot be appealed: it was already, it is not yours, or it has expired.",
        "无法申诉：已申诉过、不是您的请求，或已过期。",
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
    PAUSED = (
        "An operator has paused the work. Your request is kept, and goes on when they resume it.",
        "管理员已暂停处理。您的请求已保留，恢复后会继续。",
    )
    NOT_AN_OPERATOR = (
        "Only operators may do this, and you are not one of them.",
        "只有管理员可以这样做，您不是管理员。",
    )
    AGAIN = ("Ask again", "重试")
    NOT_AGAIN = (
        "This cannot be asked again: it was already, it is not yours, or its words have expired.",
        "无法重试：已重试过、不是您的请求，或内容已过期。",
    )
    ACCESS_REFUSED = (
        (
            "The model server does not accept this bot: its key is not valid, or its account is "
            "used up. Nothing was made; please tell an operator."
        ),
        "模型服务拒绝了本机器人：密钥无效，或账户额度已用完。没有生成任何内容，请联系管理员。",
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
    STOPPED = ("Stopped, as you asked.", "已按您的要求停止。")
    NOT_YOURS_TO_DELETE = (
        "Only who asked for this picture, or an operator, can delete it. You can report it.",
        "只有请求这张图片的人或管理员可以删除它。您可以改为举报。",
    )
    DELETED = (
        "This answer was deleted by who asked for it, or by an operator.",
        "这个回答已被请求者或管理员删除。",
    )
    NOT_YOURS_TO_STOP = (
        "Only the person who asked can stop this; it goes on.",
        "只有提问者可以停止，任务会继续进行。",
    )
    TOO_LONG = (
        "The rest does not fit into a message: it is in the file.",
        "其余内容放不下，已放入文件。",
    )
    CODE_IN_FILE = ("The program is in the file.", "程序在文件里。")
    NOT_YOURS = (
        "That is decided already, or it is your own request: another reviewer has to look at it.",
        "该内容已有决定，或是您自己的请求：需要另一位审核人处理。",
    )
    NOT_A_REVIEWER = (
        "Only reviewers decide about this, and you are not one of them.",
        "只有审核人可以决定，您不是审核人。",
    )
    CLAIMED_ELSEWHERE = (
        "Another reviewer is looking at it. If they do not decide within 15 minutes, you can.",
        "另一位审核人正在查看。若其 15 分钟内未决定，您可以处理。",
    )
    DECIDED_BEFORE = (
        "You decided on it the first time, so another reviewer looks at it now.",
        "首次决定由您作出，申诉须由另一位审核人处理。",
    )
    EDIT_REFUSED = (
        "The checks are not sure about this either; change it further, or reject it.",
        "修改后的内容仍未通过检查，请继续修改或拒绝。",
    )
    FORM_LOST = (
        "The form could not be opened: Slack did not take it in time. Please press again.",
        "表单未能打开，请再按一次。",
    )
    REVIEW_AGAIN = (
        "The person who asked appeals against a rejection. Below is exactly what would be shown.",
        "请求者对拒绝提出申诉。以下就是将要显示的内容。",
    )
    CLAIMED_CARD = ("Somebody is looking at it:", "正在处理：")
    EDITED_CARD = (
        "Edited, approved, and shown to the person who asked.",
        "已修改并批准，已显示给请求者。",
    )
    EXPIRED_CARD = (
        "Nobody decided in time: rejected, and the person who asked was told.",
        "未在期限内决定：已拒绝，并已告知请求者。",
    )
    APPEAL = ("Appeal", "申诉")
    REASON_INACCURATE = ("It is not accurate", "内容不准确")
    REASON_INAPPROPRIATE = ("It is not appropriate here", "不适合在这里发布")
    REASON_CONFIDENTIAL = ("It says what is confidential", "涉及机密")
    REASON_OFF_TOPIC = ("It is not what this is for", "超出使用范围")
    REASON_OTHER = ("Something else", "其他")
    REVIEW = (
        "An answer waits for a decision. Below is exactly what would be shown.",
        "有一个回答等待决定。以下就是将要显示的内容。",
    )

    APPROVED_CARD = ("Approved, and shown to the person who asked.", "已批准，并已显示给请求者。")
    REJECTED_CARD = ("Rejected; the person who asked was told.", "已拒绝，并已告知请求者。")
    REPORT = ("Report", "举报")
    REPORTING = (
        "Reviewers will see the answer and your reason, and decide whether it stays.",
        "审核人会看到该回答和您的理由，并决定是否保留。",
    )
    REPORTED = (
        "Somebody reported this answer. Below is exactly what people see, until you decide.",
        "有人举报了这个回答。以下就是目前显示的内容，等待您的决定。",
    )
    REPORT_FILED = (
        (
            "Thank you for your report. The answer stays until a reviewer has looked at it; I will "
            "tell you here what they decide."
        ),
        "感谢举报。审核人查看之前，该回答会保留；决定后我会在这里告诉您。",
    )
    REPORT_UPHELD = (
        "A reviewer took back the answer that you reported. Thank you.",
        "审核人已撤回您举报的回答。谢谢。",
    )
    REPORT_DISMISSED = (
        "A reviewer looked at the answer that you reported, and lets it stay. Thank you.",
        "审核人已查看您举报的回答，决定保留。谢谢。",
    )
    TAKEN_BACK = (
        "A reviewer took this answer back after it was reported.",
        "该回答被举报后，已由审核人撤回。",
    )
    TAKEN_BACK_CARD = (
        "Taken back; whoever reported it was told.",
        "已撤回，并已告知举报人。",
    )
    DISMISSED_CARD = (
        "It stays; whoever reported it was told.",
        "已保留，并已告知举报人。",
    )
    NOT_REPORTABLE = (
        (
            "This cannot be reported: it is no answer of mine, a reviewer has decided on it "
            "already, or it has expired."
        ),
        "无法举报：不是我的回答、审核人已作出决定，或已过期。",
    )
    ALERT_ACKNOWLEDGE = ("Acknowledge", "知道了")
    ALERT_MUTE = ("Mute for a week", "静音一周")
    ALERT_ACKNOWLEDGED = (
        "Acknowledged: for a day the watch says nothing here.",
        "已有人处理：一天内不再提醒。",
    )
    ALERT_MUTED = (
        "Muted: for a week the watch says nothing here, and goes on learning.",
        "已静音：一周内不再提醒，仍继续学习。",
    )
    ALERT_KNOWN = ("Somebody has pressed that already.", "已有人按过。")
    ALERT_GONE = ("That watch is gone.", "该监测已不存在。")
    ALERT_NOT_YOURS = (
        "Only who set up the watch, or an operator, can mute it; members can acknowledge it.",
        "只有设置者或管理员可以静音；成员可以点“知道了”。",
    )
    PLAN_UNCLEAR = (
        (
            "That is not clear. Say it like one of these: every weekday at 9:00; every Monday and "
            "Thursday at 16:30; first Friday of the month at 10:00; 0 9 * * 1-5."
        ),
        "没有看懂。可以这样写：每个工作日9点；每周一和周四下午4点半；每月第一个周五10:00。",
    )
    PLAN_NEXT = ("Next: {first} / {second} / {third}", "接下来：{first} / {second} / {third}")
    PLAN_NO_CHANNELS = (
        "Channels go with a digest of messages only: choose none here.",
        "只有消息摘要可以选择频道，这里请不要选择。",
    )
    PLAN_NO_REGION = (
        (
            "I know no public holidays of that. Write the code of a country, or of a part of one: "
            "DE, DE-BY, US-CA, CN."
        ),
        "不认识这个代码。请写国家或地区代码，例如 CN、US-CA、DE-BY。",
    )
    REPLY_SEND = ("Approve and send", "批准并发送")
    REPLY_EDIT = ("Edit…", "修改…")
    REPLY_AGAIN = ("Regenerate", "重新生成")
    REPLY_SHORTER = ("Shorter", "更简短")
    REPLY_WARMER = ("Warmer", "更亲切")
    REPLY_REJECT = ("Reject…", "拒绝…")
    REPLY_HAND_OVER = ("Hand over to a person", "转人工")
    REPLY_BY = ("checked by a person", "已由人工审核")
    CANCEL = ("Cancel", "取消")
    AI_GENERATED = ("AI-generated", "AI 生成")
    BUILT_IN = ("built-in, no language model", "内置功能，未使用语言模型")
    ENLARGED = (
        "built-in: enlarged by interpolation, no picture model",
        "内置功能：插值放大，未使用图片模型",
    )
    BACKGROUND_CUT = (
        "built-in: a plain background removed, no picture model",
        "内置功能：去除纯色背景，未使用图片模型",
    )
    REPLY_HANDED = (
        "A colleague takes care of this and will answer here.",
        "我们的同事会处理您的问题，并在这里回复您。",
    )
    REPLY_SENT = ("Sent to the customer's thread.", "已发送到客户的消息串。")
    REPLY_TAKEN_OVER = (
        "The customer was told that a person takes care of it.",
        "已告知客户将由人工处理。",
    )
    REPLY_REJECTED = ("Rejected; nothing was sent.", "已拒绝，没有发送任何内容。")
    REPLY_ANEW = ("Another draft follows below.", "新的草稿见下方。")
    REPLY_LOST = (
        "Slack did not take the reply, so it was not sent: is the app still in that channel?",
        "Slack 未接受该回复，因此没有发送：机器人还在那个频道里吗？",
    )
    REPLY_STALE = (
        (
            "Nothing was sent: there is a newer message in the customer's thread. Press Regenerate "
            "for a draft that knows it."
        ),
        "没有发送：客户的消息串中有更新的消息。请按“重新生成”获取新的草稿。",
    )
    REPLY_HELD = (
        "The checks are not sure that this may be shown there; change it, or reject the draft.",
        "检查认为该内容可能不适合发送，请修改或拒绝。",
    )
    REPLY_INTERNAL = (
        (
            "A sentence of this stands in an internal article, which customers must not see. "
            "Change it, or send it again to send it anyway."
        ),
        "其中有一句来自内部文章，客户不应看到。请修改；再次发送则会照样发送。",
    )
    REPLY_DECIDED = (
        "This draft is decided already, it is not yours, or it has expired.",
        "该草稿已有决定、不是您的，或已过期。",
    )
    REPLY_UNREAD = (
        (
            "Nothing was sent: I cannot read the customer's thread now, so nobody knows whether it "
            "is up to date. Please press again in a minute."
        ),
        "没有发送：暂时无法读取客户的消息串，无法确认草稿是否最新。请稍后再试。",
    )
    REPLY_SHARED = (
        (
            "Nothing was sent: people of other workspaces read that channel, and the settings "
            "(`access.strangers`) do not let me answer them."
        ),
        "没有发送：该频道有其他工作区的人员，设置（`access.strangers`）不允许回复他们。",
    )
    NOT_AN_APPROVER = (
        (
            "Only approvers may send replies to customers, and you are not one of them. The "
            "settings name them (`roles.approver`)."
        ),
        "只有审批人可以向客户发送回复，您不是审批人。由设置指定（`roles.approver`）。",
    )
    LESSON_NEW = (
        "A reply that was sent is suggested as an article: see the app's home.",
        "有一条已发送的回复被建议为知识库文章，请在应用主页查看。",
    )
    LESSON_LOOK = ("Look…", "查看…")
    LESSON_REJECT = ("Not needed", "不需要")
    LESSON_COUNT = ("{n} replies say this.", "共有 {n} 条回复与此相关。")
    LESSON_KEPT = (
        "It is from a private or shared channel, and is used only there.",
        "来自私有或共享频道，只在该频道中使用。",
    )
    LESSON_FORM = (
        (
            "Colleagues sent this to customers. Accepted, it is an article that answers and drafts "
            "quote. Personal data was replaced; names may be left, so please look."
        ),
        "同事曾将此内容发送给客户。接受后将成为知识库文章，供回答和草稿引用。个人数据已替换，但可能仍有人名，请检查。",
    )
    LESSON_QUESTION = ("Question", "问题")
    LESSON_ANSWER = ("Answer", "回答")
    LESSON_TITLE = ("Suggested article", "建议的文章")
    LESSON_ACCEPT = ("Accept", "接受")
    LESSON_ACCEPTED = (
        "It is an article of the knowledge base now; the next draft can quote it.",
        "已成为知识库文章，之后的草稿可以引用。",
    )
    LESSON_REJECTED = ("Rejected; it is not suggested again.", "已拒绝，不会再次建议。")
    LESSON_DECIDED = (
        "This suggestion is decided already, or what it was made of is kept no more.",
        "该建议已有决定，或其来源内容已不再保留。",
    )
    LESSON_GONE = (
        "The reply was taken back or cannot be read any more, so nothing is learnt of it.",
        "该回复已被撤回或无法读取，因此不会从中学习。",
    )
    LESSON_HELD = (
        "The checks are not sure that this may be shown; change it, or reject the suggestion.",
        "检查认为该内容可能不适合显示，请修改或拒绝。",
    )
    DECLINED_INCORRECT = ("It is not correct", "内容不正确")
    DECLINED_INAPPROPRIATE = ("It is not appropriate", "内容不合适")
    DECLINED_INCOMPLETE = ("Something is missing", "内容不完整")
    DECLINED_OUTDATED = ("It is out of date", "内容已过时")
    DECLINED_OTHER = ("Another reason", "其他原因")
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
