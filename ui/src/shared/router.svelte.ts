/**
 * Folders are routes: routes/orders/[id]/Page.svelte is shown at BASE/orders/ord_1, with `id` as a prop. Each page is
 * loaded when it is first shown.
 */
import type { Component } from 'svelte';

type Load = () => Promise<{ default: Component<Record<string, string>> }>;
export interface Match {
  load: Load;
  params: Record<string, string>;
}

interface Route {
  pattern: RegExp;
  names: string[];
  load: Load;
  dynamic: number;
}

export class Router {
  path = $state(location.pathname);
  readonly #base: string;
  readonly #routes: Route[];
  readonly #below: RegExp;

  /** `pages` is `import.meta.glob('./routes/**\/Page.svelte')`; `base` is "" or such as "/office". */
  constructor(base: string, pages: Record<string, () => Promise<unknown>>) {
    this.#base = base;
    this.#below = new RegExp(`^${base}(/|$)`);
    this.#routes = Object.entries(pages)
      .map(([file, load]) => route(file, load as Load))
      .sort((a, b) => a.dynamic - b.dynamic);
    addEventListener('popstate', () => {
      this.path = location.pathname;
    });
    addEventListener('click', (event) => this.#follow(event));
  }

  /** The page that the path leads to; null if there is none. */
  get match(): Match | null {
    const path = this.path.slice(this.#base.length).replace(/\/$/, '') || '/';
    for (const { pattern, names, load } of this.#routes) {
      const found = pattern.exec(path);
      if (found) {
        const params = names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')]);
        return { load, params: Object.fromEntries(params) };
      }
    }
    return null;
  }

  /** Show the page at a path below the base. `replace` leaves no way back to the one before. */
  go(path: string, { replace = false } = {}): void {
    const url = `${this.#base}${path}`;
    if (replace) history.replaceState(null, '', url);
    else if (url !== location.pathname) history.pushState(null, '', url);
    this.path = location.pathname;
    scrollTo(0, 0);
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (!this.#below.test(link.pathname) || (!this.#base && link.pathname.startsWith('/office'))) return;
    event.preventDefault();
    this.go(link.pathname.slice(this.#base.length) || '/');
  }
}

function route(file: string, load: Load): Route {
  const path = file.replace(/^\.\/routes/, '').replace(/\/Page\.svelte$/, '') || '/';
  const names = [...path.matchAll(/\[(\w+)\]/g)].map((match) => match[1] ?? '');
  const pattern = new RegExp(`^${path.replace(/\[\w+\]/g, '([^/]+)')}$`);
  return { pattern, names, load, dynamic: names.length };
}
