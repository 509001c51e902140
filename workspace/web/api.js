/** The workspace's control API and event stream, as calls. */

/** A refused control call; `code` is the server's error name. */
export class ControlError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

async function request(path, options) {
  const reply = await fetch(`/_control/${path}`, options);
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok || body.ok === false) throw new ControlError(body.error ?? `http_${reply.status}`);
  return body;
}

function query(path, args) {
  const given = Object.entries(args).filter(([, value]) => value != null);
  return request(`${path}?${new URLSearchParams(given)}`);
}

function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export const state = (user) => query("state", { user });
export const messages = (channel, thread_ts, user) => query("messages", { channel, thread_ts, user });
export const calls = (limit) => query("calls", { limit });
export const say = (body) => post("say", body);
export const slash = (body) => post("slash", body);
export const click = (body) => post("click", body);
export const submit = (body) => post("submit", body);
export const closeView = (body) => post("close_view", body);
export const shortcut = (body) => post("shortcut", body);
export const openHome = (user, tab) => post("home", { user, tab });
export const stop = (body) => post("stop", body);

/** Post a file with an optional text; `fields` are user, channel, thread_ts, text. */
export function upload(file, fields) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) if (value) form.set(key, value);
  form.set("file", file);
  return request("upload", { method: "POST", body: form });
}

/** Add or remove a reaction with the person's own token, over the Web API. */
export async function react(user, add, args) {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer xoxp-${user}` };
  const url = `/api/reactions.${add ? "add" : "remove"}`;
  const reply = await fetch(url, { method: "POST", headers, body: JSON.stringify(args) });
  const body = await reply.json();
  if (!body.ok) throw new ControlError(body.error);
}

const REOPEN_MS = 1500;

/**
 * Follow one person's event stream after event `last`. The browser reconnects and replays by
 * itself; a stream that was refused for good is opened anew. `on.event`, `on.up(again)`, `on.down`.
 */
export function follow(user, last, on) {
  let opened = 0;
  let last_event_id = last;
  const open = () => {
    const source = new EventSource(`/_control/events?${new URLSearchParams({ user, last_event_id })}`);
    source.onopen = () => on.up(opened++ > 0);
    source.onmessage = ({ data, lastEventId }) => {
      last_event_id = lastEventId;
      on.event(JSON.parse(data));
    };
    source.onerror = () => {
      on.down();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, REOPEN_MS);
    };
  };
  open();
}
