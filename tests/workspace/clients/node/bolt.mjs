// The app of the scenario with @slack/bolt: over sockets, or with a port over signed HTTP.
import bolt from '@slack/bolt';
import * as shown from './shown.mjs';

const port = process.env.PORT;
const logLevel = bolt.LogLevel.WARN;
const receiver = port
  ? new bolt.HTTPReceiver({ signingSecret: process.env.SLACK_SIGNING_SECRET, logLevel })
  : new bolt.SocketModeReceiver({
      appToken: shown.APP_TOKEN,
      clientPingTimeout: 1000, // also the wait before it connects again
      installerOptions: { clientOptions: { slackApiUrl: shown.CLIENT.slackApiUrl } },
      logLevel,
    });
const app = new bolt.App({
  token: shown.BOT_TOKEN,
  receiver,
  clientOptions: shown.CLIENT,
  logLevel,
});

app.event('app_mention', async ({ event, say }) => {
  await say({ text: shown.heard(event.text), thread_ts: event.thread_ts ?? event.ts });
});

app.event('message', async ({ event, say, client, context }) => {
  const text = event.text ?? '';
  const answer = (words) => say({ text: words, thread_ts: event.thread_ts ?? event.ts });
  if (event.subtype === 'file_share') await answer(await shown.described(event.files[0]));
  else if (text.startsWith('more ')) await answer(shown.more(text));
  else if (text === 'again') await answer(`Delivery ${context.retryNum}`);
  else if (text === 'stream') {
    const place = { channel: event.channel, thread_ts: event.ts };
    const recipient = { recipient_user_id: event.user, recipient_team_id: event.team };
    const streamer = client.chatStream({ ...place, ...recipient, buffer_size: 1 });
    for (const piece of shown.PIECES) await streamer.append({ markdown_text: piece });
    await streamer.stop();
  }
});

app.command('/ask', async ({ ack, command, client, respond }) => {
  const [verb, ...words] = command.text.split(' ');
  const rest = words.join(' ');
  const channel = command.channel_id;
  await ack(verb === 'echo' ? `Echo: ${rest}` : undefined);
  if (verb === 'later') await respond({ text: `Later: ${rest}`, response_type: 'in_channel' });
  if (verb === 'whisper')
    await client.chat.postEphemeral({ channel, user: command.user_id, text: `Whisper: ${rest}` });
  if (verb === 'file') await client.filesUploadV2({ channel_id: channel, ...shown.FILE });
  if (verb === 'modal')
    await client.views.open({ trigger_id: command.trigger_id, view: shown.modal(channel) });
});

app.view('note', async ({ ack, view, client }) => {
  const text = view.state.values.note.text.value;
  if (text.length < 3) {
    await ack({ response_action: 'errors', errors: { note: shown.TOO_SHORT } });
    return;
  }
  await ack();
  await client.chat.postMessage({ channel: view.private_metadata, ...shown.note(text) });
});

app.action('approve', async ({ ack, body, client, respond }) => {
  await ack();
  const where = { channel: body.channel.id, ts: body.message.ts };
  await client.chat.update({ ...where, text: shown.approved(body.user.id), blocks: [] });
  await respond({ text: 'Thanks', replace_original: false });
});

await app.start(port && { port, host: '127.0.0.1' });
shown.connected();
