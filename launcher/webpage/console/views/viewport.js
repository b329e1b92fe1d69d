// Which part of a drawing is seen, and how large: { x, y, scale }, where x, y is the drawing's point
// in the upper left corner. Pure.

export const LEAST_SCALE = 0.1;
export const MOST_SCALE = 4;
export const LEAST_LEGIBLE = 0.8;

// All of it in the middle, but never larger than life.
export function fit(drawing, area) {
  const scale = Math.min(1, Math.max(LEAST_SCALE, Math.min(area.width / drawing.width, area.height / drawing.height)));
  return { scale, x: (drawing.width - area.width / scale) / 2, y: (drawing.height - area.height / scale) / 2 };
}

// What is seen at first: all of it, but large enough to be read, from where the sound comes in.
export function begin(drawing, area) {
  const all = fit(drawing, area);
  if (all.scale >= LEAST_LEGIBLE) return all;
  const scale = LEAST_LEGIBLE;
  const from = (size, seen) => (size > seen ? 0 : (size - seen) / 2);
  return { scale, x: from(drawing.width, area.width / scale), y: from(drawing.height, area.height / scale) };
}

// By `factor`, so that what is under `at` (in the area) stays there.
export function zoom(view, factor, at) {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, view.scale * factor));
  return { scale, x: view.x + at.x / view.scale - at.x / scale, y: view.y + at.y / view.scale - at.y / scale };
}

// By pixels of the area; some of the drawing always stays in sight.
export function pan(view, byX, byY, drawing, area) {
  const margin = 60 / view.scale;
  const within = (value, least, most) => Math.min(Math.max(value, Math.min(least, most)), Math.max(least, most));
  return {
    scale: view.scale,
    x: within(view.x - byX / view.scale, margin - area.width / view.scale, drawing.width - margin),
    y: within(view.y - byY / view.scale, margin - area.height / view.scale, drawing.height - margin),
  };
}

// Moved as little as needed for `box` to be seen.
export function reveal(view, box, area, margin = 12) {
  const move = (from, size, boxFrom, boxSize) => {
    const room = margin / view.scale;
    if (boxFrom - room < from || boxSize + 2 * room > size) return boxFrom - room;
    return boxFrom + boxSize + room > from + size ? boxFrom + boxSize + room - size : from;
  };
  return {
    scale: view.scale,
    x: move(view.x, area.width / view.scale, box.x, box.width),
    y: move(view.y, area.height / view.scale, box.y, box.height),
  };
}
