// What the Node apps of the scenario say, so that each has only its own way to say it.
import { createHash } from 'node:crypto';

export const URL_ = process.env.WORKSPACE_URL;
export const BOT_TOKEN = process.env.SLACK_BOT_TOKEN;
export const APP_TOKEN = process.env.SLACK_APP_TOKEN;
export const CLIENT = { slackApiUrl: `${URL_}/api/`, retryConfig: { retries: 3, minTimeout: 10 } };
export const PIECES = ['**一** ', 'two ', 'ثلاثة ', '4️⃣'];
export const TOO_SHORT = '太短 ⚠️';
export const FILE = {
  filename: '结果.txt',
  title: '结果 🎁',
  file: Buffer.from('第一行 🧾 مرحبا\nsecond\n'),
  initial_comment: 'Here it is',
};

export const heard = (text) => `Heard: ${text.slice(text.indexOf('> ') + 2)}`;
export const more = (text) => `More: ${text.slice('more '.length)}`;
export const approved = (user) => `Approved by <@${user}> ✅`;

export const modal = (channel) => ({
  type: 'modal',
  callback_id: 'note',
  private_metadata: channel,
  title: { type: 'plain_text', text: '备注' },
  submit: { type: 'plain_text', text: 'OK' },
  blocks: [
    {
      type: 'input',
      block_id: 'note',
      label: { type: 'plain_text', text: 'Note' },
      element: { type: 'plain_text_input', action_id: 'text', multiline: true },
    },
  ],
});

export const note = (text) => {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const label = { type: 'plain_text', text: 'Approve 👍', emoji: true };
  const button = { type: 'button', action_id: 'approve', text: label, style: 'primary' };
  return {
    text: `Note: ${escaped}`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `*Note:* ${escaped}` } },
      { type: 'actions', block_id: 'decision', elements: [button] },
    ],
  };
};

export const described = async (file) => {
  const answer = await fetch(file.url_private_download, {
    headers: { Authorization: `Bearer ${BOT_TOKEN}` },
  });
  const content = Buffer.from(await answer.arrayBuffer());
  return `Got ${file.name}: ${createHash('sha256').update(content).digest('hex')}`;
};

// One line when connected; the end of the input ends the process, so that none is left behind.
export const connected = () => {
  process.stdin.on('end', () => process.exit(0)).resume();
  console.log(JSON.stringify({ connected: true }));
};
