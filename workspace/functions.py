"""The app's functions: steps that a workflow would run, here started by the control API.

A function is declared in the manifest (`functions`, by callback id); its run ends when the app
calls functions.completeSuccess or completeError. Parameters' types are not checked, only that the
required ones are there and the others declared.
"""

from dataclasses import replace

from workspace.people import APP_ID, BOT_USER, CREATED
from workspace.state import Execution, Workspace
from workspace.wire import Json, Refused, SlackError


def run(ws: Workspace, callback_id: str, inputs: Json) -> Execution:
    """Start a function: `function_executed`. Refused when it is unknown or lacks an input."""
    declared = (ws.manifest.get("functions") or {}).get(callback_id)
    if not isinstance(declared, dict):
        raise Refused("unknown_function", 404)
    function = _described(ws, callback_id, declared)
    if _problems(function["input_parameters"], inputs):
        raise Refused("parameter_validation_failed")
    execution = Execution(id=ws.ids.next("Fx"), function=function, inputs=inputs)
    ws.executions[execution.id] = execution
    ws.announce(_event(ws, execution))
    return execution


def complete(ws: Workspace, identity: str, outputs: Json) -> None:
    """End a run well; SlackError when it is not running or the outputs do not fit."""
    execution = _running(ws, identity)
    problems = _problems(execution.function["output_parameters"], outputs)
    if problems:
        raise SlackError("parameter_validation_failed", [f"[ERROR] {each}" for each in problems])
    ws.executions[identity] = replace(execution, state="completed", outputs=outputs)


def fail(ws: Workspace, identity: str, error: str) -> None:
    """End a run badly; SlackError when it is not running."""
    ws.executions[identity] = replace(_running(ws, identity), state="failed", error=error)


def card(execution: Execution) -> Json:
    """Return a run as the control API shows it."""
    return {
        "function_execution_id": execution.id,
        "callback_id": execution.function["callback_id"],
        "inputs": execution.inputs,
        "state": execution.state,
        "outputs": execution.outputs,
        "error": execution.error,
    }


def _running(ws: Workspace, identity: str) -> Execution:
    execution = ws.executions.get(identity)
    if execution is None:
        raise SlackError("function_execution_not_found")
    if execution.state != "running":
        raise SlackError("execution_not_in_running_state")
    return execution


def _problems(parameters: list[Json], given: Json) -> list[str]:
    known = {each["name"] for each in parameters}
    needed = {each["name"] for each in parameters if each["is_required"]}
    return [f"missing parameter: {name}" for name in sorted(needed - given.keys())] + [
        f"unknown parameter: {name}" for name in sorted(given.keys() - known)
    ]


def _described(ws: Workspace, callback_id: str, declared: Json) -> Json:
    return {
        "id": ws.ids.next("Fn"),
        "callback_id": callback_id,
        "title": declared.get("title", ""),
        "description": declared.get("description", ""),
        "type": "app",
        "input_parameters": _parameters(declared.get("input_parameters") or {}),
        "output_parameters": _parameters(declared.get("output_parameters") or {}),
        "app_id": APP_ID,
        "date_created": CREATED,
        "date_updated": CREATED,
        "date_deleted": 0,
    }


def _parameters(declared: Json) -> list[Json]:
    needed = declared.get("required") or []
    return [
        {
            "type": each.get("type", "string"),
            "name": name,
            "description": each.get("description", ""),
            "title": each.get("title", ""),
            "is_required": name in needed,
        }
        for name, each in (declared.get("properties") or {}).items()
    ]


def _event(ws: Workspace, execution: Execution) -> Json:
    return {
        "type": "function_executed",
        "function": execution.function,
        "inputs": execution.inputs,
        "function_execution_id": execution.id,
        "workflow_execution_id": ws.ids.next("Wx"),
        "event_ts": ws.ids.ts(),
        "bot_access_token": ws.directory.token_of(ws.directory.users[BOT_USER]),
    }
