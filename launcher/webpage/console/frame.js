// What stands around every page: navigation, the state of the connection, a call of our own.
import { duration, span } from "./format.js";
import { Icon } from "./icons.js";
import { QuestionBanner } from "./questions.js";
import { parseAddress } from "./router.js";
import { callCount, taskCount } from "./session_parts.js";
import { ShortcutHelp, useShortcuts } from "./shortcuts.js";
import { Failure, html, useAnnounced, useEffect, useErrorBoundary, useNow, useRef, useState, useStore } from "./ui.js";
import { CallersPage } from "./pages/callers.js";
import { CallPage } from "./pages/call.js";
import { CallsPage } from "./pages/calls.js";
import { LatencyPage } from "./pages/latency.js";
import { OverviewPage } from "./pages/overview.js";
import { PeoplePage } from "./pages/people.js";
import { RoomsPage } from "./pages/rooms.js";
import { ScenariosPage } from "./pages/scenarios.js";
import { SettingsPage } from "./pages/settings.js";
import { SignInPage } from "./pages/sign_in.js";
import { TalkPage } from "./pages/talk.js";
import { TasksPage } from "./pages/tasks.js";
import { wordsFor } from "./words.js";

// `key`: behind g.
export const PLACES = [
  { path: "", name: "Overview", icon: "overview", key: "o", page: OverviewPage },
  { path: "calls", name: "Calls", icon: "calls", key: "c", page: CallsPage },
  { path: "rooms", name: "Rooms", icon: "rooms", key: "r", page: RoomsPage },
  { path: "callers", name: "Callers", icon: "callers", key: "d", page: CallersPage },
  { path: "tasks", name: "Tasks", icon: "tasks", key: "a", page: TasksPage },
  { path: "people", name: "People", icon: "people", key: "p", page: PeoplePage },
  { path: "talk", name: "Talk", icon: "talk", key: "t", page: TalkPage },
  { path: "latency", name: "Latency", icon: "latency", key: "l", page: LatencyPage },
  { path: "scenarios", name: "Scenarios", icon: "scenarios", key: "s", page: ScenariosPage },
  { path: "settings", name: "Settings", icon: "settings", key: "e", page: SettingsPage },
];

function useAddress() {
  const [address, setAddress] = useState(() => parseAddress(location.hash));
  useEffect(() => {
    const look = () => setAddress(parseAddress(location.hash));
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return address;
}

export function Frame({ store, api, talk }) {
  const address = useAddress();
  const connection = useStore(store, (state) => state.connection);
  const [help, setHelp] = useState(false);
  const main = useRef(null);
  const [first = ""] = address.path;
  const place = PLACES.find(({ path }) => path === (first === "call" ? "calls" : first));
  useShortcuts({ places: PLACES, talk, onHelp: () => setHelp((shown) => !shown) });

  // A screen reader is told of another page by its heading; the first one it reads by itself.
  const before = useRef(null);
  const here = address.path.slice(0, 2).join("/");
  useEffect(() => {
    if (before.current !== null && before.current !== here) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    before.current = here;
  }, [here]);
  useEffect(() => {
    if (first !== "call") document.title = `${place?.name ?? "Not found"} – Jackfield`;
  }, [first]);

  if (connection === "denied") return html`<${SignInPage} store=${store} api=${api} />`;
  const skip = (event) => {
    event.preventDefault();
    main.current.focus();
  };
  return html`<div class="frame">
    <a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    <${Side} store=${store} here=${place?.path} onHelp=${() => setHelp(true)} />
    <div class="banners">
      <${ConnectionBanner} store=${store} />
      <${QuestionBanner} store=${store} api=${api} here=${first} />
      <${TalkBanner} talk=${talk} here=${first} />
    </div>
    <main id="content" ref=${main} tabindex="-1">
      <${Page} key=${here} address=${address} place=${place} store=${store} api=${api} talk=${talk} />
    </main>
    ${help && html`<${ShortcutHelp} places=${PLACES} onClose=${() => setHelp(false)} />`}
  </div>`;
}

// A page that fails leaves the frame as it is.
function Page({ address, place, store, api, talk }) {
  const [error, clear] = useErrorBoundary((thrown) => console.error(thrown));
  if (error) return html`<h1>This page failed</h1><${Failure} error=${error} again=${clear} />`;
  const [first = "", id] = address.path;
  if (first === "call" && id) return html`<${CallPage} id=${id} address=${address} store=${store} api=${api} />`;
  if (!place || first === "call") return html`<h1>Not found</h1><p>There is no such page. <a href="#/">To the overview</a></p>`;
  return html`<${place.page} address=${address} store=${store} api=${api} talk=${talk} />`;
}

// Rooms are for those who have a conference, tasks for those who have some, people where they were asked.
const THERE = {
  rooms: ({ lines, rooms }) => rooms.size > 0 || lines.some(({ kind }) => kind === "conference"),
  tasks: ({ tasks }) => tasks > 0,
  people: ({ people }) => people,
};

function Side({ store, here, onHelp }) {
  const [calls, works, questions, lines, rooms, tasks, people] = useStore(store, (state) => [callCount(state.sessions), taskCount(state.sessions), state.questions.size, state.lines, state.rooms, state.tasks, state.people]);
  const running = { calls, tasks: works, people: questions };
  const nav = useRef(null);
  // On a phone there may be more than fit.
  useEffect(() => nav.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }), [here]);
  return html`<header class="side">
    <a class="brand" href="#/"><img src="console/icon.svg" alt="" width="28" height="28" />Jackfield</a>
    <nav aria-label="Pages">
      <ul ref=${nav}>
        ${PLACES.filter(({ path }) => THERE[path]?.({ lines, rooms, tasks, people }) ?? true).map(({ path, name, icon }) => html`<li key=${path}>
          <a href=${`#/${path}`} aria-current=${here === path ? "page" : null}>
            <${Icon} name=${icon} />${name}${running[path] > 0 && html`<span class="tally">${running[path]}<span class="unseen"> ${path === "people" ? "open" : "running"}</span></span>`}
          </a>
        </li>`)}
      </ul>
    </nav>
    <div class="side-foot">
      <${ServerState} store=${store} />
      <div class="row wide"><button type="button" class="small" onClick=${onHelp}>Shortcuts <kbd>?</kbd></button></div>
    </div>
  </header>`;
}

