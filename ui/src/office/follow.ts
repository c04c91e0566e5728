/** Looking at something that goes on without us, while a screen shows it. */

export interface Following<T> {
  look: () => Promise<T>;
  tell: (found: T) => void;
  /** What came instead of an answer, which ends nothing: the next look may succeed. */
  fail?: (error: unknown) => void;
  /** Whether there is more to see after this. */
  goesOn?: (found: T) => boolean;
  everyMs?: number;
}

/** Look now, and then every so often until there is no more to see. What is answered ends it. */
export function follow<T>({ look, tell, fail, goesOn = () => true, everyMs = 1500 }: Following<T>): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let ended = false;
  async function again(): Promise<void> {
    try {
      const found = await look();
      if (ended) return;
      tell(found);
      if (!goesOn(found)) return;
    } catch (error) {
      if (ended) return;
      fail?.(error);
    }
    timer = setTimeout(again, everyMs);
  }
  void again();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
