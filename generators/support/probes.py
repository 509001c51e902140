"""Does an embedding model read Chinese? Asked of the model itself, in eight pairs of sentences.

A model that was trained on English alone sees most Chinese characters as unknown: all its Chinese
vectors are alike, so that its cosines say nothing. all-MiniLM-L6-v2 finds 3 of the 8.
"""

import numpy as np

from generators.support.vectors import Embedder

PAIRS = (
    ("怎么退货？", "如何把商品退回去？"),
    ("我忘记密码了", "密码想不起来，登录不了"),
    ("什么时候发货？", "我的订单几天能寄出？"),
    ("可以开发票吗？", "需要报销，能给我开票吗"),
    ("附近有餐厅吗？", "这里哪里能吃饭？"),
    ("明天会下雨吗？", "明天的天气怎么样？"),
    ("会议改到下午了", "开会时间推迟到午后"),
    ("这台电脑坏了", "这部计算机不能用了"),
)
ENOUGH = 7
"""Pairs that must find each other; by chance it is one."""


async def reads_chinese(embedder: Embedder) -> bool:
    """Say whether sentences that mean the same are nearest to each other."""
    said = await embedder.embed([one for one, _ in PAIRS])
    meant = await embedder.embed([other for _, other in PAIRS])
    nearest = (said @ meant.T).argmax(axis=1)
    return int((nearest == np.arange(len(PAIRS))).sum()) >= ENOUGH
