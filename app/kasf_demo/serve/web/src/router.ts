// One page at a time, by the address after the #. The focus goes to the new page's heading.
import { clipPage } from "./pages/clip";
import { home } from "./pages/home";
import { jobPage } from "./pages/job";
import { missing } from "./pages/missing";
import { resultPage } from "./pages/result";
import type { View } from "./view";

const PAGES: Record<string, (view: View) => void> = { "": home, clip: clipPage, job: jobPage, result: resultPage };
let leave = new AbortController();

export function go(address: string): void {
  location.hash = address;
}

/** Replaces the address, so that "back" does not come here again. */
export function moveOn(address: string): void {
  location.replace(address);
}

/** Shows the page of the address in `main`. `again`: the same page in another language; the focus stays. */
export function show(main: HTMLElement, again = false): void {
  leave.abort();
  leave = new AbortController();
  const [name = "", id = ""] = location.hash.replace(/^#?\/?/, "").split("/");
  const heading = document.createElement("h1");
  heading.tabIndex = -1;
  const root = document.createElement("div");
  root.className = `page ${name || "home"}`;
  root.dataset.address = location.hash;
  main.replaceChildren(heading, root);
  const page = /^[A-Za-z0-9_-]*$/.test(id) && Object.hasOwn(PAGES, name) && (name === "") === (id === "") ? PAGES[name]! : missing;
  page({
    root,
    signal: leave.signal,
    id,
    title(text) {
      if (heading.textContent !== text) heading.textContent = text;
      document.title = `${text} - kasf-demo`;
    },
  });
  if (again) return;
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}
