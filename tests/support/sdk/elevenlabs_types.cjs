// The traffic of a fake's log by the types of ElevenLabs' own client: node elevenlabs_types.cjs LOG.
// Prints for each message the types that it fits, one JSON object a line.
const fs = require('fs');
const path = require('path');

const serialization = path.join(path.dirname(require.resolve('@elevenlabs/elevenlabs-js/package.json')), 'serialization');
const load = (name) => [name, require(path.join(serialization, 'types', name))[name]];
const loadRequest = (name) => [name, require(path.join(serialization, 'resources/textToSpeech/client/requests', name))[name]];
const known = {
  text: ['InitializeConnectionMulti', 'SendTextMulti', 'FlushContext', 'CloseContext', 'CloseSocket', 'KeepContextAlive',
    'InputAudioChunkPayload'].map(load),
  body: ['StreamTextToSpeechWithTimestampsRequest'].map(loadRequest),
  sent: ['AudioOutputMulti', 'FinalOutputMulti', 'SessionStartedPayload', 'PartialTranscriptPayload', 'CommittedTranscriptPayload',
    'CommittedTranscriptWithTimestampsPayload'].map(load),
};

async function main() {
  for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
    const entry = JSON.parse(line);
    if (!known[entry.kind]) continue;
    // What comes may have keys of other versions; what we send may not.
    const unrecognizedObjectKeys = entry.kind === 'sent' ? 'strip' : 'fail';
    const fits = [];
    for (const [name, type] of known[entry.kind]) {
      if ((await type.parse(JSON.parse(entry.data), { unrecognizedObjectKeys })).ok) fits.push(name);
    }
    console.log(JSON.stringify({ kind: entry.kind, fits, data: entry.data.slice(0, 200) }));
  }
}

main();
