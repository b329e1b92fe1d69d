const HIDDEN_PAGE = 500; // ms between renders of a page that nobody sees, which has no frames

// Tells its listeners at most once in an animation frame, however often it changes.
export class Announcer {
  #listeners = new Set();
  #waiting = false;

  listen(then) {
    this.#listeners.add(then);
    return () => this.#listeners.delete(then);
  }

  get listeners() {
    return this.#listeners.size;
  }

  changed() {
    if (this.#waiting) return;
    this.#waiting = true;
    const tell = () => {
      this.#waiting = false;
      for (const then of [...this.#listeners]) then();
    };
    if (document.hidden) setTimeout(tell, HIDDEN_PAGE);
    else requestAnimationFrame(tell);
  }
}
