// The peer of the comparison: a Node.js server that echoes Twilio Media Streams calls with the
// `ws` package and does for each frame what jackfield does with pipelines/echo.gst: parse the JSON,
// decode the base64, encode it again, write JSON; and a mark after each 100 ms of audio.
// Arguments: the port.
'use strict';
const http = require('node:http');
const { WebSocketServer } = require('ws');

const BYTES_PER_MARK = 800;

const server = http.createServer((request, response) => response.end('ok\n'));
const media = new WebSocketServer({ server, path: '/twilio/media', perMessageDeflate: false });

media.on('connection', (socket) => {
  socket._socket.setNoDelay(true);
  let streamSid = '';
  let unmarked = 0;
  let marks = 0;
  let expected = 0;
  socket.on('error', () => socket.terminate());
  socket.on('message', (data, isBinary) => {
    if (isBinary) return;
    const message = JSON.parse(data.toString());
    switch (message.event) {
      case 'start':
        streamSid = message.start.streamSid;
        break;
      case 'media': {
        if (message.streamSid !== streamSid) return;
        const audio = Buffer.from(message.media.payload, 'base64');
        socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload: audio.toString('base64') } }));
        unmarked += audio.length;
        if (unmarked >= BYTES_PER_MARK) {
          unmarked = 0;
          socket.send(JSON.stringify({ event: 'mark', streamSid, mark: { name: `m${++marks}` } }));
        }
        break;
      }
      case 'mark':
        if (message.mark.name === `m${expected + 1}`) expected += 1;
        break;
      case 'stop':
        socket.close();
        break;
      default:
        break;
    }
  });
});

server.listen(Number(process.argv[2]), '127.0.0.1');
