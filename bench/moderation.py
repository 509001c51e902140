"""What the rules for secrets and personal data find and cost, beside Presidio and detect-secrets.

All texts are made anew by the makers of the tests: settings files, chat, logs and code in English
and Chinese, with a drawn value in them, with a stand-in, or with nothing. What the rules find there
is no estimate for foreign texts, since the same people wrote both; the peers' share shows how far
these texts are from what the peers know. Costs are CPU time of one thread.
"""

import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.figures import Figure, Skipped
from generators.draft import Text
from moderation.checks.pii import Pii
from moderation.checks.secrets import Secrets
from moderation.finding import Check
from moderation.tables import Direction
from tests.moderation.leaks import FILES, KEY, PASS, SAID, STANDINS, filled
from tests.moderation.ordinary import ordinary
from tests.moderation.planted import TOKENS, card, email, german_iban, mobile, resident_id, seeded

DRAWS: Final = 6
"""So many values are drawn for each form."""
ROUNDS: Final = 3
TIMES: Final = 20
"""So many times quicker than its peer each check is to be."""
_COVERED: Final = 0.8
"""The share of a value that must be covered to count as found."""

Case = tuple[str, str]
"""A text, and the value in it that is to be found; nothing where nothing is."""
Find = Callable[[str], Sequence[str]]
"""Returns the parts of a text that were found."""