function ServerState({ store }) {
  const [connection, server] = useStore(store, (state) => [state.connection, state.server]);
  const [tone, words] = { live: server?.stopping ? ["wait", "Stopping"] : ["live", "Connected"], connecting: ["wait", "Connecting"], lost: ["bad", "Not connected"] }[connection] ?? ["", ""];
  return html`<div>
    <p><span class=${`dot ${tone}`}></span>${words}</p>
    ${server?.version && html`<p class="wide">${server.name ?? "jackfield"} ${server.version}${server["uptime-ms"] !== undefined && html`<br />up for ${span(server["uptime-ms"])}`}</p>`}
  </div>`;
}

function ConnectionBanner({ store }) {
  const [connection, retryAt, error, stopping] = useStore(store, (state) => [state.connection, state.retryAt, state.error, state.server?.stopping]);
  if (connection === "lost") {
    return html`<div class="banner" role="alert">
      <p><b>The server does not answer.</b> What stands here is how it was. <${Countdown} until=${retryAt} /></p>
      <button type="button" class="small push" onClick=${() => store.retry()}>Try now</button>
    </div>`;
  }
  if (error) return html`<div class="banner" role="alert"><p><b>Not all can be shown.</b> ${wordsFor(error).words} ${wordsFor(error).detail}</p></div>`;
  if (stopping) return html`<div class="banner" role="status"><p><b>The server is being stopped.</b> Calls may finish; new ones are not taken.</p></div>`;
  return null;
}

// Not for screen readers, which would read every number.
function Countdown({ until }) {
  const now = useNow(250);
  const seconds = Math.ceil((until - now) / 1000);
  return html`<span aria-hidden="true">${seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again …"}</span>`;
}

// A call from this page goes on while one looks at others.
function TalkBanner({ talk, here }) {
  useAnnounced(talk);
  useNow(talk.busy ? 500 : 60000);
  if (!talk.busy || here === "talk") return null;
  return html`<section class="banner in-call" aria-label="Your call">
    <p><b>You are talking to ${talk.line}</b> <span class="numbers">${duration(1000 * talk.caller.seconds())}</span></p>
    <span class="row push">
      <a href="#/talk">Show</a>
      <button type="button" class="small" aria-pressed=${String(talk.caller.muted)} onClick=${() => talk.mute()}>${talk.caller.muted ? "Muted" : "Mute"}</button>
      <button type="button" class="small danger" onClick=${() => talk.hangUp()}>Hang up</button>
    </span>
  </section>`;
}
