// The app of the scenario with @slack/web-api and @slack/socket-mode.
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { WebClient } from '@slack/web-api';
import * as shown from './shown.mjs';

const web = new WebClient(shown.BOT_TOKEN, { ...shown.CLIENT, logLevel: LogLevel.WARN });
const socket = new SocketModeClient({
  appToken: shown.APP_TOKEN,
  clientOptions: { slackApiUrl: shown.CLIENT.slackApiUrl },
  clientPingTimeout: 1000, // also the wait before it connects again
  logLevel: LogLevel.WARN,
});

const post = (url, body) =>
  fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

const stream = async (event) => {
  const place = { channel: event.channel, thread_ts: event.ts };
  const recipient = { recipient_user_id: event.user, recipient_team_id: event.team };
  const streamer = web.chatStream({ ...place, ...recipient, buffer_size: 1 });
  for (const piece of shown.PIECES) await streamer.append({ markdown_text: piece });
  await streamer.stop();
};

const answerTo = async (event, retries) => {
  const text = event.text ?? '';
  if (event.type === 'app_mention') return shown.heard(text);
  if (event.subtype === 'file_share') return shown.described(event.files[0]);
  if (text.startsWith('more ')) return shown.more(text);
  if (text === 'again') return `Delivery ${retries}`;
  if (text === 'stream') await stream(event);
  return undefined;
};

const onEvent = async ({ ack, event, retry_num: retries }) => {
  await ack();
  if (event.bot_id) return;
  const text = await answerTo(event, retries);
  const threadTs = event.thread_ts ?? event.ts;
  if (text) await web.chat.postMessage({ channel: event.channel, thread_ts: threadTs, text });
};
socket.on('app_mention', onEvent);
socket.on('message', onEvent);

socket.on('slash_commands', async ({ ack, body }) => {
  const [verb, ...words] = body.text.split(' ');
  const rest = words.join(' ');
  const channel = body.channel_id;
  await ack(verb === 'echo' ? { text: `Echo: ${rest}` } : undefined);
  if (verb === 'later')
    await post(body.response_url, { text: `Later: ${rest}`, response_type: 'in_channel' });
  if (verb === 'whisper')
    await web.chat.postEphemeral({ channel, user: body.user_id, text: `Whisper: ${rest}` });
  if (verb === 'file') await web.filesUploadV2({ channel_id: channel, ...shown.FILE });
  if (verb === 'modal')
    await web.views.open({ trigger_id: body.trigger_id, view: shown.modal(channel) });
});

socket.on('interactive', async ({ ack, body }) => {
  if (body.type === 'view_submission') {
    const text = body.view.state.values.note.text.value;
    if (text.length < 3)
      return ack({ response_action: 'errors', errors: { note: shown.TOO_SHORT } });
    await ack();
    return web.chat.postMessage({ channel: body.view.private_metadata, ...shown.note(text) });
  }
  await ack();
  const where = { channel: body.channel.id, ts: body.message.ts };
  await web.chat.update({ ...where, text: shown.approved(body.user.id), blocks: [] });
  return post(body.response_url, { text: 'Thanks', replace_original: false });
});

await socket.start();
shown.connected();
