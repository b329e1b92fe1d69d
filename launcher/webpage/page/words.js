// What went wrong and why a call ended, in words for the person who calls.

const FAILURES = {
  unreachable: "The server does not answer. Is it running, and is the address right?",
  unanswered: "The line did not answer. Try again in a moment.",
  "no-path": "No sound could get through: a network or firewall between you and the server keeps it out. A TURN server may be needed.",
  lost: "The connection to the server was lost and did not come back. The call is over.",
  unsupported: "This browser cannot place calls (it has no WebRTC).",
  unauthorized: "This line lets nobody in without a valid token. Ask for a new link: its address ends in #token=…",
  "no-such-line": "There is no such line here. Is the address right?",
  "room-full": "The room is full.",
  "no-such-room": "There is no such room here. Is the link right? It ends in ?room=NAME or ?room=PIN.",
  "room-failed": "The room was closed because of a fault. Try again in a moment.",
  busy: "All lines are busy. Try again in a moment.",
  "too-large": "The server refused a message that was too large.",
  "bad-message": "The server did not understand this page. Reload it: it may be an old one.",
  timeout: "The server ended the call, because nothing came from here for too long.",
  internal: "The server could not begin the call. Its log tells why.",
};

// Reasons of the line's `bye` that are no failures.
const GOODBYES = {
  "hang-up": "The line hung up.",
  closed: "The line hung up.",
  replaced: "The call goes on in another window.",
  "max-duration": "The call had reached its longest duration.",
  shutdown: "The server was stopped.",
};

// `kind` is "good" or "bad"; `detail` for those who look closer. `line` is "" when the address named none.
export function wordsForEnd({ by, code, text }, line) {
  if (code === "no-such-line" && !line) return { kind: "bad", words: "There are several lines here. Add the name of one to the address: …/call/NAME" };
  if (by === "us") return { kind: "good", words: "You hung up." };
  if (code in GOODBYES) return { kind: "good", words: GOODBYES[code] };
  if (code in FAILURES) return { kind: "bad", words: FAILURES[code], detail: text };
  if (by === "line") return { kind: text ? "bad" : "good", words: "The line ended the call.", detail: text || code };
  return { kind: "bad", words: "The call failed.", detail: text || code };
}

export function wordsForMicrophone(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "The browser may not use the microphone. Allow it by the sign beside the address (a lock or a microphone), then press Call again.";
    case "NotFoundError":
      return "No microphone was found. Plug one in, then press Call again.";
    case "NotReadableError":
      return "The microphone cannot be opened: another program may be using it.";
    case "OverconstrainedError":
      return "The chosen microphone is not there any more. Choose another one.";
    case "InsecureContextError":
      return "Browsers give the microphone only to pages that came by https, or from this very machine. Open this page by its https address.";
    default:
      return `The microphone cannot be used: ${error.message}`;
  }
}

export const STATES = {
  ready: "Ready",
  asking: "Waiting for the microphone",
  connecting: "Connecting",
  calling: "Calling",
  connected: "In the call",
  reconnecting: "Reconnecting",
  ended: "Ended",
};
