// The microphone, the loudspeaker and the level of both.

let shared = null;

function context() {
  shared ??= new AudioContext();
  shared.resume();
  return shared;
}

// `device`: of an entry of microphones(); "": the default one. Throws what getUserMedia throws.
export async function openMicrophone(device) {
  if (!navigator.mediaDevices) throw new DOMException("no microphone without https", "InsecureContextError");
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  if (device) audio.deviceId = { exact: device };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  return stream.getAudioTracks()[0];
}

// In place of a microphone: a track that gives silence until it is stopped.
export function silentTrack() {
  return new MediaStreamAudioDestinationNode(context()).stream.getAudioTracks()[0];
}

// Names are known only after the microphone was allowed once.
export async function devices(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((device) => device.kind === kind && device.deviceId !== "" && device.deviceId !== "default" && device.deviceId !== "communications");
}

export function watchDevices(then) {
  navigator.mediaDevices?.addEventListener?.("devicechange", then);
}

const FLOOR_DB = -60;

// The level of a track, 0 (silence, or under -60 dB of full scale) to 1.
export class LevelMeter {
  #source = null;
  #analyser = null;
  #samples = null;

  set track(track) {
    this.#source?.disconnect();
    this.#source = null;
    if (!track) return;
    this.#analyser ??= new AnalyserNode(context(), { fftSize: 1024 });
    this.#samples ??= new Float32Array(this.#analyser.fftSize);
    this.#source = new MediaStreamAudioSourceNode(context(), { mediaStream: new MediaStream([track]) });
    this.#source.connect(this.#analyser);
  }

  get level() {
    if (!this.#source) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample));
    return peak > 0 ? Math.max(0, 1 - (20 * Math.log10(peak)) / FLOOR_DB) : 0;
  }
}