_ENGLISH: Final = ("please call {} today", "Write to {} about it.", "It is {}, thanks", "{}")
_CHINESE: Final = ("请联系{}，谢谢", "资料：{}。", "是{}", "电话或账号{}别外传")


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure the rules, then the learned heads; a part that cannot run says why on stderr."""
    reasons = []
    for part in (_secrets, _personal, _learned):
        try:
            yield from part(scale)
        except Skipped as why:
            reasons.append(str(why))
    for reason in reasons:
        print(f"moderation: skipped: {reason}", file=sys.stderr)


def _learned(scale: float) -> Iterator[Figure]:
    # Its weights' training data is read, which needs more than the rules do.
    return importlib.import_module("bench.quality").quality(scale)


def _secrets(scale: float) -> Iterator[Figure]:
    draws = max(1, round(DRAWS * scale))
    files, chat = _leaks(draws), _said(draws)
    harmless = _harmless(draws)
    with ExitStack() as stack:
        theirs = _detect_secrets(stack)
        for what, cases in (("leaked files", files), ("chat", chat)):
            yield _share(f"secrets found, {what}", cases, (_ours(Secrets()), theirs))
        yield _share("no secret, yet flagged", harmless, (_ours(Secrets()), theirs))
        costs = {"all": (*files, *chat, *harmless), "leaked files": files, "chat that leaks": chat}
        for what, cases in costs.items():
            texts = [text for text, _ in cases]
            yield _cost(f"secrets, {what}", texts, (_ours(Secrets()), theirs), "detect-secrets")


def _personal(scale: float) -> Iterator[Figure]:
    draws = max(1, round(DRAWS * scale))
    ours, theirs = _ours(Pii()), _presidio()
    english, chinese = _people(_ENGLISH, draws), _people(_CHINESE, draws)
    for what, cases in (("English", english), ("Chinese", chinese)):
        yield _share(f"personal data found, {what}", cases, (ours, theirs), "Presidio")
    harmless = [(line, "") for draw in range(draws) for line in ordinary(seeded(draw))]
    yield _share("nobody's number, yet flagged", harmless, (ours, theirs), "Presidio")
    for what, cases in (("English", english), ("Chinese", chinese), ("logs, code", harmless)):
        yield _cost(
            f"personal data, {what}", [text for text, _ in cases], (ours, theirs), "Presidio"
        )


def _leaks(draws: int) -> list[Case]:
    cases = []
    for name, (template, make) in FILES.items():
        random = seeded(name)
        for _ in range(draws):
            value = make(random)
            cases.append((filled(template, value), value.splitlines()[0]))
    return cases


def _said(draws: int) -> list[Case]:
    random = seeded("said")
    cases = []
    for sentence in SAID:
        for _ in range(draws):
            value = PASS(random) if "Bearer" not in sentence else KEY(random)
            cases.append((filled(sentence, value), value))
    for make in TOKENS.values():
        token = make(random)
        cases.append((f"here is the key {token}, 别外传", token))
    return cases


def _harmless(draws: int) -> list[Case]:
    forms = [template for template, _ in FILES.values()]
    standins = [(filled(form, each), "") for form in (*forms, *SAID) for each in STANDINS[:draws]]
    return [*standins, *((line, "") for draw in range(draws) for line in ordinary(seeded(draw)))]


def _people(sentences: Sequence[str], draws: int) -> list[Case]:
    random = seeded("people")
    makers = (email, mobile, card, german_iban, resident_id)
    values = [(each, make(random)) for each in sentences for make in makers for _ in range(draws)]
    return [(sentence.format(value), value) for sentence, value in values]


def _share(
    what: str, cases: Sequence[Case], finds: tuple[Find, Find], peer_is: str = "detect-secrets"
) -> Figure:
    ours, theirs = (_percent(find, cases) for find in finds)
    return Figure(what=what, unit="%", ours=ours, peer=theirs, peer_is=peer_is)


def _percent(find: Find, cases: Sequence[Case]) -> float:
    return 100 * sum(_is_found(find(text), value) for text, value in cases) / len(cases)


def _is_found(found: Sequence[str], value: str) -> bool:
    if not value:
        return bool(found)
    covered = max((len(part) for part in found if part in value or value in part), default=0)
    return covered >= _COVERED * len(value)


def _cost(what: str, texts: Sequence[str], finds: tuple[Find, Find], peer_is: str) -> Figure:
    """Return the least CPU time for each text of some rounds taken in turns."""
    rounds = [[_us_each(find, texts) for find in finds] for _ in range(ROUNDS)]
    ours, theirs = (min(costs) for costs in zip(*rounds, strict=True))
    goal = theirs / TIMES
    return Figure(what=what, unit="us a text", ours=ours, peer=theirs, peer_is=peer_is, goal=goal)


def _us_each(find: Find, texts: Sequence[str]) -> float:
    started = time.thread_time()
    for text in texts:
        find(text)
    return (time.thread_time() - started) * 1e6 / len(texts)


def _ours(check: Check) -> Find:
    def find(text: str) -> list[str]:
        return [text[f.start : f.end] for f in check.inspect(Text(text), Direction.OUTPUT)]

    return find


def _module(name: str, package: str) -> Any:  # noqa: ANN401 - a peer's module, which has no types
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        raise Skipped(f"{package} is not installed; `pip install '.[peers]'`.") from missing


def _detect_secrets(stack: ExitStack) -> Find:
    """Return detect-secrets over a file: of its ways the one that heeds its own limits."""
    scan = _module("detect_secrets.core.scan", "detect-secrets").scan_file
    stack.enter_context(_module("detect_secrets.settings", "detect-secrets").default_settings())
    file = Path(stack.enter_context(TemporaryDirectory())) / "text.txt"

    def find(text: str) -> list[str]:
        file.write_text(text, encoding="utf-8")
        return [secret.secret_value for secret in scan(str(file))]

    return find


def _presidio() -> Find:
    """Return Presidio with an empty language model, as it is offline; it looks nothing up."""
    analyzer, spacy = _module("presidio_analyzer", "Presidio"), _module("spacy", "spaCy")
    tldextract = _module("tldextract", "Presidio")
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    engine = _module("presidio_analyzer.nlp_engine", "Presidio").SpacyNlpEngine()
    engine.nlp = {"en": spacy.blank("en")}
    found = analyzer.AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]).analyze

    def find(text: str) -> list[str]:
        return [text[one.start : one.end] for one in found(text=text, language="en")]

    return find
