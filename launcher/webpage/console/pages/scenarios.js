import { go } from "../router.js";
import { Badge, Empty, Failure, Spinner, html, useAction, useAnswer } from "../ui.js";
import { kindOf } from "../words.js";

export function ScenariosPage({ store, api }) {
  const { data, error, loading, again } = useAnswer((signal) => api.get("scenarios", {}, { signal }), []);
  const scenarios = data?.scenarios ?? [];
  return html`<div class="head"><h1>Scenarios</h1><button type="button" class="push" disabled=${loading} onClick=${again}>Check again</button>
      <p>Pipeline files beside those that the server runs, as <code>jackfield check</code> judges them.</p></div>
    <${Failure} error=${error} again=${again} />
    ${!data && loading && html`<${Spinner}>Checking the files …<//>`}
    ${data && scenarios.length === 0 && html`<section class="card"><${Empty} title="No scenario was found"><p>Files that end in <code>.gst</code>, in the folders of the lines' files, stand here.</p><//></section>`}
    <div class="columns">${scenarios.map((scenario) => html`<${ScenarioCard} key=${scenario.name} scenario=${scenario} store=${store} api=${api} />`)}</div>`;
}

function ScenarioCard({ scenario, store, api }) {
  const { name, kind, title, errors = [], warnings = [], variables = [] } = scenario;
  const missing = variables.filter(({ needed }) => needed);
  const start = useAction(async () => {
    const { session } = await api.post("sessions", { scenario: name });
    store.learn(session);
    go(["call", session.id]);
  });
  const line = scenario["served-by"];
  return html`<article class="card stack" aria-label=${name}>
    <div class="row"><h2>${name}</h2>${kind && html`<${Badge}>${kindOf(kind)}<//>`}
      ${errors.length > 0 ? html`<${Badge} tone="bad">${errors.length === 1 ? "1 error" : `${errors.length} errors`}<//>` : warnings.length === 0 && html`<${Badge} tone="good">Fine<//>`}
      ${warnings.length > 0 && html`<${Badge} tone="warn">${warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`}<//>`}</div>
    ${title && html`<p class="quiet">${title}</p>`}
    ${errors.length + warnings.length > 0 && html`<ul class="problems">
      ${errors.map((problem, index) => html`<${Problem} key=${`e${index}`} problem=${problem} file=${name} tone="bad" />`)}
      ${warnings.map((text, index) => html`<${Problem} key=${`w${index}`} problem=${{ text }} file=${name} tone="warn" />`)}
    </ul>`}
    ${variables.length > 0 && html`<details><summary>${variables.length === 1 ? "1 variable" : `${variables.length} variables`}</summary>
      <dl class="details">${variables.map((variable) => html`<dt key=${variable.name}><code>${variable.name}</code></dt><dd>${variable.needed ? "has to be given" : html`<code>${variable.default || "(empty)"}</code>`}</dd>`)}</dl></details>`}
    <div class="row">
      ${scenario["runs-alone"]
        ? html`<button type="button" class="main" disabled=${start.busy || errors.length > 0 || missing.length > 0} onClick=${start.run}>${start.busy ? "Starting …" : "Start"}</button>
            ${missing.length > 0 && html`<span class="quiet small">${missing.map((variable) => variable.name).join(", ")} must be given on the command line.</span>`}`
        : line
          ? html`<p class="quiet">Served by the line <b>${line}</b>. ${kind === "browser" ? html`<a href=${`#/talk/${encodeURIComponent(line)}`}>Talk to it</a>` : ""}</p>`
          : html`<p class="quiet">${kind ? html`Waits for callers: <code>jackfield run ${name}</code> serves it.` : "Too broken to tell what it is for."}</p>`}
    </div>
    <${Failure} error=${start.error} />
  </article>`;
}

// Where it is, what it is, and the text itself with the place marked.
function Problem({ problem, file, tone }) {
  const { line, column, text, hint, source } = problem;
  return html`<li>
    <p><${Badge} tone=${tone}>${line ? `Line ${line}${column ? `, column ${column}` : ""}` : file}<//> ${text}${hint && html`<br /><span class="quiet">${hint}</span>`}</p>
    ${source && html`<pre class="source" tabindex="0" aria-label=${`Line ${line} of ${file}`}><code>${marked([...source], problem["source-column"])}</code></pre>`}
  </li>`;
}

// `letters`: an array, as columns count characters. What is marked goes to the end of the word.
function marked(letters, column) {
  const text = (from, to) => letters.slice(from, to).join("");
  const first = column - 1;
  const length = text(first).search(/[\s!]|$/);
  const last = first + Math.max(1, [...text(first).slice(0, length)].length);
  return html`${text(0, first)}<mark>${text(first, last) || " "}</mark>${text(last)}`;
}
