/** The faults that the form offers, and how a rule reads. */

/** Each effect: a label, `make(value)`, and where it takes one, the first `value` and its unit. */
export const CALLS = {
  limited: { label: "Rate limited (429)", value: "2", unit: "seconds to wait", make: (n) => ({ status: 429, retry_after_s: Number(n) }) },
  broken: { label: "Server error (500)", make: () => ({ status: 500 }) },
  unavailable: { label: "Unavailable (503)", make: () => ({ status: 503 }) },
  error: { label: "Refused with an error", value: "channel_not_found", unit: "error code", make: (error) => ({ error }) },
  slow: { label: "Slow answer", value: "5", unit: "seconds", make: (n) => ({ delay_s: Number(n) }) },
  before: { label: "Connection cut before the call", make: () => ({ reset: "before" }) },
  after: { label: "Connection cut after the call", make: () => ({ reset: "after" }) },
  part: { label: "Answer cut short", value: "20", unit: "bytes", make: (n) => ({ truncate: Number(n) }) },
  late: { label: "Effect comes late", value: "10", unit: "seconds", make: (n) => ({ late_s: Number(n) }) },
  never: { label: "Effect never comes", make: () => ({ drop: true }) },
};

export const ENVELOPES = {
  never: { label: "Never sent", make: () => ({ drop: true }) },
  twice: { label: "Sent again", value: "1", unit: "copies", make: (n) => ({ duplicate: Number(n) }) },
  late: { label: "Sent late", value: "10", unit: "seconds", make: (n) => ({ late_s: Number(n) }) },
  slow: { label: "Acknowledgement late", value: "4", unit: "seconds", make: (n) => ({ delay_s: Number(n) }) },
  order: { label: "Sent after the next ones", value: "1", unit: "envelopes", make: (n) => ({ reorder: Number(n) }) },
  before: { label: "Connection cut before it", make: () => ({ reset: "before" }) },
  after: { label: "Connection cut after it", make: () => ({ reset: "after" }) },
};

export const AT_ONCE = {
  soft: { label: "Disconnect: refresh asked for", make: () => ({ disconnect: "soft" }) },
  hard: { label: "Disconnect: cut", make: () => ({ disconnect: "hard" }) },
  warning: { label: "Disconnect: warning", make: () => ({ disconnect: "warning" }) },
  disabled: { label: "Disconnect: Socket Mode off", make: () => ({ disconnect: "link_disabled" }) },
  removed: { label: "App removed from a channel", value: "support", unit: "channel", make: (name) => ({ remove_from: name }) },
  plain: { label: "Streaming not offered", make: () => ({ streaming: false }) },
  silent: { label: "Pings not answered", make: () => ({ pong: false }) },
};

export const METHODS =
  "* chat.postMessage chat.update chat.postEphemeral chat.startStream chat.appendStream chat.stopStream views.open views.update views.publish files.getUploadURLExternal files.completeUploadExternal files.info reactions.add conversations.replies users.info apps.connections.open".split(
    " ",
  );
export const KINDS_OF_ENVELOPE =
  "* events_api slash_commands interactive message app_mention app_home_opened agent_session_stopped file_shared block_actions view_submission shortcut message_action".split(
    " ",
  );

/** A rule for the control API. */
export function rule(target, effect, { name, nth, count, value }) {
  if (target === "now") return { match: {}, effect: effect.make(value) };
  const match = { [target === "call" ? "method" : "envelope"]: name || "*" };
  if (nth) match.nth = Number(nth);
  if (count) match.count = Number(count);
  return { match, effect: effect.make(value) };
}

/** A rule in a few characters: its effect, and when it is not always. */
export function describe(match, effect) {
  const given = Object.entries(effect).filter(([, value]) => value !== null && value !== 0 && value !== false);
  const parts = given.map(([key, value]) => (value === true ? key : `${key}=${value}`));
  if (match.nth) parts.push(`nth=${match.nth}`);
  if (match.count) parts.push(`count=${match.count}`);
  return parts.join(" ");
}
