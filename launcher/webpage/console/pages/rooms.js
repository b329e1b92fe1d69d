// The rooms of conferences: who sits there, who speaks, and what can be done about it.
import { Announcer } from "../announcer.js";
import { clock, count, loudness } from "../format.js";
import { AskedButton, VoiceControls } from "../session_parts.js";
import { EventSocket } from "../socket.js";
import { withSeat } from "../store.js";
import { Badge, Empty, Failure, Spinner, html, useAction, useEffect, useMemo, useStore } from "../ui.js";
import { kindOf } from "../words.js";

const MOST_ROOMS = 64; // whose levels a subscription may name

// How loud everybody is: `state` is a Map, session → { level, voice, ducked }.
class Levels extends Announcer {
  state = new Map();
  #socket;

  constructor(api, rooms) {
    super();
    if (rooms.length === 0) return;
    this.#socket = new EventSocket({
      url: api.eventsUrl,
      token: () => api.token,
      subscription: { sessions: rooms.slice(0, MOST_ROOMS), events: ["room-levels"] },
      silence: 0, // of a room nothing may come any more
      onSubscribed: () => this.state.clear(),
      onEvent: ({ data }) => {
        for (const seat of data.seats) this.state.set(seat.session, seat);
        this.changed();
      },
    });
  }

  close() {
    this.#socket?.close();
  }
}

function useLevels(api, rooms) {
  const ids = rooms.join();
  const levels = useMemo(() => new Levels(api, rooms), [api, ids]);
  useEffect(() => () => levels.close(), [levels]);
  return levels;
}

export function RoomsPage({ store, api }) {
  const [rooms, connection] = useStore(store, (state) => [state.rooms, state.connection]);
  const levels = useLevels(api, [...rooms.keys()]);
  return html`<div class="head"><h1>Rooms</h1></div>
    ${connection === "connecting"
      ? html`<${Spinner} />`
      : rooms.size === 0
        ? html`<section class="card"><${Empty} title="No room is open"><p>A room opens with its first participant, and is closed when the last one has left.</p><//></section>`
        : [...rooms.values()].map((room) => html`<${Room} key=${room.id} room=${room} levels=${levels} store=${store} api=${api} />`)}`;
}

function Room({ room, levels, store, api }) {
  const add = useAction(() => api.post(["rooms", room.id, "agents"]));
  const end = () => api.post(["rooms", room.id], { reason: "console" }, "DELETE");
  const title = `room-${room.id}`;
  return html`<section class="card" aria-labelledby=${title}>
    <div class="card-head">
      <h2 id=${title}>${room.name}</h2><${Badge}>${count(room.seats.length)} of ${count(room.size)} seats<//>
      <span class="quiet small">${room.line}, since ${clock(room["opened-at"])}</span>
      <span class="row push">
        <a class="button small" href=${`#/call/${encodeURIComponent(room.id)}/pipeline`}>Pipeline<span class="unseen"> of ${room.name}</span></a>
        <button type="button" class="small" disabled=${add.busy} onClick=${add.run}>Add an agent<span class="unseen"> to ${room.name}</span></button>
        <${AskedButton} kind="small" words="End room" busyWords="Ending …" question="End the room?" no="Keep it" name=${`End room ${room.name}`} action=${end}>
          <p>All calls in <b>${room.name}</b> are hung up, ${count(room.seats.length)} at present.</p>
        <//>
      </span>
    </div>
    <${Failure} error=${add.error} />
    <ul class="columns" aria-label=${`Seats of ${room.name}`}>
      ${room.seats.map((seat) => html`<${Seat} key=${seat.session} seat=${seat} room=${room} levels=${levels} store=${store} api=${api} />`)}
    </ul>
  </section>`;
}

function Seat({ seat, room, levels, store, api }) {
  const now = useStore(levels, (state) => state.get(seat.session)) ?? seat;
  const name = seat.name || kindOf(seat.kind);
  const path = ["rooms", room.id, "seats", seat.session];
  const change = async ({ muted, gain }) => {
    const answer = await api.post(path, muted === undefined ? { gain } : { mute: muted }, "PATCH");
    store.learnSeats(room.id, (seats) => withSeat(seats, answer));
  };
  return html`<li class="voice seat">
    <h3><a href=${`#/call/${encodeURIComponent(seat.session)}`}>${name}</a></h3>
    <${VoiceControls} name=${name} tone=${seat.kind === "agent" ? "agent" : "caller"} muted=${seat.muted} gain=${seat.gain} level=${loudness(now.level)} change=${change} />
    <p class="quiet small kind">${kindOf(seat.kind)}, since ${clock(seat["joined-at"])} ${now.voice && !seat.muted && html`<${Badge} tone="live">Speaks<//>`}</p>
    <p class="quiet small">${hears(seat, room)}</p>
    <${AskedButton} kind="small" words="Send out" busyWords="Sending out …" question="Send out?" no="Keep the call" name=${`Send out ${name}`} action=${() => api.post(path, { reason: "console" }, "DELETE")}>
      <p><b>${name}</b> is taken out of ${room.name}. The call ends at once.</p>
    <//>
  </li>`;
}

function hears({ hears: whom }, { seats }) {
  if (whom === "all") return "Hears all";
  const list = whom.only ?? whom["all-but"] ?? [];
  const names = list.map((session) => seats.find((seat) => seat.session === session)).map((seat) => (seat ? seat.name || kindOf(seat.kind) : "somebody who left"));
  return `Hears ${whom.only ? "only" : "all but"} ${names.join(", ") || "nobody"}`;
}
