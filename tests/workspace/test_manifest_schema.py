"""Our app's manifest is one that Slack's published schema accepts, as is what the tests load."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.manifest import manifest
from bot.settings import load

jsonschema = pytest.importorskip("jsonschema", reason="the schema needs the package jsonschema")


@pytest.fixture
def schema(slack_data: Path) -> dict[str, Any]:
    return json.loads((slack_data / "manifest/manifest.schema.2.0.0.json").read_text())


def _errors(schema: dict[str, Any], given: object) -> list[str]:
    kind = jsonschema.validators.validator_for(schema)
    return [error.message for error in kind(schema).iter_errors(given)]


def test_the_bots_manifest_is_valid(schema: dict[str, Any]) -> None:
    assert _errors(schema, json.loads(json.dumps(manifest(load().verbs)))) == []


def test_the_schema_tells_a_good_manifest_from_a_bad_one(
    schema: dict[str, Any], slack_data: Path
) -> None:
    valid = json.loads((slack_data / "manifest/manifest.valid.json").read_text())
    invalid = json.loads((slack_data / "manifest/manifest.invalid.json").read_text())
    assert _errors(schema, valid) == []
    assert _errors(schema, invalid) != []


def test_a_misspelled_key_is_found(schema: dict[str, Any]) -> None:
    made = manifest(load().verbs)
    made["settings"]["socket_mode"] = made["settings"].pop("socket_mode_enabled")
    assert _errors(schema, made) != []
