import { Failure, html, useStore, useState } from "../ui.js";

// In place of everything else, until the server lets this page in.
export function SignInPage({ store, api }) {
  const denied = useStore(store, (state) => state.denied);
  const [token, setToken] = useState("");
  const signIn = (event) => {
    event.preventDefault();
    api.token = token.trim();
    store.start();
  };
  // Without a token of its own the server takes none: then only its operator can do something.
  const closed = denied?.status === 403;
  return html`<main class="sign-in">
    <form class="card" onSubmit=${signIn}>
      <div class="brand"><img src="console/icon.svg" alt="" width="32" height="32" />Jackfield</div>
      <h1>${closed ? "This console is closed" : "Sign in"}</h1>
      ${closed
        ? html`<p>The server shows nothing to this address.</p>`
        : html`<p>Who sees the console can listen to calls and end them. So the server asks for its token, which stands in its environment as <code>JACKFIELD_API_TOKEN</code>.</p>`}
      ${denied && (closed || api.token) && html`<${Failure} error=${denied} />`}
      ${closed
        ? html`<button type="button" onClick=${() => store.start()}>Try again</button>`
        : html`<label class="field">Token
            <input type="password" name="token" autocomplete="current-password" required autofocus value=${token} onInput=${(event) => setToken(event.target.value)} />
            <small>Kept until this tab is closed, and sent to this server only.</small>
          </label>
          <button type="submit" class="main">Sign in</button>`}
    </form>
  </main>`;
}
