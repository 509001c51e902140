import pytest

from bot.delivery.marks import key_of, metadata, task_id, tasks

KEY = ("0f" * 16, 0)


def card(**given: object) -> dict[str, object]:
    return {"blocks": [{"type": "task_card", "task_id": task_id(KEY), **given}]}


@pytest.mark.parametrize("part", [0, 3, -2, 1001])
def test_a_message_is_known_by_its_metadata_and_a_stream_by_its_task(part: int) -> None:
    key = (KEY[0], part)
    assert key_of({"metadata": metadata(key)}) == key
    assert key_of(card(task_id=task_id(key))) == key


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"metadata": None, "blocks": None},
        {"metadata": {"event_type": "other", "event_payload": {"request_id": "a", "part": 0}}},
        {"metadata": {"event_type": "atelier_message", "event_payload": {"request_id": "a"}}},
        card(type="section"),
        card(task_id="atelier-0f0f-0"),
        card(task_id=f"{task_id(KEY)} "),
        card(task_id=None),
    ],
)
def test_what_others_say_is_not_ours(message: dict[str, object]) -> None:
    assert key_of(message) is None


def test_tasks_are_told_from_other_blocks() -> None:
    task = {"type": "task_card", "task_id": task_id(KEY)}
    assert tasks({"blocks": [{"type": "markdown", "text": "x"}, task]}) == [task]
