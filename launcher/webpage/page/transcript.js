// What is said, as the line tells it.

const MOST = 500; // lines that are kept on the page

export class Transcript {
  #list;
  #running = null; // the caller's words that may still change

  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.#list.replaceChildren();
    this.#running = null;
  }

  // who: "caller" or "agent"; final: false while the words may still change, which only the
  // caller's do.
  said(who, text, { final = true, interrupted = false } = {}) {
    if (who === "caller" && this.#running) {
      if (!text) this.#running.remove();
      else this.#fill(this.#running, who, text, final, interrupted);
      if (final || !text) this.#running = null;
      return;
    }
    if (!text) return;
    const item = this.#add(who);
    this.#fill(item, who, text, final, interrupted);
    if (who === "caller" && !final) this.#running = item;
  }

  note(text) {
    this.#add("note").textContent = text;
    this.#running = null;
  }

  #add(who) {
    const item = document.createElement("p");
    item.dataset.who = who;
    const atEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 80;
    this.#list.append(item);
    if (this.#list.children.length > MOST) this.#list.firstElementChild.remove();
    if (atEnd) requestAnimationFrame(() => (this.#list.scrollTop = this.#list.scrollHeight));
    return item;
  }

  #fill(item, who, text, final, interrupted) {
    const name = document.createElement("b");
    name.textContent = who === "caller" ? "You" : "Line";
    item.dataset.final = final;
    item.replaceChildren(name, interrupted ? `${text} …` : text);
  }
}
