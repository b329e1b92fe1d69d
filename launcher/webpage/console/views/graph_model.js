// A pipeline as a graph to draw: which boxes and lines there are. Pure.

// Bins whose inside is more than this, or of these kinds, are drawn closed at first.
const MANY = 14;
const CLOSED = ["webrtcbin", "rtpbin", "nicesink", "nicesrc", "callrecorder", "decodebin", "uridecodebin", "playbin"];

export const idOf = (element) => element.path ?? element.name;

// "bin/element.pad" → ["bin/element", "pad"]; names of elements may hold dots, those of pads do not.
export function splitEnd(end) {
  const dot = end.lastIndexOf(".");
  return dot < 0 ? [end, ""] : [end.slice(0, dot), end.slice(dot + 1)];
}

export class GraphModel {
  elements = new Map(); // id → element, with `children`: ids
  links; // { from: { id, pad }, to: { id, pad }, caps }

  constructor(graph) {
    for (const element of graph.elements ?? []) this.elements.set(idOf(element), { ...element, id: idOf(element), state: String(element.state).toLowerCase(), children: [] });
    for (const element of this.elements.values()) {
      const parent = this.#parentOf(element);
      element.parentId = parent?.id ?? null;
      parent?.children.push(element.id);
    }
    this.links = (graph.links ?? []).map((link) => {
      const [from, fromPad] = splitEnd(link.from);
      const [to, toPad] = splitEnd(link.to);
      return { from: { id: from, pad: fromPad }, to: { id: to, pad: toPad }, caps: link.caps ?? "" };
    });
    this.links = this.links.filter(({ from, to }) => this.elements.has(from.id) && this.elements.has(to.id));
  }

  #parentOf(element) {
    const parent = element.parent ? this.elements.get(element.parent) : undefined;
    // None is its own ancestor, whatever was told.
    const seen = new Set([element.id]);
    for (let above = parent; above; above = above.parent ? this.elements.get(above.parent) : undefined) {
      if (seen.has(above.id)) return null;
      seen.add(above.id);
    }
    return parent;
  }

  // Bins that are closed until somebody opens them.
  closedAtFirst() {
    return new Set([...this.elements.values()].filter((element) => element.children.length > 0 && (element.children.length > MANY || CLOSED.includes(element.factory) || element.parentId !== null)).map((element) => element.id));
  }

  // What stands for an element when the bins in `closed` are: itself, or the outermost closed bin.
  shownAs(id, closed) {
    let shown = id;
    for (let at = this.elements.get(id); at; at = this.elements.get(at.parentId)) if (at.id !== id && closed.has(at.id)) shown = at.id;
    return shown;
  }

  // Boxes and lines that are seen. Lines to the pads of an open bin go on to the pad inside; what
  // leads nowhere inside is left out.
  shown(closed) {
    const visible = [...this.elements.values()].filter((element) => this.shownAs(element.id, closed) === element.id);
    const boxes = visible.map((element) => ({ element, isOpen: element.children.length > 0 && !closed.has(element.id) }));
    const open = new Set(boxes.filter((box) => box.isOpen).map((box) => box.element.id));
    const ends = this.links.map((link) => ({ ...link, from: { ...link.from, id: this.shownAs(link.from.id, closed) }, to: { ...link.to, id: this.shownAs(link.to.id, closed) } }));
    const inside = (link) => link.from.id === link.to.id;
    const key = (end) => `${end.id}.${end.pad}`;
    const lines = new Map();
    for (const link of ends) {
      if (inside(link) || open.has(link.from.id)) continue;
      for (const to of this.#follow(link.to, ends, open)) {
        if (to.id === link.from.id) continue;
        const id = `${key(link.from)}>${key(to)}`;
        if (!lines.has(id)) lines.set(id, { id, from: link.from, to, caps: link.caps });
      }
    }
    return { boxes, lines: [...lines.values()] };
  }

  // Through the pads of open bins to those of elements.
  #follow(end, ends, open, depth = 0) {
    if (!open.has(end.id)) return [end];
    if (depth > 16) return [];
    const onward = ends.filter((link) => link.from.id === end.id && link.from.pad === end.pad);
    return onward.flatMap((link) => this.#follow(link.to, ends, open, depth + 1));
  }

  // Changes only when the picture does: figures and states do not count.
  static shapeOf(graph) {
    const elements = (graph.elements ?? []).map((element) => `${idOf(element)}:${element.factory}:${element.parent ?? ""}`);
    const links = (graph.links ?? []).map((link) => `${link.from}>${link.to}:${link.caps ?? ""}`);
    return `${elements.sort().join("\n")}\n\n${links.sort().join("\n")}`;
  }
}

// "audio/x-raw, format=(string)S16LE, rate=(int)8000, channels=(int)1" → "audio/x-raw S16LE 8 kHz mono"
export function shortCaps(caps) {
  const first = caps.split(";")[0];
  const [name, ...rest] = first.split(/,\s*/);
  const field = (wanted) => {
    const found = rest.find((part) => part.startsWith(`${wanted}=`));
    return found?.slice(wanted.length + 1).replace(/^\([^)]*\)/, "").replace(/^"|"$/g, "");
  };
  const parts = [name.replace(/\(.*\)/, "").trim()];
  for (const wanted of ["format", "encoding-name"]) if (field(wanted)) parts.push(field(wanted));
  const rate = Number(field("rate") ?? field("clock-rate"));
  if (rate > 0) parts.push(`${rate / 1000} kHz`);
  const channels = field("channels");
  if (channels) parts.push(channels === "1" ? "mono" : channels === "2" ? "stereo" : `${channels} channels`);
  const all = parts.join(" ");
  return all.length > 60 ? `${all.slice(0, 59)}…` : all;
}
