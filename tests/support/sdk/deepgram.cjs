// Deepgram's own client against a fake of its service: node deepgram.cjs URL nova|flux. Prints what
// came, one JSON object a line.
const { DeepgramClient } = require('@deepgram/sdk');

async function main() {
  const [url, api] = process.argv.slice(2);
  const environment = { base: url.replace('ws:', 'http:'), production: url, agent: url, agentRest: url };
  const client = new DeepgramClient({ apiKey: 'test-key', environment });
  const audio = { encoding: 'linear16', sample_rate: 8000 };
  const socket =
    api === 'flux'
      ? await client.listen.v2.connect({ model: 'flux-general-en', eager_eot_threshold: 0.4, ...audio, Authorization: 'Token test-key' })
      : await client.listen.v1.connect({ model: 'nova-3', interim_results: 'true', ...audio, Authorization: 'Token test-key' });
  socket.on('message', (message) => console.log(JSON.stringify(message)));
  socket.on('error', (error) => console.log(JSON.stringify({ error: error.message })));
  socket.on('close', (event) => {
    console.log(JSON.stringify({ closed: event.code }));
    process.exit(0);
  });
  socket.connect();
  await socket.waitForOpen();
  // A second of a tone, then one of silence.
  const sound = Buffer.alloc(4 * 8000);
  for (let i = 0; i < 8000; ++i) sound.writeInt16LE(Math.round(8000 * Math.sin(i * 0.3)), i * 2);
  if (api === 'nova') socket.sendKeepAlive({ type: 'KeepAlive' });
  socket.sendMedia(sound);
  if (api === 'nova') socket.sendFinalize({ type: 'Finalize' });
  socket.sendCloseStream({ type: 'CloseStream' });
}

main();
