"""The app's functions: started as a workflow would, ended by the app."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client, ControlError
from workspace.state import Workspace

DRAFT = {
    "title": "Draft",
    "description": "Writes",
    "input_parameters": {"properties": {"topic": {"type": "string"}}, "required": ["topic"]},
    "output_parameters": {"properties": {"text": {"type": "string"}}, "required": ["text"]},
}


@pytest.fixture
async def declared(control: Client) -> None:
    await control.manifest({"functions": {"draft": DRAFT}})


@pytest.mark.usefixtures("declared")
async def test_a_function_runs_and_succeeds(bot: Any, control: Client) -> None:
    bot.record("function_executed")
    await bot.connect()
    run = await control.function("draft", {"topic": "狐狸"})
    event = (await bot.next())["event"]
    assert event["function"]["callback_id"] == "draft"
    assert event["inputs"] == {"topic": "狐狸"}
    (needed,) = event["function"]["output_parameters"]
    assert (needed["name"], needed["is_required"]) == ("text", True)
    own = AsyncWebClient(event["bot_access_token"], base_url=bot.client.base_url)
    execution = event["function_execution_id"]
    assert execution == run["function_execution_id"]
    await own.functions_completeSuccess(function_execution_id=execution, outputs={"text": "x"})
    (ended,) = (await control.get("executions"))["executions"]
    assert (ended["state"], ended["outputs"]) == ("completed", {"text": "x"})


@pytest.mark.usefixtures("declared")
async def test_a_function_fails_once(slack: AsyncWebClient, control: Client) -> None:
    run = (await control.function("draft", {"topic": "x"}))["function_execution_id"]
    await slack.functions_completeError(function_execution_id=run, error="no model")
    (ended,) = (await control.get("executions"))["executions"]
    assert (ended["state"], ended["error"]) == ("failed", "no model")
    with pytest.raises(SlackApiError, match="execution_not_in_running_state"):
        await slack.functions_completeError(function_execution_id=run, error="again")


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize(
    ("outputs", "error"),
    [
        ({}, "parameter_validation_failed"),
        ({"text": "x", "other": 1}, "parameter_validation_failed"),
        ("[", "invalid_arguments"),
        ([], "invalid_arguments"),
    ],
)
async def test_outputs_that_do_not_fit(
    slack: AsyncWebClient, control: Client, outputs: Any, error: str
) -> None:
    run = (await control.function("draft", {"topic": "x"}))["function_execution_id"]
    given = {"function_execution_id": run, "outputs": outputs}
    with pytest.raises(SlackApiError, match=error):
        await slack.api_call("functions.completeSuccess", json=given)


@pytest.mark.usefixtures("declared")
async def test_only_the_app_ends_a_known_run(ws: Workspace, slack: AsyncWebClient) -> None:
    given = {"function_execution_id": "Fx1", "error": "x"}
    with pytest.raises(SlackApiError, match="function_execution_not_found"):
        await slack.functions_completeError(**given)
    ana = AsyncWebClient("xoxp-ana", base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match="access_denied"):
        await ana.functions_completeError(**given)


@pytest.mark.usefixtures("declared")
async def test_a_run_needs_its_inputs(control: Client) -> None:
    for inputs in ({"other": 1}, {"topic": "x", "other": 1}):
        with pytest.raises(ControlError, match="parameter_validation_failed"):
            await control.function("draft", inputs)
