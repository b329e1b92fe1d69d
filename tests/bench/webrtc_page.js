// The browser's part of the benchmark of browser calls. All times are the wall clock in ms.
let context;

async function prepare() {
  context = new AudioContext({ sampleRate: 48000, latencyHint: 'interactive' });
  await context.audioWorklet.addModule('/webrtc_meter.js');
  await context.resume();
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const wallClock = () => performance.timeOrigin + performance.now();
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

// One end of a call: a mouth (a MediaStream) and an ear.
class End {
  constructor(seed) {
    this.meter = new AudioWorkletNode(context, 'meter',
      { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1], processorOptions: { seed } });
    this.destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.meter.connect(this.destination);
  }

  connect(peer) {
    for (const track of this.destination.stream.getTracks()) peer.addTrack(track, this.destination.stream);
    peer.addEventListener('track', ({ track, streams }) => {
      const stream = streams[0] ?? new MediaStream([track]);
      // Without an element that plays it, Chromium decodes nothing.
      this.player = new Audio();
      this.player.muted = true;
      this.player.srcObject = stream;
      this.player.play();
      this.source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
      this.source.connect(this.meter);
    });
  }

  async report() {
    const answer = new Promise((done) => { this.meter.port.onmessage = ({ data }) => done(data); });
    this.meter.port.postMessage('report');
    const { mouth, ear, first, calls } = await answer;
    this.meter.disconnect();
    this.source?.disconnect();
    // The sound card's buffer number k is asked for at start + k * buffer / rate. Of what is asked for at
    // t a listener hears frame i at t + i / rate, and a microphone would have taken it a buffer before.
    const rate = context.sampleRate, buffer = Math.max(128, (Math.round(context.baseLatency * 1000) * rate) / 1000);
    const start = median(calls.map(([frame, at]) => at + 0.5 - Math.floor(frame / buffer) * (buffer / rate) * 1000));
    return {
      buffer_ms: (buffer / rate) * 1000,
      mouth: mouth.map((frame) => start + ((frame - buffer) / rate) * 1000),
      ear: ear.map((frame) => start + (frame / rate) * 1000),
      first: first === null ? null : start + (first / rate) * 1000,
    };
  }
}

// The figures of a receiver's statistics that tell of its delay, as sums since the call began.
async function receiverStatistics(peer) {
  const all = {};
  for (const one of (await peer.getStats()).values()) {
    if (one.type === 'inbound-rtp' || one.type === 'remote-inbound-rtp') all[one.type] = one;
    if (one.type === 'candidate-pair' && one.nominated) all[one.type] = one;
    if (one.type === 'media-playout') all[one.type] = one;
  }
  return all;
}

const local = (candidate) => candidate?.candidate && / 127\.0\.0\.1 /.test(candidate.candidate);

// A call between two peers of this page.
async function pair(seconds) {
  const [near, far] = [new End(1), new End(2)];
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  for (const [from, to] of [[a, b], [b, a]])
    from.onicecandidate = ({ candidate }) => local(candidate) && to.addIceCandidate(candidate);
  near.connect(a);
  far.connect(b);
  const offered = wallClock();
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  await wait(seconds * 1000);
  const statistics = await receiverStatistics(a);
  const ends = { offered, near: await near.report(), far: await far.report(), statistics };
  a.close();
  b.close();
  return ends;
}

// A call to a server that speaks our signalling.
async function call(url, seconds, room = 'bench') {
  const near = new End(1);
  const socket = new WebSocket(url, 'jackfield.v1');
  const errors = [];
  await new Promise((done, failed) => {
    socket.onopen = done;
    socket.onerror = () => failed(new Error(`no connection to ${url}`));
  });
  const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  const peer = new RTCPeerConnection();
  const early = [];
  let joined;
  const ready = new Promise((done) => { joined = done; });
  socket.onmessage = async ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'joined') joined();
    if (message.type === 'error') errors.push(message);
    if (message.type === 'answer') {
      await peer.setRemoteDescription({ type: 'answer', sdp: message.sdp });
      for (const candidate of early.splice(0)) peer.addIceCandidate(candidate);
    }
    if (message.type === 'ice-candidate' && local(message)) {
      const candidate = { candidate: message.candidate, sdpMLineIndex: message.sdpMLineIndex ?? 0 };
      if (peer.remoteDescription) peer.addIceCandidate(candidate);
      else early.push(candidate);
    }
  };
  peer.onicecandidate = ({ candidate }) => local(candidate)
    && send({ type: 'ice-candidate', candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex });
  near.connect(peer);
  send({ type: 'join', room, role: 'talk' });
  await Promise.race([ready, wait(10000)]);
  const offered = wallClock();
  await peer.setLocalDescription();
  send({ type: 'offer', sdp: peer.localDescription.sdp });
  await wait(seconds * 1000);
  const statistics = await receiverStatistics(peer);
  const ends = { offered, near: await near.report(), statistics, state: peer.connectionState, errors };
  send({ type: 'bye' });
  await wait(200);
  peer.close();
  socket.close();
  return ends;
}

window.bench = { prepare, pair, call };
