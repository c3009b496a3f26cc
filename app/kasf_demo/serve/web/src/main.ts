// The frame around the pages: header, state of the connection, footer.
import { ApiError, getSession, OfflineError } from "./api";
import { connected, isLost, onConnection } from "./connection";
import { h, replace } from "./dom";
import { chooseLanguage, currentLanguage, languages, startLanguage, t } from "./i18n";
import { type Icon, icon } from "./icons";
import { show } from "./router";
import { applyTheme, chooseTheme, type Theme, theme, THEMES } from "./theme";
import { announce, errorNote, liveRegion, note } from "./view";

const main = h("main", { id: "main" });
const header = h("header", { class: "top" });
const footer = h("footer", { class: "foot" });
const offline = h("div", { class: "offline", role: "alert" });
let version = "";

function choice(label: string, picture: Icon, options: [string, string][], now: string, chosen: (value: string) => void): HTMLElement {
  const select = h("select", { "aria-label": label, title: label }, ...options.map(([value, text]) => h("option", { value, selected: value === now }, text)));
  select.addEventListener("change", () => chosen(select.value));
  return h("label", { class: "pick" }, icon(picture), select);
}

function frame(): void {
  const themes = THEMES.map((name): [string, string] => [name, t(`theme.${name}`)]);
  const language = choice(t("language"), "language", languages(), currentLanguage(), (code) => {
    chooseLanguage(code);
    frame();
    header.querySelector("select")?.focus();
    show(main, true);
  });
  const look = choice(t("theme"), "theme", themes, theme(), (name) => chooseTheme(name as Theme));
  const logo = h("img", { src: "/static/favicon.svg", alt: "", width: 28, height: 28 });
  replace(header, h("a", { href: "#/", class: "brand", "aria-label": "kasf-demo" }, logo, h("span", {}, "kasf-demo")), h("div", { class: "row" }, language, look));
  replace(footer, h("p", {}, t("footer.local")), h("p", {}, `kasf-demo ${version}`));
  skip.textContent = t("skip");
  connection();
}

const skip = h("a", { href: "#main", class: "skip", click: (event) => (event.preventDefault(), main.querySelector("h1")?.focus()) });

function connection(): void {
  offline.hidden = !isLost();
  replace(offline, isLost() && icon("offline"), isLost() && h("div", {}, h("strong", {}, t("offline.title")), " ", t("offline.text"), " ", h("code", {}, "kasf-demo serve")));
}

async function start(): Promise<void> {
  for (;;) {
    try {
      version = (await getSession()).version;
      frame();
      show(main);
      return;
    } catch (error) {
      const denied = error instanceof ApiError && error.status === 401;
      replace(main, h("h1", { tabindex: "-1" }, denied ? t("denied.title") : t("starting")), denied ? note("warning", t("denied.text")) : error instanceof OfflineError ? null : errorNote(error));
      document.title = "kasf-demo";
      if (!(error instanceof OfflineError)) return;
      await connected();
    }
  }
}

applyTheme();
startLanguage();
frame();
document.body.replaceChildren(skip, header, offline, main, footer, liveRegion());
onConnection((lost) => {
  connection();
  if (lost) return;
  announce(t("offline.back"));
  if (version && !main.querySelector("[data-loaded]")) show(main, true); // what could not be loaded meanwhile
});
window.addEventListener("hashchange", () => show(main));
void start();
