// Dark, light, or as the system has it.
import { store, stored } from "./i18n";

export type Theme = "auto" | "light" | "dark";
export const THEMES: Theme[] = ["auto", "light", "dark"];
const STORED = "kasf.theme";

export function theme(): Theme {
  const found = stored(STORED);
  return found === "light" || found === "dark" ? found : "auto";
}

export function applyTheme(): void {
  const now = theme();
  if (now === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = now;
}

export function chooseTheme(wanted: Theme): void {
  store(STORED, wanted === "auto" ? null : wanted);
  applyTheme();
}
