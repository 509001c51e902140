/** A person's own upload, shared with nobody yet: over the Web API, with their token. */

import { ControlError } from "./api.js";

async function call(user, method, args) {
  const headers = { Authorization: `Bearer xoxp-${user}` };
  const form = new URLSearchParams();
  for (const [key, value] of Object.entries(args)) {
    form.set(key, typeof value === "string" ? value : JSON.stringify(value));
  }
  const reply = await fetch(`/api/${method}`, { method: "POST", headers, body: form });
  const body = await reply.json();
  if (!body.ok) throw new ControlError(body.error);
  return body;
}

const PAUSE_MS = 200;
const TRIES = 25;

/** A stored file, once the workspace has looked at its content (or does not in five seconds). */
async function looked(user, file) {
  for (let n = 0; ; n += 1) {
    const { file: stored } = await call(user, "files.info", { file });
    if (stored.mimetype || n === TRIES) return stored;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Upload a file; returns its file object. */
export async function uploadPrivately(user, file) {
  const about = { filename: file.name, length: String(file.size) };
  const asked = await call(user, "files.getUploadURLExternal", about);
  await fetch(new URL(asked.upload_url).pathname, { method: "POST", body: file });
  await call(user, "files.completeUploadExternal", { files: [{ id: asked.file_id, title: file.name }] });
  return looked(user, asked.file_id);
}
