/** The workspace's control API and event stream, as calls. */

/** A refused control call; `code` is the server's error name. */
export class ControlError extends Error {
  constructor(code, detail = "") {
    super(detail || code);
    Object.assign(this, { code, detail });
  }
}

async function request(path, options) {
  const reply = await fetch(`/_control/${path}`, options);
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok || body.ok === false) throw refusal(reply, body);
  return body;
}

const refusal = ({ status }, { error, message }) => new ControlError(error ?? `http_${status}`, message);

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
export const payloads = (kind) => query("payloads", { kind });
export const faults = () => query("faults", {});
export const addFault = (rule) => post("faults", rule);
export const clearFaults = (id) => request(id ? `faults?id=${encodeURIComponent(id)}` : "faults", { method: "DELETE" });
export const advance = (advance_s) => post("clock", { advance_s });

export const say = (body) => post("say", body);
export const broadcast = (body) => post("broadcast", body);
export const edit = (body) => post("edit", body);
export const remove = (body) => post("delete", body);
export const react = (body) => post("react", body);
export const slash = (body) => post("slash", body);
export const click = (body) => post("click", body);
export const suggest = (body) => post("suggest", body);
export const submit = (body) => post("submit", body);
export const closeView = (body) => post("close_view", body);
export const shortcut = (body) => post("shortcut", body);
export const openHome = (user, tab) => post("home", { user, tab });
export const stop = (body) => post("stop", body);
export const read = (body) => post("read", body);
export const context = (user, channel) => post("context", { user, channel });

export const createChannel = (body) => post("channel", body);
export const join = (user, channel) => post("join", { user, channel });
export const leave = (user, channel) => post("leave", { user, channel });
export const archive = (user, channel) => post("archive", { user, channel });
export const invite = (user, channel, invited) => post("invite", { user, channel, invited });
export const kick = (user, channel, removed) => post("kick", { user, channel, removed });
export const direct = (user, users) => post("dm", { user, users });

/** Post a file with an optional text; `fields` are user, channel, thread_ts, text. */
export function upload(file, fields) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) if (value) form.set(key, value);
  form.set("file", file);
  return request("upload", { method: "POST", body: form });
}

/** Events of a person's stream after `from` up to and including `to`, as far as they are kept. */
export async function past(user, from, to) {
  const ended = new AbortController();
  const args = new URLSearchParams({ user, last_event_id: from });
  const reply = await fetch(`/_control/events?${args}`, { signal: ended.signal });
  const found = [];
  let rest = "";
  for await (const part of lines(reply.body)) {
    const chunks = (rest + part).split("\n\n");
    rest = chunks.pop();
    for (const [, id, data] of chunks.map((chunk) => /^id: (\d+)\ndata: (.*)$/.exec(chunk) ?? [])) {
      if (Number(id) <= to) found.push(JSON.parse(data));
      if (Number(id) >= to) return ended.abort(), found;
    }
    if (chunks.includes(": idle")) return ended.abort(), found;
  }
  return found;
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
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
