// Light, dark, or as the system has it. Kept in this browser.

const KEY = "jackfield.theme";
export const THEMES = ["auto", "light", "dark"];

export function theme() {
  const kept = stored();
  return THEMES.includes(kept) ? kept : "auto";
}

// Browsers may refuse to keep anything.
function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function setTheme(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Then it lasts as long as the page.
  }
  apply(name);
}

export function apply(name = theme()) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  dispatchEvent(new CustomEvent("themechange"));
}

// Tells of every change of colours, also of the system's; gives what ends that. Charts, which are
// painted, are painted anew then.
export function onThemeChange(then) {
  const media = matchMedia("(prefers-color-scheme: dark)");
  addEventListener("themechange", then);
  media.addEventListener("change", then);
  return () => {
    removeEventListener("themechange", then);
    media.removeEventListener("change", then);
  };
}
