"""What Slack's error codes mean for a message (docs.slack.dev/reference/methods)."""

GONE = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
    }
)
"""A message cannot go to this channel, but may go to the person."""

DELETED = frozenset({"message_not_found", "thread_not_found", "file_not_found", "file_deleted"})
"""There is nothing to delete (any more)."""

UNFIT = frozenset(
    {
        "block_mismatch",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_blocks_too_many",
        "msg_too_long",
        "no_text",
    }
)
"""Slack does not show this message in this form."""

STREAMING = "streaming_state_conflict"
"""A message is not changed while it is streamed into."""

OVER = frozenset({"message_not_in_streaming_state", "stopped_by_user", "message_not_found"})
"""A stream has ended already: it was stopped, or is older than five minutes."""

STREAMLESS = frozenset(
    {
        "feature_disabled",
        "feature_not_enabled",
        "missing_scope",
        "not_allowed_token_type",
        "not_authorized",
        "not_subscribed_to_message_stream_stopped",
        "unknown_method",
    }
)
"""This workspace has no streams or sessions for us, whatever is asked."""

FAILED = frozenset({"internal_error", "fatal_error", "ratelimited", "service_unavailable"})
"""Slack failed to look, which says nothing of what is there."""

UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""After these "some aspect of the operation" may have succeeded, or not."""
