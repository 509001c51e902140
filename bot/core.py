"""What every way of running needs: settings in, everything but Slack out."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine

from bot.ledger.accounts import Accounts
from bot.ledger.counted import CountedLedger
from bot.ledger.database import connect
from bot.ledger.keeping import bases_of
from bot.ledger.keys import Keys
from bot.ledger.ledger import Ledger
from bot.ledger.nightly import Nightly
from bot.ledger.reviewing import Desk
from bot.ledger.writer import GATHER_S, Writer
from bot.lending import keys_of
from bot.life.breaker import Breaker
from bot.life.engine import GuardedModel, breakers
from bot.life.metrics import Metrics
from bot.life.run import Work
from bot.marking import Marking, ProvenanceRefused, signer_for
from bot.masking import Restored
from bot.moderating import Moderation, moderation
from bot.reports import BotTools
from bot.roles import Roles
from bot.runs import Finders
from bot.settings import EngineSettings, HostSettings, Settings, SettingsError, Verb
from bot.sheets import Sheets
from bot.sources import Sources
from bot.stops import Stops
from bot.vetting import GateVetting
from generators.draft import Generator
from generators.host import Host, Kind
from generators.support.shelf import Shelf
from moderation.gate import Gate
from moderation.policy_file import PolicyFile
from moderation.provenance.marks import Signing


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every way of running needs: no Slack in it."""

    settings: Settings
    gate: Gate
    ledger: Ledger
    writer: Writer
    keys: Keys
    generators: Mapping[str, Generator]
    shelf: Shelf
    roles: Roles = field(default_factory=Roles)
    """Knows nobody before it is told whom to ask."""
    sources: Sources = field(default_factory=Sources)
    """Neither does this."""
    finders: Finders = field(default_factory=Finders)
    """Nor this."""
    metrics: Metrics = field(default_factory=Metrics)
    guards: Mapping[str, Breaker] = field(default_factory=breakers)
    """What knows whether the engine answers, by kind of model."""
    rules: PolicyFile | None = None
    """Where the gate's rules come from; None where they never change."""
    budgets: Work | None = None
    """Brings up to date what `/metrics` shows of budgets."""
    nightly: Work | None = None
    """Checks the books once a day."""
    stops: Stops = field(default_factory=Stops)
    """What is told when a person presses stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What is open while anything runs, and closed when it ends."""

    settings: Settings
    database: Engine
    keys: Keys
    writer: Writer
    judging: Moderation
    model: GuardedModel
    shelf: Shelf
    metrics: Metrics
    guards: Mapping[str, Breaker]


@asynccontextmanager
async def core(settings: Settings, *, resident: bool = False) -> AsyncGenerator[Core]:
    """Open the database, the engine's client and the knowledge bases.

    `resident`: this is the bot of this database, and not a command beside one.
    """
    async with _opened(settings, resident=resident) as opened:
        yield _core(opened)


@asynccontextmanager
async def _opened(settings: Settings, *, resident: bool) -> AsyncGenerator[_Opened]:
    judging, database = moderation(settings), connect(settings.database)
    keys = await asyncio.to_thread(keys_of, settings, database, resident=resident)
    metrics, guards = Metrics(), breakers()
    writer = Writer(database, metrics.committed, gather_s=GATHER_S)
    model = _model(settings).guarded(guards)
    shelf = Shelf(bases_of(settings.data, database), model)
    try:
        yield _Opened(
            settings=settings,
            database=database,
            keys=keys,
            writer=writer,
            judging=judging,
            model=model,
            shelf=shelf,
            metrics=metrics,
            guards=guards,
        )
    finally:
        await shelf.close()
        await judging.close()
        await model.close()
        await asyncio.to_thread(writer.close)


def _core(opened: _Opened) -> Core:
    settings, metrics = opened.settings, opened.metrics
    accounts, signer = accounts_of(settings), _signer(settings)
    ledger = CountedLedger(opened.writer, settings.lease_s, opened.keys, accounts).counting(metrics)
    roles = Roles(granted=settings.roles, access=settings.access)
    gate = opened.judging.gate.counting(metrics)
    gate.sheets = Sheets(producer=settings.provenance.producer, signer=signer)
    tools = _tools(opened, gate, ledger, roles)
    return Core(
        settings=settings,
        gate=gate,
        ledger=ledger,
        writer=opened.writer,
        keys=opened.keys,
        generators=_generators(settings, tools, signer),
        shelf=opened.shelf,
        roles=roles,
        sources=tools.sources,
        finders=tools.finders,
        metrics=metrics,
        guards=opened.guards,
        rules=opened.judging.file,
        budgets=ledger.look,
        nightly=Nightly(engine=opened.database, metrics=metrics).run,
    )


def _tools(opened: _Opened, gate: Gate, ledger: Ledger, roles: Roles) -> BotTools:
    settings = opened.settings
    return BotTools(
        model=opened.model,
        knowledge=opened.shelf,
        vetting=GateVetting(gate),
        ledger=ledger,
        verbs=settings.verbs,
        roles=roles,
        currency=settings.prices.currency,
        feeds=settings.feeds,
        sources=Sources(roles=roles, reviewers=settings.reviewers_channel),
        desk=Desk(opened.writer, opened.keys, accounts_of(settings)),
    )


def accounts_of(settings: Settings) -> Accounts:
    """Return the prices and budgets of an installation."""
    return Accounts(prices=settings.prices, budgets=settings.budgets)


def _model(settings: Settings) -> GuardedModel:
    engine = settings.engine
    model = GuardedModel(
        settings.engine.base_url,
        engine.api_key.get_secret_value(),
        timeout_s=engine.timeout_s,
        chosen=_chosen(engine),
    )
    apart: Mapping[Kind, HostSettings] = {
        "chat": engine.text,
        "image": engine.image,
        "embed": engine.embed,
    }
    return model.apart({kind: _host(kind, given) for kind, given in apart.items() if given.url})


def _host(kind: Kind, given: HostSettings) -> Host:
    key = given.api_key.get_secret_value()
    return Host(given.url, key, timeout_s=given.timeout_s, chosen={kind: given.model})


def _chosen(engine: EngineSettings) -> dict[str, str]:
    named = {"chat": engine.text_model, "image": engine.image_model, "embed": engine.embed_model}
    return {kind: model for kind, model in named.items() if model}


def _signer(settings: Settings) -> Signing | None:
    try:
        return signer_for(settings.provenance, settings.data)
    except ProvenanceRefused as error:
        raise SettingsError(str(error)) from error


def _generators(
    settings: Settings, tools: BotTools, signer: Signing | None
) -> Mapping[str, Generator]:
    """Return what answers each verb; every picture of theirs says that a model made it."""
    producer = settings.provenance.producer
    made = ((name, Restored(_made(name, verb, tools))) for name, verb in settings.verbs.items())
    return {name: Marking(inner=inner, producer=producer, signer=signer) for name, inner in made}


def _made(name: str, verb: Verb, tools: BotTools) -> Generator:
    module, _, kind = verb.use.partition(":")
    try:
        made: Generator = getattr(importlib.import_module(module), kind)(tools, **verb.options)
    except (ImportError, AttributeError, TypeError, ValueError, OSError) as error:
        raise SettingsError(
            f"The setting verbs.{name}.use names {verb.use}, which cannot be made: {error}."
        ) from error
    return made
