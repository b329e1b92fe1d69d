// The peer of the comparison with pipelines/phone-realtime.gst: OpenAI's own @openai/agents, whose
// TwilioRealtimeTransportLayer carries each call between Twilio's Media Streams and the Realtime API.
// Answers the voice webhook and serves the media streams. Arguments: the port, the API's address.
'use strict';
const http = require('node:http');
const { WebSocketServer } = require('ws');
const { RealtimeAgent, RealtimeSession } = require('@openai/agents-realtime');
const { TwilioRealtimeTransportLayer } = require('@openai/agents-extensions');

const [port, api] = process.argv.slice(2);
const model = 'gpt-realtime-2.1';

const server = http.createServer((request, response) => {
  if (request.method !== 'POST') return response.end('ok\n');
  request.resume();
  request.on('end', () => {
    response.setHeader('Content-Type', 'text/xml');
    response.end(`<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="ws://127.0.0.1:${port}/twilio/media"/></Connect></Response>`);
  });
  return undefined;
});

// The same settings as those of the scenario; what is not named here is the package's own choice.
const agent = new RealtimeAgent({
  name: 'Telephone',
  instructions: 'You answer the telephone of a small company. Be brief and friendly.',
});
const config = {
  audio: {
    input: {
      transcription: { model: 'gpt-live-transcribe' },
      turnDetection: { type: 'server_vad', threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: 500 },
    },
    output: { voice: 'marin' },
  },
};

const media = new WebSocketServer({ server, path: '/twilio/media', perMessageDeflate: false });
media.on('connection', (socket) => {
  socket._socket.setNoDelay(true);
  const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket: socket });
  const session = new RealtimeSession(agent, { transport, model, config, tracingDisabled: true });
  session.on('error', ({ error }) => {
    console.error('session:', JSON.stringify(error));
  });
  socket.on('error', () => socket.terminate());
  session
    .connect({ apiKey: process.env.OPENAI_API_KEY, url: `${api.replace(/^http/, 'ws')}/realtime?model=${model}` })
    // The agent speaks first, as in the scenario.
    .then(() => transport.sendEvent({ type: 'response.create' }))
    .catch((error) => {
      console.error('connection:', error);
      socket.close();
    });
});

server.listen(Number(port), '127.0.0.1');
