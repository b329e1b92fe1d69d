// Rows of figures over time, of the last while only. Pure: the time is an argument.

export class TimeSeries {
  #span;
  #most;
  #times = [];
  #columns;

  // `spanMs`: how far back it reaches; `most`: rows that are kept at most.
  constructor(columns, { spanMs, most }) {
    this.#span = spanMs;
    this.#most = most;
    this.#columns = Array.from({ length: columns }, () => []);
  }

  get length() {
    return this.#times.length;
  }

  // Rows come in the order of time; one that is not later than the last takes its place.
  add(atMs, row) {
    const last = this.#times.length - 1;
    if (last >= 0 && atMs <= this.#times[last]) {
      this.#columns.forEach((column, index) => (column[last] = row[index] ?? null));
      return;
    }
    this.#times.push(atMs);
    this.#columns.forEach((column, index) => column.push(row[index] ?? null));
    // The row before the span stays: its values hold until the first one within.
    let old = 0;
    while (old + 1 < this.#times.length && this.#times[old + 1] <= atMs - this.#span) ++old;
    // In lumps, as it moves all that is behind.
    if (this.#times.length > this.#most) this.#drop(Math.max(old, Math.ceil(this.#most / 16)));
    else if (old >= 64) this.#drop(old);
  }

  #drop(count) {
    const few = Math.min(count, this.#times.length - 1);
    this.#times.splice(0, few);
    for (const column of this.#columns) column.splice(0, few);
  }

  // [times in ms, column, column, …], not to be changed.
  get data() {
    return [this.#times, ...this.#columns];
  }

  // What holds at `nowMs`: [times in s, columns…] from `spanMs` before on, its ends drawn out to both
  // bounds, for charts.
  window(nowMs, spanMs = this.#span) {
    const from = nowMs - spanMs;
    let first = 0;
    while (first + 1 < this.#times.length && this.#times[first + 1] <= from) ++first;
    if (this.#times.length === 0) return [[], ...this.#columns.map(() => [])];
    const times = this.#times.slice(first).map((at) => Math.max(at, from) / 1000);
    const columns = this.#columns.map((column) => column.slice(first));
    if (times.at(-1) < nowMs / 1000) {
      times.push(nowMs / 1000);
      for (const column of columns) column.push(column.at(-1));
    }
    return [times, ...columns];
  }
}
