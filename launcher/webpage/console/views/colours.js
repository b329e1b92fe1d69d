// Colours of the style sheet for what is painted: canvases know no variables.
import { onThemeChange } from "../theme.js";

let known = new Map();
onThemeChange(() => (known = new Map()));

// `name`: of a variable, such as "--series-1"; what it stands for at `element`'s place in the page.
export function colourOf(element, name) {
  let colour = known.get(name);
  if (colour) return colour;
  // Only a property has the value that the browser has worked out.
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  probe.hidden = true;
  (element.isConnected ? element : document.body).append(probe);
  colour = getComputedStyle(probe).color;
  probe.remove();
  known.set(name, colour);
  return colour;
}
