/**
 * A scanner is a keyboard that types a code and Enter faster than fingers do. This hears it from whatever has the focus.
 */

/** The most that lies between two keys of a scanner, in milliseconds; slow ones over Bluetooth take 30 or so. */
const FASTEST_FINGERS_MS = 50;
const SHORTEST = 4;

/** Tells scans from typing: `key` answers a code when Enter ends a burst of keys, else null. */
export class Burst {
  #keys = '';
  #last = 0;

  key(key: string, at: number): string | null {
    const quick = at - this.#last <= FASTEST_FINGERS_MS;
    this.#last = at;
    if (key === 'Enter') {
      const code = quick && this.#keys.length >= SHORTEST ? this.#keys : null;
      this.#keys = '';
      return code;
    }
    if (key.length !== 1) return null; // Shift and its like go with capital letters
    this.#keys = quick ? this.#keys + key : key;
    return null;
  }
}

/**
 * Hear scans until the answer is called. Enter of a scan does nothing else; what a scanner typed into a field, `heard` may
 * take out again: it is told the field.
 */
export function listen(
  heard: (code: string, field: HTMLInputElement | HTMLTextAreaElement | null) => void,
): () => void {
  const burst = new Burst();
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const code = burst.key(event.key, event.timeStamp);
    if (code === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target } = event;
    heard(code, target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null);
  };
  addEventListener('keydown', onKey, { capture: true });
  return () => removeEventListener('keydown', onKey, { capture: true });
}
