// What agents ask people while they talk, and callers who are handed over to people.
import { span } from "./format.js";
import { partyOf } from "./session_parts.js";
import { Badge, Failure, html, useAction, useNow, useState, useStore } from "./ui.js";
import { transferState } from "./words.js";

const LONGEST = 2000; // of an answer

function CallLink({ session, line, store }) {
  const known = useStore(store, (state) => state.sessions.get(session));
  return html`<a href=${`#/call/${encodeURIComponent(session)}`}>${known ? partyOf(known) : "a call"}</a> on ${line}`;
}

function Ago({ time }) {
  return html`<span class="numbers">${span(Math.max(0, useNow(1000) - Date.parse(time)))}</span>`;
}

export function Question({ question, store, api }) {
  const [text, setText] = useState("");
  const send = useAction(async (what, body) => {
    await api.post(["questions", question.id, what], body);
    store.forgetQuestion(question.id);
  });
  const blank = !text.trim();
  const submit = (event) => {
    event.preventDefault();
    if (!blank && !send.busy) send.run("answer", { answer: text.trim() });
  };
  return html`<li class="question">
    <p class="small quiet">${question.person && html`For <b>${question.person}</b>, `}<${CallLink} ...${question} store=${store} />, <${Ago} time=${question["asked-at"]} /> ago ${!question.waiting && html`<${Badge}>Goes on without; told later<//>`}</p>
    <p class="told">${question.question}</p>
    <form class="row" onSubmit=${submit}>
      <input type="text" maxlength=${LONGEST} aria-label=${`Answer to: ${question.question}`} placeholder="What the agent is told" value=${text} onInput=${(event) => setText(event.target.value)} />
      <button class="main" disabled=${blank || send.busy}>Answer</button>
      <button type="button" title="The agent is told that nobody can answer" disabled=${send.busy} onClick=${() => send.run("refuse")}>Cannot say</button>
    </form>
    <${Failure} error=${send.error} />
  </li>`;
}

export function Transfer({ transfer, store }) {
  const [words, tone] = transferState(transfer);
  return html`<li class="question">
    <p><${CallLink} ...${transfer} store=${store} /> to <b>${transfer.person}</b> <${Badge} tone=${tone}>${words}<//></p>
    ${transfer.summary && html`<p class="told quiet">${transfer.summary}</p>`}
  </li>`;
}

const MOST = 2;

// On each page, because somebody waits.
export function QuestionBanner({ store, api, here }) {
  const questions = useStore(store, (state) => state.questions);
  if (questions.size === 0 || here === "people") return null;
  return html`<section class="banner asks" aria-label="Questions of agents">
    <p role="status"><b>${questions.size === 1 ? "An agent asks." : `Agents ask ${questions.size} questions.`}</b> ${questions.size > MOST && html`<a href="#/people">All of them</a>`}</p>
    <ul>${[...questions.values()].slice(0, MOST).map((question) => html`<${Question} key=${question.id} question=${question} store=${store} api=${api} />`)}</ul>
  </section>`;
}
