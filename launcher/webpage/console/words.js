// What went wrong, in words for the person in front of the page.

const BY_CODE = {
  unreachable: "The server does not answer. Is jackfield running, and is the address right?",
  "token-wrong": "The server does not take this token.",
  "too-many-wrong-tokens": "This was wrong too often.",
  "no-such-path": "This server has no such thing: it is of another version than this page, or was built without it.",
  "no-agent": "Nobody in this call takes typed words.",
  "no-such-session": "This call is not known here: it is long over, or its records were deleted.",
  "no-such-line": "There is no such line any more. The list is read anew when you reload the page.",
  "no-such-room": "This room is not open any more.",
  "no-such-seat": "This participant has left the room.",
  "room-full": "All seats of this room are taken.",
  "no-such-task": "There is no such task any more. The list is read anew when you reload the page.",
  "no-such-run": "This run is not known here: it is long over.",
  "no-such-schedule": "There is no such schedule any more. The list is read anew when you reload the page.",
  "no-such-caller": "Nothing is known of this caller.",
  "bad-caller": "This is no number with its country, like +15551234567.",
  "line-needed": "The lines have directories of their own: choose one.",
  "no-such-question": "Somebody else has answered this, or the call is over.",
  "call-over": "The call has ended meanwhile: nobody was told.",
  "no-goal": "This task has no goal of its own: say what is to be done.",
  "has-ended": "This cannot be ended here.",
  busy: "All places are taken. Try again when one is free.",
  stopping: "The server is being stopped and begins no more calls.",
  unexpected: "Something answered that is no jackfield of this page's version. Is there a proxy in between?",
};

const BY_STATUS = {
  401: "The server wants to know who you are: sign in with the token it was started with.",
  403: "The server does not let this page in.",
  404: "The server has no such thing.",
  409: "This cannot be done in the call's present state.",
  413: "That was too long for the server.",
  429: "Too many attempts. Wait a moment.",
  500: "The server failed to do this. Its log tells why.",
  501: "This build of the server cannot do that.",
  503: "The server has no place for it now. Try again in a moment.",
};

// { words, detail }: what to say, and what the server itself said, which may say more.
export function wordsFor(error) {
  if (!error) return null;
  if (error.name !== "ApiError") return { words: "The page itself failed. Reload it.", detail: error.message };
  const words = BY_CODE[error.code] ?? BY_STATUS[error.status] ?? "The server refused this.";
  const detail = error.status && error.code !== "unexpected" ? error.message : "";
  return { words, detail: detail === words ? "" : detail };
}

const END_REASONS = {
  "hang-up": "hung up",
  stop: "the caller hung up",
  closed: "the connection was closed",
  eos: "came to its end",
  shutdown: "the server was stopped",
  "max-duration": "reached the longest duration",
  inactive: "the caller vanished",
  stalled: "the caller took no more sound",
  "protocol-error": "the caller broke the protocol",
  error: "an error",
  console: "hung up from the console",
  operator: "ended by the operator",
};

export function endReason(reason) {
  return reason ? END_REASONS[reason] ?? reason : "";
}

const STATES = { starting: "Starting", running: "Running", ending: "Ending", ended: "Ended" };
export const sessionState = (state) => STATES[state] ?? state;

const ACTIVITIES = {
  listening: "Listening",
  "user-speaking": "Caller speaks",
  thinking: "Thinking",
  speaking: "Agent speaks",
  "interruption-pending": "Interrupted?",
};
export const activity = (state) => ACTIVITIES[state] ?? state;

const KINDS = { phone: "Telephone", browser: "Browser", once: "By itself", conference: "Conference", room: "Room", agent: "Agent", task: "Task" };
export const kindOf = (kind) => KINDS[kind] ?? kind;

const SPEAKERS = { caller: "Caller", agent: "Agent", tool: "Tool", system: "System" };
export const speaker = (who) => SPEAKERS[who] ?? who;

const TRANSFERS = {
  calling: ["Rings", "live"],
  answered: ["Is asked", "live"],
  accepted: ["Takes the call", "good"],
  transferred: ["Handed over", "good"],
  busy: ["Busy", "warn"],
  "no-answer": ["No answer", "warn"],
  declined: ["Declined", "warn"],
  "not-accepted": ["Not taken", "warn"],
  "caller-gone": ["The caller has gone", ""],
  "wrong-number": ["Wrong number", "bad"],
  refused: ["Refused by the service", "bad"],
  unreachable: ["Service not reached", "bad"],
  lost: ["Lost", "bad"],
};
export const transferState = ({ state, outcome }) => TRANSFERS[outcome] ?? TRANSFERS[state] ?? [outcome || state, ""];

// How a run of a task ended: what it is called, and the tone of its badge.
const OUTCOMES = {
  done: ["Done", "good"],
  steps: ["Out of steps", "warn"],
  time: ["Out of time", "warn"],
  cost: ["Too expensive", "warn"],
  timeout: ["Timed out", "warn"],
  failed: ["Failed", "bad"],
  cancelled: ["Cancelled", ""],
  interrupted: ["Interrupted", "bad"],
  missed: ["Missed", "warn"],
  skipped: ["Skipped", ""],
};
export const taskOutcome = (outcome) => OUTCOMES[outcome] ?? [outcome, ""];
