"""The scenario's assertions explain themselves like a test's."""

import pytest

pytest.register_assert_rewrite("tests.workspace.clients.scenario")
