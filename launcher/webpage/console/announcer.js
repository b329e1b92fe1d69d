const HIDDEN_PAGE = 500; // ms between renders of a page that nobody sees, which has no frames

// Tells its listeners at most once in an animation frame, however often it changes.
export class Announcer {
  #pause;
  #last = 0;
  #listeners = new Set();
  #waiting = false;

  // `pause`: at least so many ms from one time to the next.
  constructor(pause = 0) {
    this.#pause = pause;
  }

  listen(then) {
    this.#listeners.add(then);
    return () => this.#listeners.delete(then);
  }

  changed() {
    if (this.#waiting) return;
    this.#waiting = true;
    const tell = () => {
      this.#waiting = false;
      this.#last = performance.now();
      for (const then of [...this.#listeners]) then();
    };
    const wait = this.#last + this.#pause - performance.now();
    if (document.hidden) setTimeout(tell, HIDDEN_PAGE);
    else if (wait > 0) setTimeout(() => requestAnimationFrame(tell), wait);
    else requestAnimationFrame(tell);
  }
}
