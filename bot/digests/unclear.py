"""What of a phrase was not clear, in Chinese; in English the errors say it themselves. Pure."""

import re
from typing import Final

_FIXED: Final = {
    "at what time": "几点",
    "on which days": "哪几天",
    "on which day of the week": "星期几",
    "on which day of the month": "每月哪一天",
    "in which month": "几月",
    "in which months": "是否每月",
    "both times and how often": "时间点与间隔不能同时用",
    "both hours and other days": "小时间隔与其他日期周期不能同时用",
    "every so many months": "每隔几个月",
    "a span of time without how often in it": "有时间段，但没有间隔",
    "a span of time that ends before it begins": "时间段的结束早于开始",
    "days and a rhythm that do not go together": "日期与周期不一致",
    "two separate times": "两处时间",
    "two spans of time": "两处时间段",
    "two kinds of days": "两处日期",
    "two rhythms": "两种周期",
    "two time zones": "两个时区",
    "a day that never comes": "不存在的日期",
    "two kinds of reports": "两种内容",
    "two times usage": "两处“用量”",
    "two times reviews": "两处“待审核”",
    "channels in two places": "频道出现在两处",
    "two words on whom it is for": "两处收件人",
    "two words on whom it is of": "两处统计对象",
    "two words on holidays": "两处节假日",
    "two digests": "两个摘要",
    "channels, and a report that is of none": "该内容与频道无关",
    "more channels than ten": "频道超过十个",
    "everybody, and what is not of people": "该内容不按人员统计",
}
_PARTS: Final = {
    "morning": "上午",
    "afternoon": "下午",
    "evening": "晚上",
    "night": "夜里",
    "am": "上午",
    "pm": "下午",
}
_FIELDS: Final = {
    "minute": "分",
    "hour": "时",
    "day of the month": "日",
    "month": "月",
    "weekday": "星期",
}
_MADE: Final = tuple(
    (re.compile(form), said)
    for form, said in (
        (r"every (-?\d+) minutes, which does not fit into a day", "每 {0} 分钟不能均分一天"),
        (r"whether (\d+) is before or after noon", "{0}点是上午还是下午"),
        (r"which times are in the (.+)", "哪些时间是{0}"),
        (r"whether (.+) is every hour", "“{0}”是否指每小时"),
        (r"whether (.+) counts weeks or months", "“{0}”按周还是按月算"),
        (r"how many days (.+) are", "“{0}”是几天"),
        (r"from (\S+) to (\S+)", "从{0}到{1}"),
        (r"the time (\d+:\d+) (?:in the )?(.+)", "时间{1} {0}"),
        (r"the time (.+)", "时间 {0}"),
        (r"the zone (.+)", "时区 {0}"),
        (rf"the ({'|'.join(_FIELDS)}) (.+)", "cron 的“{0}” {1}"),
        (r"a phrase of (\d+) characters", "长度为 {0} 个字符"),
    )
)


def in_chinese(what: str) -> str:
    """Return what was not clear in Chinese; what quotes nothing but the phrase stays.

    >>> in_chinese("on which days"), in_chinese("how many days 每隔两天 are"), in_chinese("'有空'")
    ('哪几天', '“每隔两天”是几天', "'有空'")
    """
    if what in _FIXED:
        return _FIXED[what]
    for form, said in _MADE:
        if found := form.fullmatch(what):
            return said.format(*(_PARTS.get(one, _FIELDS.get(one, one)) for one in found.groups()))
    return what
