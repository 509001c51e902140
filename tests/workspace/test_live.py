"""A state machine: calls, presses and passing time in any order against a small model."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from workspace import agent_acts, threads
from workspace.args import Call
from workspace.delivery import Ack
from workspace.live import STREAM_S
from workspace.methods.table import METHODS
from workspace.people import BOT_USER
from workspace.state import Workspace
from workspace.wire import Json, Refused, SlackError

WORDS = st.text(alphabet="abc 世界", min_size=1, max_size=8).filter(str.strip)
TO_ANA = {"recipient_user_id": "U0ANA", "recipient_team_id": "T0LOCAL00"}
PATIENCE_S = 5.0
CLOSED = {"completed": "message_not_in_streaming_state", "stopped": "stopped_by_user"}


class Quiet(Workspace):
    """A workspace whose app is not connected; it keeps the events that would go out."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Json] = []

    @override
    def announce(self, event: Json) -> asyncio.Task[Ack | None] | None:
        self.told.append(event)
        return None


@dataclass(slots=True, kw_only=True)
class Model:
    """What a stream should be: its state, mode, words, tasks, age, and its text after an update."""

    state: str = "live"
    mode: str = ""
    words: str = ""
    tasks: dict[str, str] = field(default_factory=dict)
    age_s: float = 0.0
    updated: str = ""


