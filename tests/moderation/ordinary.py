"""Lines that look as if they held numbers and keys, and hold none that are anybody's: made anew."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from string import ascii_lowercase, ascii_uppercase
from uuid import UUID

from tests.moderation.planted import ALNUM, HEX, some

_NOUNS = ("deploy", "order", "ticket", "build", "invoice", "release", "job", "worker", "cache")
_CHINESE = ("订单", "工单", "版本", "任务", "发票", "批次", "流水号", "会议")


def ordinary(random: Random) -> Iterator[str]:
    """Yield one line of each kind: logs, times, hashes, ids, versions, prices, code, talk."""
    noun, chinese = random.choice(_NOUNS), random.choice(_CHINESE)
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randint(0, 2 * 10**8))
    number, small = random.randint(10**5, 10**9), random.randint(1, 99)
    sha, uuid = some(random, HEX, 40), UUID(int=random.getrandbits(128))
    yield f"{moment.isoformat()} INFO {number % 65536} --- [{noun}-{small}] took {number} ms"
    yield f'[{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET /{noun}s/{number} HTTP/1.1" 200 {number}'
    yield f"Slack ts {moment.timestamp():.6f}, epoch {int(moment.timestamp() * 1000)}"
    yield f"{noun} {number} of {moment:%Y-%m-%d}, {moment:%Y%m%d%H%M%S}{small:02}"
    yield f"{chinese}{moment:%Y%m%d}{number}，共{small}件，{moment:%Y年%m月%d日 %H:%M}"
    yield f"commit {sha}\nAuthor: bot\nfix the {noun} ({sha[:10]})"
    yield f"image: registry.test/{noun}@sha256:{some(random, HEX, 64)}"
    yield f"{noun}_id={uuid} request_id: {uuid} trace {some(random, HEX, 32)}"
    yield f"{noun}=={small}.{number % 100}.{number % 7}, {small}.0.0-rc{number % 9}+g{sha[:7]}"
    yield f"EUR {number:,}.{small:02}, {number / 100:.2f} USD, {small},{number % 1000:03} 元"
    yield f"at 0x{sha[:12]} in {noun}() {noun}.py:{number % 1000}, exit {small}, 0x{sha[:8]}"
    yield f"for i in range({number}): {noun}[i] = {small} * i + {number % 9973}"
    yield f"integrity sha512-{some(random, ALNUM + '+/', 86)}=="
    yield f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{some(random, ALNUM + '+/', 43)} {noun}"
    yield f"tokens: {number}, max_tokens={number % 4096}, {noun}_key_id: {some(random, ALNUM, 8)}"
    yield f"the {noun} password is wrong again, reset it by {moment:%H:%M} on page {small}"
    yield f"${{{noun.upper()}_TOKEN}} and <{noun}-password> and {{{{ {noun}_secret }}}}"
    yield f"{small} apples, {small * 3} pears, room {number % 500}, floor {small % 30}"
    yield f"{chinese}编号 {number}，进度{small}%，预算{number}元，{small}楼会议室"
    yield f"SKU {some(random, ascii_uppercase, 3)}-{number % 10**5}, lot {number}, shelf {small}"
    yield f"see https://wiki.test/{noun}/{number}?page={small}#{some(random, ascii_lowercase, 9)}"
    yield f"coordinates {small}.{number}, -{small}.{number % 10**6}; ratio {1 / small:.12f}"
    yield f"pg_dump --{noun}={small} --port 5432 | gzip > {noun}-{moment:%Y%m%d}.sql.gz"
    yield f"{noun}: {small}/{small + 7} passed, {number % 100} skipped in {number % 900}.{small}s"
    yield f"{noun.title()}Service.get{noun.title()}Key({small}) -> {noun}TokenProvider.instance"
