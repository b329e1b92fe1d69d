// Small pictures beside words; they say nothing by themselves.
import { html } from "./preact.js";

const PATHS = {
  overview: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  calls: "M6.6 3.5 9 8 7.2 9.8c1.2 3 4 5.8 7 7L16 15l4.5 2.400v3c-9 1.6-17.5-7-16.9-16.900z",
  rooms: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 20c0-8 12-8 12 0M15 14.200c4-.6 7 2 7 5.800",
  talk: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.500V21",
  latency: "M3 20h18M5 16l4-6 4 3 6-8",
  scenarios: "M7 4.500v15l12-7.500z",
  callers: "M5 3h14v18H5zM12 11a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM8 17c0-5 8-5 8 0M3 8h4M3 16h4",
  people: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-9 16-9 16 0",
  tasks: "M4 6.500l1.500 1.500 3-3M4 12.500l1.500 1.500 3-3M4 18.500l1.500 1.500 3-3M12 6.500h8M12 12.500h8M12 18.500h8",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5",
  hangup: "M3 14.500c5-5 13-5 18 0l-2.6 2.8-3.6-1.500v-2.500a9 9 0 0 0-5.6 0v2.500l-3.6 1.500z",
  muted: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.500V21M4 3l16 18",
  help: "M9 9a3 3 0 1 1 4.2 2.700c-.8.4-1.2 1-1.2 1.800v.500M12 17.500v.5",
  back: "M14 5l-7 7 7 7",
  copy: "M8 8h11v12H8zM5 16V4h11",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
}
