// What agents want of people at present.
import { Question, Transfer } from "../questions.js";
import { Empty, Spinner, html, useStore } from "../ui.js";

export function PeoplePage({ store, api }) {
  const [questions, transfers, connection] = useStore(store, (state) => [state.questions, state.transfers, state.connection]);
  if (connection === "connecting") return html`<h1>People</h1><${Spinner} />`;
  return html`<div class="head"><h1>People</h1></div>
    <section class="card" aria-labelledby="people-questions">
      <h2 id="people-questions">Open questions</h2>
      ${questions.size === 0
        ? html`<${Empty} title="No agent asks anything"><p>What agents ask while they talk appears here, and on every other page. Whom they may ask stands in <code>jackfield.conf</code>.</p><//>`
        : html`<ul>${[...questions.values()].map((question) => html`<${Question} key=${question.id} question=${question} store=${store} api=${api} />`)}</ul>`}
    </section>
    ${transfers.size > 0 && html`<section class="card" aria-labelledby="people-transfers">
      <h2 id="people-transfers">Transfers</h2>
      <ul>${[...transfers.values()].map((transfer) => html`<${Transfer} key=${transfer.session} transfer=${transfer} store=${store} />`)}</ul>
    </section>`}`;
}
