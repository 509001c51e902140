"""functions.completeSuccess, completeError."""

import json

from workspace import functions
from workspace.args import Call
from workspace.wire import Json, SlackError


def complete_success(call: Call) -> Json:
    """End a function's run with its outputs."""
    functions.complete(call.ws, _execution_id(call), _outputs(call))
    return {}


def complete_error(call: Call) -> Json:
    """End a function's run with a message for the person who waits."""
    functions.fail(call.ws, _execution_id(call), call.text("error"))
    return {}


def _execution_id(call: Call) -> str:
    if not call.caller.is_bot:
        raise SlackError("access_denied")
    return call.text("function_execution_id")


def _outputs(call: Call) -> Json:
    given = call.given.get("outputs")
    try:
        outputs = json.loads(given) if isinstance(given, str) else given
    except ValueError as error:
        raise SlackError("invalid_arguments", ["[ERROR] outputs must be an object"]) from error
    if not isinstance(outputs, dict):
        raise SlackError("invalid_arguments", ["[ERROR] outputs must be an object"])
    return outputs
