// Elements by name, attributes and children. Strings become text, never markup: names of clips come from strangers.

export type Child = Node | string | null | undefined | false;
type Listener = (event: Event) => void;
export type Attributes = Record<string, string | number | boolean | Listener | null | undefined>;

function fill(made: Element, attributes: Attributes, children: Child[]): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
}

/** An HTML element. A function as an attribute listens to the event of that name. */
export function h<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  fill(made, attributes, children);
  return made;
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  fill(made, attributes, children);
  return made;
}

/** Sets the text only if it is another one, so that screen readers are not told the same twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
}

export interface Row<T> {
  node: HTMLElement;
  update(item: T): void;
}

/** Keeps the children of `list` those of `items`; a row that stays keeps its element, and with it the focus. */
export function keyed<T>(list: HTMLElement, rows: Map<string, Row<T>>, items: T[], keyOf: (item: T) => string, make: (item: T) => Row<T>): void {
  const wanted = new Set(items.map(keyOf));
  for (const [key, row] of rows) {
    if (wanted.has(key)) continue;
    if (row.node.contains(document.activeElement)) list.closest<HTMLElement>("section")?.querySelector<HTMLElement>("h2")?.focus();
    row.node.remove();
    rows.delete(key);
  }
  items.forEach((item, n) => {
    let row = rows.get(keyOf(item));
    if (!row) rows.set(keyOf(item), (row = make(item)));
    row.update(item);
    if (list.children[n] !== row.node) list.insertBefore(row.node, list.children[n] ?? null);
  });
}

export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
