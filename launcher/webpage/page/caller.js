// Places one call at a time from this browser: microphone, LineCall, loudspeaker, levels, and words for
// what goes wrong. Pages show it.
import { Figures } from "./figures.js";
import { LineCall } from "./signalling.js";
import { LevelMeter, openMicrophone, silentTrack } from "./sound.js";
import { wordsForEnd, wordsForMicrophone } from "./words.js";

const SILENT_FOR = 8000; // ms of plain nothing from its beginning on after which a microphone is taken to be off

// Events: "change" (state, message, muted), "microphone" (another one was opened), and of the line "told"
// ({ name, data }) and "again" (the server had forgotten the call and begins a new one).
export class Caller extends EventTarget {
  state = "ready"; // see STATES of words.js
  message = { words: "", kind: "good", detail: "" };
  muted = false;
  connectedAt = 0; // ms, as performance.now(); 0: the call has not begun
  figures = null;
  line = "";
  #voice;
  #device = "";
  #withMicrophone = true;
  #call = null; // the LineCall, from the press of the button to its end
  #microphone = null; // the open track
  #attempt = 0; // counts presses of the button: an answer to an earlier one is too late
  #own = new LevelMeter();
  #theirs = new LevelMeter();
  #openedAt = 0; // ms; 0: there is none, or it has given something
  #silenceTold = false;

  // The <audio> that the line's voice comes from.
  constructor(voice) {
    super();
    this.#voice = voice;
  }

  get busy() {
    return !["ready", "ended"].includes(this.state);
  }

  // Opens the microphone and calls. `line`: its name, for words; "" when the address has none.
  // `withMicrophone` false: silence is sent, for those who type.
  async begin({ url, line = "", token = "", room = "", name = "", withMicrophone = true }) {
    const mine = ++this.#attempt;
    this.line = line;
    this.#withMicrophone = withMicrophone;
    this.say("");
    this.#enter("asking");
    const track = await this.#take();
    if (mine !== this.#attempt) return track?.stop();
    if (!track) return this.#enter("ready");
    this.#use(track);
    const call = new LineCall({ url, track, token, room, name });
    this.#call = call;
    call.addEventListener("state", ({ detail }) => this.#entered(detail));
    call.addEventListener("track", ({ detail }) => {
      this.#voice.srcObject = detail.stream;
      this.#theirs.track = detail.track;
      this.play().catch(() => this.say("The browser plays no sound by itself here. Click anywhere on the page.", "bad"));
    });
    call.addEventListener("event", ({ detail }) => this.dispatchEvent(new CustomEvent("told", { detail })));
    call.addEventListener("again", () => this.dispatchEvent(new CustomEvent("again")));
    call.addEventListener("ended", ({ detail }) => this.#over(detail));
    call.start();
  }

  hangUp() {
    ++this.#attempt;
    if (this.#call) this.#call.hangUp();
    else this.#enter("ready");
  }

  mute(muted) {
    this.muted = muted;
    if (this.#microphone) this.#microphone.enabled = !muted;
    this.#changed();
  }

  // `device`: of devices(); "": the default one.
  async chooseMicrophone(device) {
    this.#device = device;
    if (!this.#call || !this.#withMicrophone) return;
    const mine = this.#attempt;
    const track = await this.#take();
    if (!track) return;
    if (mine !== this.#attempt || !this.#call) return track.stop();
    await this.#call.replaceTrack(track);
    this.#use(track);
    this.say("");
  }

  async chooseLoudspeaker(device) {
    try {
      await this.#voice.setSinkId(device);
    } catch (error) {
      this.say("The loudspeaker cannot be used.", "bad", error.message);
    }
  }

  // Browsers may want a click first.
  async play() {
    if (this.#voice.srcObject) await this.#voice.play();
  }

  say(words, kind = "good", detail = "") {
    this.#silenceTold = false;
    this.message = { words, kind, detail };
    this.#changed();
  }

  // The levels of both sides, 0 to 1. To be called some times a second: it is how a microphone that
  // gives nothing is noticed.
  levels(now = performance.now()) {
    const own = this.#own.level;
    if (own > 0) {
      this.#openedAt = 0;
      if (this.#silenceTold) this.say("");
    } else if (this.muted) {
      this.#openedAt &&= now;
    } else if (this.#withMicrophone && this.connectedAt && this.#openedAt && now - this.#openedAt > SILENT_FOR && !this.message.words) {
      this.say("The microphone gives nothing but silence. Is it switched off, or is it the wrong one?", "bad");
      this.#silenceTold = true;
    }
    return { own, line: this.#theirs.level };
  }

  // Seconds in the call.
  seconds(now = performance.now()) {
    return this.connectedAt ? Math.floor((now - this.connectedAt) / 1000) : 0;
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }

  #enter(state) {
    this.state = state;
    this.#changed();
  }

  // null, with words, when it cannot be had.
  async #take() {
    try {
      const track = this.#withMicrophone ? await openMicrophone(this.#device) : silentTrack();
      track.enabled = !this.muted;
      return track;
    } catch (error) {
      this.say(wordsForMicrophone(error), "bad");
      return null;
    }
  }

  #use(track) {
    this.#release();
    this.#microphone = track;
    this.#own.track = track;
    this.#openedAt = performance.now();
    track.onended = () => this.say("The microphone is gone: it was unplugged, or the browser may not use it any more. Choose another one.", "bad");
    // Names of devices are known from now on.
    this.dispatchEvent(new CustomEvent("microphone"));
  }

  #release() {
    if (this.#microphone) this.#microphone.onended = null;
    this.#microphone?.stop();
    this.#microphone = null;
    this.#openedAt = 0;
    this.#own.track = null;
  }

  #entered({ state, before }) {
    if (state === "ended") return; // `#over` follows
    this.#enter(state);
    if (state === "connected") {
      this.connectedAt ||= performance.now();
      this.figures = new Figures(this.#call.peerConnection);
      this.say("");
    } else if (state === "reconnecting") {
      this.say("The connection is interrupted. Trying to get it back …", "bad");
    } else if (before === "reconnecting") {
      this.say("");
    }
  }

  #over(why) {
    this.#call = this.figures = null;
    this.connectedAt = 0;
    this.#release();
    this.#theirs.track = null;
    this.#voice.srcObject = null;
    const { words, kind, detail } = wordsForEnd(why, this.line);
    this.state = "ended";
    this.say(words, kind, detail);
  }
}