class Streams(RuleBasedStateMachine):
    """Drives the methods in one event loop, on the workspace's own clock."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.ws = Quiet()
        self.general = self.ws.directory.channels["C0GENERAL"]
        self.models: dict[str, Model] = {}
        asked = {"user": "U0ANA", "text": "q"}
        self.thread_ts = str(self.call("chat.postMessage", **asked)["ts"])

    @override
    def teardown(self) -> None:
        self.runner.run(self.ws.close())
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        async def settled() -> Any:
            done = await asyncio.wait_for(work, PATIENCE_S)
            await asyncio.sleep(0)
            return done

        return self.runner.run(settled())

    def call(self, method: str, **given: Any) -> Json:
        async def answer() -> Json:
            caller = self.ws.directory.users[BOT_USER]
            call = Call(ws=self.ws, caller=caller, given={"channel": "C0GENERAL", **given})
            made = METHODS[method].run(call)
            return await made if asyncio.iscoroutine(made) else made

        try:
            return {"ok": True, **self.run(answer())}
        except SlackError as error:
            return error.body()

    def pick(self, data: st.DataObject) -> tuple[str, Model]:
        ts = data.draw(st.sampled_from(sorted(self.models)))
        return ts, self.models[ts]

    @rule(words=WORDS, mode=st.sampled_from(["", "text", "chunks"]), is_reply=st.booleans())
    def start(self, words: str, mode: str, *, is_reply: bool) -> None:
        given = {} if not mode else _content(mode, words)
        place = {"thread_ts": self.thread_ts} if is_reply else {}
        answer = self.call("chat.startStream", **place, **given, **TO_ANA)
        assert answer["ok"]
        self.models[answer["ts"]] = Model(mode=mode, words=words if mode else "")

    @precondition(lambda self: self.models)
    @rule(data=st.data(), words=WORDS, mode=st.sampled_from(["text", "chunks"]))
    def append(self, data: st.DataObject, words: str, mode: str) -> None:
        ts, model = self.pick(data)
        answer = self.call("chat.appendStream", ts=ts, **_content(mode, words))
        assert answer.get("error") == self._refusal(model, mode)
        if answer["ok"]:
            model.mode, model.words = mode, model.words + words

    @precondition(lambda self: self.models)
    @rule(data=st.data(), name=st.sampled_from("xy"), status=st.sampled_from(["pending", "error"]))
    def report(self, data: st.DataObject, name: str, status: str) -> None:
        ts, model = self.pick(data)
        chunk = {"type": "task_update", "id": name, "title": f"任务 {name}", "status": status}
        answer = self.call("chat.appendStream", ts=ts, chunks=[chunk])
        assert answer.get("error") == self._refusal(model, "chunks")
        if answer["ok"]:
            model.mode, model.tasks[name] = "chunks", status

    @precondition(lambda self: self.models)
    @rule(data=st.data())
    def append_nothing(self, data: st.DataObject) -> None:
        ts, model = self.pick(data)
        answer = self.call("chat.appendStream", ts=ts)
        assert answer["error"] == (self._refusal(model, "") or "no_text")

    @precondition(lambda self: self.models)
    @rule(data=st.data(), words=WORDS, mode=st.sampled_from(["", "text", "chunks"]))
    def stop(self, data: st.DataObject, words: str, mode: str) -> None:
        ts, model = self.pick(data)
        given = _content(mode, words) if mode else {}
        answer = self.call("chat.stopStream", ts=ts, **given)
        expected = self._refusal(model, mode)
        assert answer.get("error") == (expected and expected.replace(*STOP_CODE))
        if answer["ok"]:
            model.words += words if mode else ""
            model.state = "completed"

    @rule()
    def press_stop(self) -> None:
        live = [ts for ts, each in sorted(self.models.items()) if each.state == "live"]
        mine = [ts for ts in live if "thread_ts" in self.general.messages[ts]]
        ana = self.ws.directory.users["U0ANA"]
        pressed = agent_acts.stop(self.ws, ana, self.general, self.thread_ts)
        if not mine and not threads.busy(self.ws, self.general, self.thread_ts):
            with pytest.raises(Refused, match="nothing_to_stop"):
                self.run(pressed)
            return
        assert self.run(pressed)["streaming_message_ts"] == mine
        assert self.ws.told[-1]["type"] == "agent_session_stopped"
        for ts in mine:
            self.models[ts].state = "stopped"

    @rule(seconds=st.sampled_from([1.0, 100.0, STREAM_S - 50, STREAM_S, 4000.0]))
    def advance(self, seconds: float) -> None:
        async def wait() -> None:
            self.ws.clock.advance(seconds)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        self.run(wait())
        for model in self.models.values():
            model.age_s += seconds
            if model.state == "live" and model.age_s >= STREAM_S:
                model.state = "completed"

    @precondition(lambda self: self.models)
    @rule(data=st.data(), words=WORDS)
    def update(self, data: st.DataObject, words: str) -> None:
        ts, model = self.pick(data)
        answer = self.call("chat.update", ts=ts, text=words)
        conflict = "streaming_state_conflict" if model.state == "live" else None
        assert answer.get("error") == conflict
        if answer["ok"]:
            model.updated = words

    @precondition(lambda self: any(each.state != "live" for each in self.models.values()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        ended = [ts for ts, each in sorted(self.models.items()) if each.state != "live"]
        ts = data.draw(st.sampled_from(ended))
        assert self.call("chat.delete", ts=ts)["ok"]
        del self.models[ts]
        assert self.call("chat.appendStream", ts=ts, markdown_text="x")["error"] in GONE

    @invariant()
    def messages_are_as_the_model_says(self) -> None:
        for ts, model in self.models.items():
            message = self.general.messages[ts]
            state = "in_progress" if model.state == "live" else "completed"
            assert message["streaming_state"] == state
            assert "".join(message["text"].split()) == "".join(_text(model).split())

    @invariant()
    def the_page_was_shown_what_is_stored(self) -> None:
        shown: dict[str, Json] = {}
        for record in self.ws.journal.shown_to("U0ANA"):
            message = record.event.get("message") or {}
            shown[str(message.get("ts"))] = message
        for ts in self.models:
            assert _without_thread(shown[ts]) == _without_thread(self.general.messages[ts])

    def _refusal(self, model: Model, mode: str) -> str | None:
        if model.state != "live":
            return CLOSED[model.state]
        mixed = bool(mode and model.mode and mode != model.mode)
        return "invalid_arguments" if mixed else None


STOP_CODE = (CLOSED["stopped"], CLOSED["completed"])
GONE = {"message_not_found", "message_not_owned_by_app"}


def _content(mode: str, words: str) -> Json:
    if mode == "text":
        return {"markdown_text": words}
    return {"chunks": [{"type": "markdown_text", "text": words}]}


def _text(model: Model) -> str:
    if model.updated:
        return model.updated
    titles = [f"任务 {name}" for name in model.tasks] if model.state != "live" else []
    return " ".join([model.words, *titles])


def _without_thread(message: Json) -> Json:
    return {key: value for key, value in message.items() if not key.startswith(("reply", "latest"))}


Streams.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
test_streams = Streams.TestCase
