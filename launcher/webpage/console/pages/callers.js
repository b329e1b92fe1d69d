// The directory of callers: what is known of them, changing it, and forgetting them.
import { clock, count, fullTime, several } from "../format.js";
import { addressOf, go } from "../router.js";
import { AskedButton } from "../session_parts.js";
import { Badge, Empty, Failure, Spinner, html, useAction, useAnswer, useEffect, useState, useStore } from "../ui.js";

const PAGE = 50;
const PATH = ["callers"];

export function CallersPage({ address, store, api }) {
  const { caller = "", line = "" } = address.query;
  const lines = useStore(store, (state) => state.lines);
  const [search, setSearch] = useState("");
  const find = (event) => {
    event.preventDefault();
    if (search.trim()) go(PATH, { line, caller: search.trim() });
  };
  return html`<div class="head">
      ${caller && html`<a class="button small plain" href=${addressOf(PATH, { line })} aria-label="Back to all callers">←</a>`}
      <h1>${caller || "Callers"}</h1>
      <form class="row push" role="search" onSubmit=${find}>
        ${(lines.length > 1 || line) && html`<label><span class="unseen">Line</span><select value=${line} onChange=${(event) => go(PATH, { caller, line: event.target.value }, { replace: true })}>
          <option value="">The directory</option>${lines.map(({ name }) => html`<option key=${name} value=${name}>That of ${name}</option>`)}</select></label>`}
        <label><span class="unseen">Number</span><input type="search" placeholder="Number, with country" value=${search} onInput=${(event) => setSearch(event.target.value)} /></label>
        <button disabled=${!search.trim()}>Look up</button>
      </form>
    </div>
    ${caller ? html`<${Caller} key=${`${line} ${caller}`} caller=${caller} line=${line} api=${api} />` : html`<${List} key=${line} line=${line} api=${api} />`}`;
}

function List({ line, api }) {
  const [pages, setPages] = useState([]);
  const read = useAction(async (after) => {
    const answer = await api.get("callers", { line, limit: PAGE, after });
    setPages((before) => (after ? [...before, answer] : [answer]));
  });
  useEffect(() => void read.run(), []);
  const callers = pages.flatMap((page) => page.callers);
  const next = pages.at(-1)?.next;
  if (read.error?.code === "no-directory") {
    return html`<section class="card"><${Empty} title="Nobody is remembered"><p>A directory of callers is kept with <code>jackfield run --callers FILE</code>, or <code>callers=</code> in <code>jackfield.conf</code>.</p><//></section>`;
  }
  return html`<section class="card flush" aria-label="Callers">
    ${callers.length > 0 && html`<div class="table-scroll"><table class="folds">
      <thead><tr><th scope="col">Caller</th><th scope="col">Name</th><th scope="col">Permissions</th><th scope="col">Last call</th><th scope="col" class="number">Calls</th><th scope="col" class="number">Notes</th></tr></thead>
      <tbody>${callers.map((one) => html`<tr key=${one.caller} class="to">
        <td><a class="whole" href=${addressOf(PATH, { line, caller: one.caller })}>${one.caller}</a></td>
        <td class="end">${one.name}</td><td class="full">${one.permissions.map((name) => html`<${Badge} key=${name}>${name}<//> `)}</td>
        <td class="quiet">${clock(one["last-call"])}</td><td class="number rare">${count(one.calls)}</td><td class="number rare">${count(one["note-count"])}</td></tr>`)}</tbody>
    </table></div>`}
    ${pages.length > 0 && callers.length === 0 && html`<${Empty} title="Nobody is in the directory"><p>Who calls gets an entry with the first thing that is noted.</p><//>`}
    <${Failure} error=${read.error} again=${() => read.run(next)} />
    ${read.busy && html`<${Spinner} />`}
    ${callers.length > 0 && html`<p class="card-head quiet small">${several(callers.length, "caller")} read ${next && !read.busy && html`<button type="button" class="small" onClick=${() => read.run(next)}>Read more</button>`}</p>`}
  </section>`;
}

function Caller({ caller, line, api }) {
  const { data, error, again } = useAnswer((signal) => api.get("callers", { line, caller }, { signal }), []);
  const [changed, setChanged] = useState(null);
  const [note, setNote] = useState("");
  const body = (members) => ({ caller, ...(line && { line }), ...members });
  const change = useAction(async (members) => {
    setChanged(await api.post("callers", body(members), "PATCH"));
    return true;
  });
  const entry = changed ?? data?.callers[0];
  const addNote = async (event) => {
    event.preventDefault();
    if (note.trim() && (await change.run({ note: note.trim() }))) setNote("");
  };
  // Of nobody there is an entry once something is written down.
  const unknown = !entry && error?.code === "no-such-caller";
  if (!entry && !unknown) return error ? html`<${Failure} error=${error} again=${again} />` : html`<${Spinner} />`;
  return html`<${Failure} error=${change.error} />
    ${unknown && html`<p class="quiet">Nothing is known of this caller. What you write down makes the entry.</p>`}
    <div class="columns">
      <${About} entry=${entry ?? { name: "", language: "", permissions: [] }} change=${change} />
      <section class="card stack" aria-labelledby="caller-notes"><h2 id="caller-notes">Notes</h2>
        <form class="row" onSubmit=${addNote}><input type="text" maxlength="1024" aria-label="New note" value=${note} onInput=${(event) => setNote(event.target.value)} /><button disabled=${!note.trim() || change.busy}>Add</button></form>
        <ul class="notes">${entry?.notes.map(({ id, text, author, time }) => html`<li key=${id}><p class="told">${text}</p>
          <p class="row quiet small">${author === "agent" ? "Agent" : "Person"}, <span title=${fullTime(time)}>${clock(time)}</span><button type="button" class="small push" disabled=${change.busy} onClick=${() => change.run({ "remove-note": id })}>Remove<span class="unseen"> ${text}</span></button></p></li>`)}</ul>
      </section>
    </div>
    ${entry && html`<div class="row"><a class="button" href=${addressOf(["calls"], { state: "ended", search: caller })}>Calls</a>
      <${AskedButton} words="Forget" busyWords="Forgetting …" question=${`Forget ${caller}?`} no="Keep" action=${async () => {
        await api.post("callers", body(), "DELETE");
        go(PATH, { line });
      }}><p>All that is known of <b>${entry.name || caller}</b> is deleted. Recordings and transcripts stay.</p><//></div>`}`;
}

function About({ entry, change }) {
  const known = { name: entry.name, language: entry.language, permissions: entry.permissions.join(", ") };
  const [given, setGiven] = useState({});
  const save = async (event) => {
    event.preventDefault();
    const { permissions, ...members } = given;
    if (await change.run({ ...members, ...(permissions !== undefined && { permissions: permissions.split(",").map((one) => one.trim()).filter(Boolean) }) })) setGiven({});
  };
  const field = (name, title, hint) => html`<label class="field">${title}<input type="text" value=${given[name] ?? known[name]} onInput=${(event) => setGiven({ ...given, [name]: event.target.value })} /><small>${hint}</small></label>`;
  return html`<section class="card" aria-label="About"><form class="stack" onSubmit=${save}>
    ${field("name", "Name", "How the agent addresses them")}${field("language", "Language", "de, en-GB")}${field("permissions", "Permissions", "With commas; tools ask for them")}
    ${entry.created && html`<p class="quiet small">${several(entry.calls, "call")}, the last one ${clock(entry["last-call"])}; known since ${clock(entry.created)}</p>`}
    <div class="row"><button class="main" disabled=${Object.keys(given).length === 0 || change.busy}>Save</button></div>
  </form></section>`;
}
