// What a call's jitter buffer did, second by second, as columns of charts. Pure.

const value = (number) => (typeof number === "number" && Number.isFinite(number) ? number : null);

// `events`: { at (ms since 1970), …data of `jitter` }, in order. Counts are since the start of the
// call; charts show how many came since the event before.
export function jitterCharts(events) {
  const times = [];
  const columns = { delay: [], target: [], concealed: [], lost: [], late: [] };
  events.forEach((event, index) => {
    const before = events[index - 1];
    const grown = (name) => (before && value(event[name]) !== null && value(before[name]) !== null ? Math.max(0, event[name] - before[name]) : null);
    times.push(event.at / 1000);
    columns.delay.push(value(event["delay-ms"]));
    columns.target.push(value(event["target-ms"]));
    columns.concealed.push(value(event["concealed-percent"]));
    columns.lost.push(grown("lost"));
    columns.late.push(grown("late"));
  });
  return {
    delays: [times, columns.delay, columns.target],
    concealed: [times, columns.concealed],
    losses: [times, columns.lost, columns.late],
    latest: events.at(-1) ?? null,
  };
}

// What the E-model's R says to a person, ITU-T G.107 annex B.
export function ratingWords(rating) {
  if (!Number.isFinite(rating)) return "";
  if (rating >= 90) return "very satisfied";
  if (rating >= 80) return "satisfied";
  if (rating >= 70) return "some dissatisfied";
  if (rating >= 60) return "many dissatisfied";
  return "nearly all dissatisfied";
}
