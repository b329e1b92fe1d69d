// What was said in a call, as it was heard.
import { duration } from "./format.js";
import { Component, html, useLayoutEffect, useRef, useState } from "./ui.js";
import { speaker } from "./words.js";

const NEAR_END = 80; // px: who is so near the end wants to see what comes

// What of a reply was not heard: the rest of the text behind its heard beginning. The words that were
// heard may be written a little differently (spaces, a mark at the end).
export function splitHeard(text, heard) {
  if (heard === undefined || heard === null || heard === text) return { heard: text, unheard: "" };
  if (text.startsWith(heard)) return { heard, unheard: text.slice(heard.length) };
  const words = heard.split(/\s+/).filter(Boolean).length;
  const pieces = text.match(/\s*\S+/g) ?? [];
  if (words <= pieces.length) return { heard: pieces.slice(0, words).join(""), unheard: pieces.slice(words).join("") };
  return { heard, unheard: "" };
}

// One thing said; drawn again only when it is another object.
class Said extends Component {
  shouldComponentUpdate({ entry, current }) {
    return entry !== this.props.entry || current !== this.props.current;
  }

  render({ entry, current, onSeek }) {
    const { who } = entry;
    if (who !== "caller" && who !== "agent") {
      return html`<div class=${`said note ${entry.bad ? "bad" : ""}`}><div class="words">${who === "system" ? "" : `${speaker(who)}: `}${entry.text}</div></div>`;
    }
    const interim = entry.final === false;
    const { heard, unheard } = splitHeard(entry.text, entry.heard);
    const at = entry["start-ms"] ?? entry["at-ms"];
    // What may still change is not read out: it would be read again with every word.
    return html`<div class=${`said ${who} ${interim ? "interim" : ""} ${current ? "current" : ""}`} aria-hidden=${interim ? "true" : null}>
      <div class="who"><b>${speaker(who)}</b>${entry.typed && html`<span>typed</span>`}${entry.addressed === false && html`<span>not to the agent</span>`}${at !== undefined && (onSeek
        ? html`<button type="button" class="numbers time" onClick=${() => onSeek(at)} aria-label=${`Play from ${duration(at)}`}>${duration(at)}</button>`
        : html`<span class="numbers">${duration(at)}</span>`)}</div>
      <div class="words">${entry["not-understood"] && !entry.text
        ? html`<i class="quiet">not understood</i>`
        : html`${heard}${unheard && html`<span class="unseen"> (not heard:)</span><del class="unheard" title="The caller interrupted: this was never heard.">${unheard}</del>`}${interim ? " …" : ""}`}</div>
      ${entry.interrupted && html`<span class="cut-off">${unheard ? "interrupted; the rest was not heard" : "interrupted"}</span>`}
    </div>`;
  }
}

// `at`: ms since the call's start, of what is played just now; `onSeek(ms)`: somebody wants to hear that.
export function Transcript({ entries, empty, label = "What is said", at = null, onSeek }) {
  const list = useRef(null);
  const follow = useRef(true);
  const [behind, setBehind] = useState(false);
  const playing = at === null ? -1 : entries.findLastIndex((entry) => (entry["start-ms"] ?? Infinity) <= at && at <= (entry["end-ms"] ?? Infinity));
  useLayoutEffect(() => {
    const item = playing >= 0 ? list.current.children[playing] : null;
    if (item) list.current.scrollTop = item.offsetTop - list.current.clientHeight / 2;
  }, [playing]);
  const toEnd = () => {
    list.current.scrollTop = list.current.scrollHeight;
    follow.current = true;
    setBehind(false);
  };
  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current;
    follow.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (follow.current) setBehind(false);
  };
  useLayoutEffect(() => {
    if (onSeek) return;
    if (follow.current) list.current.scrollTop = list.current.scrollHeight;
    else setBehind(true);
  }, [entries]);
  return html`<div class="transcript" ref=${list} role="log" aria-label=${label} tabindex="0" onScroll=${scrolled}>
    ${entries.map((entry, index) => html`<${Said} key=${index} entry=${entry} current=${index === playing} onSeek=${onSeek} />`)}
    ${entries.length === 0 && html`<div class="said note"><div class="words">${empty}</div></div>`}
    ${behind && html`<div class="to-end" aria-hidden="true"><button type="button" class="small main" tabindex="-1" onClick=${toEnd}>Newest ↓</button></div>`}
  </div>`;
}

// A field for what is typed in the caller's place. `send(text)` may fail; its words stand below.
export function Composer({ send, disabled = false, placeholder, label, fault }) {
  const [text, setText] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    const words = text.trim();
    if (words && !disabled && (await send(words)) !== undefined) setText("");
  };
  return html`<div>
    <form class="composer" onSubmit=${submit}>
      <input type="text" aria-label=${label} placeholder=${placeholder} maxlength="2000" value=${text} disabled=${disabled} autocomplete="off" onInput=${(event) => setText(event.target.value)} />
      <button type="submit" class="main" disabled=${disabled || !text.trim()}>Send</button>
    </form>
    ${fault && html`<div class="composer-fault">${fault}</div>`}
  </div>`;
}
