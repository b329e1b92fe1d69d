// ElevenLabs' own client against a fake of its service: node elevenlabs.cjs URL recognition|voice. Prints
// what came, one JSON object a line.
const { AudioFormat, CommitStrategy, ElevenLabsClient, RealtimeEvents } = require('@elevenlabs/elevenlabs-js');

const tell = (object) => console.log(JSON.stringify(object));

async function recognition(client) {
  const socket = await client.speechToText.realtime.connect({
    modelId: 'scribe_v2_realtime', audioFormat: AudioFormat.PCM_8000, sampleRate: 8000,
    commitStrategy: CommitStrategy.MANUAL, includeTimestamps: true, languageCode: 'en', keyterms: ['reception'],
  });
  const events = [RealtimeEvents.PARTIAL_TRANSCRIPT, RealtimeEvents.COMMITTED_TRANSCRIPT, RealtimeEvents.ERROR];
  for (const name of events) socket.on(name, tell);
  const closed = new Promise((resolve) => socket.on(RealtimeEvents.CLOSE, resolve));
  socket.on(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS, (message) => {
    tell(message);
    socket.close();
  });
  socket.on(RealtimeEvents.SESSION_STARTED, (message) => {
    tell(message);
    // A second of a tone.
    for (let piece = 0; piece < 10; ++piece) {
      const sound = Buffer.alloc(1600);
      for (let i = 0; i < 800; ++i) sound.writeInt16LE(Math.round(8000 * Math.sin(i * 0.3)), i * 2);
      socket.send({ audioBase64: sound.toString('base64') });
    }
    socket.commit();
  });
  await closed;
}

async function voice(client) {
  const request = { text: 'Hello from the fake.', modelId: 'eleven_flash_v2_5', outputFormat: 'pcm_8000', voiceSettings: { stability: 0.5 } };
  for await (const piece of await client.textToSpeech.streamWithTimestamps('test-voice', request)) {
    tell({ size: Buffer.from(piece.audioBase64, 'base64').length, said: piece.alignment.characters.join('') });
  }
  let size = 0;
  for await (const piece of await client.textToSpeech.stream('test-voice', request)) size += piece.length;
  tell({ raw: size });
  try {
    await client.textToSpeech.streamWithTimestamps('nobody', request);
  } catch (error) {
    tell({ status: error.statusCode, code: error.body.detail.status });
  }
}

async function main() {
  const [url, what] = process.argv.slice(2);
  const client = new ElevenLabsClient({ apiKey: 'test-key', baseUrl: url.replace('ws:', 'http:'), maxRetries: 0 });
  await (what === 'voice' ? voice : recognition)(client);
  process.exit(0);
}

main();
