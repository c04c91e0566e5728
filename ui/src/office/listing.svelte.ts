/** A list of the API, page after page as it is asked for. An answer to an earlier question is dropped. */

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
type Cursor = { cursor?: string };

export class Listing<T> {
  items = $state.raw<T[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  error = $state.raw<unknown>(null);
  next = $state<string | null>(null);
  #round = 0;
  readonly #read: (page: Cursor) => Promise<Page<T>>;

  /** `read` answers a page; what it is given belongs into the query. */
  constructor(read: (page: Cursor) => Promise<Page<T>>) {
    this.#read = read;
  }

  /** Read from the beginning. */
  async begin(): Promise<void> {
    this.items = [];
    this.next = null;
    await this.#take();
  }

  /** Read the next page. */
  async more(): Promise<void> {
    if (this.state !== 'loading') await this.#take();
  }

  /** Put a changed one where it was, or a new one first. */
  put(one: T, same: (other: T) => boolean): void {
    const at = this.items.findIndex(same);
    this.items = at < 0 ? [one, ...this.items] : this.items.with(at, one);
  }

  drop(same: (other: T) => boolean): void {
    this.items = this.items.filter((other) => !same(other));
  }

  async #take(): Promise<void> {
    const round = ++this.#round;
    this.state = 'loading';
    try {
      let page = await this.#read(this.next ? { cursor: this.next } : {});
      // a page of a filtered list may be empty and yet have a next one
      while (!page.items.length && page.next_cursor && round === this.#round)
        page = await this.#read({ cursor: page.next_cursor });
      if (round !== this.#round) return;
      this.items = [...this.items, ...page.items];
      this.next = page.next_cursor;
      this.state = 'ready';
    } catch (error) {
      if (round !== this.#round) return;
      this.error = error;
      this.state = 'failed';
    }
  }
}

/** All of a list that is known to be short. */
export async function all<T>(read: (page: { limit: number; cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await read({ limit: 200, ...(cursor ? { cursor } : {}) });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}
