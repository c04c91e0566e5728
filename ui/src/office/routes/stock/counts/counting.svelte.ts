/**
 * What somebody counts, as they go: each scan is one more, and goes to the API by itself. What could not be sent yet is
 * kept in this browser, and sent later; so a cellar without a network, or a closed tab, loses nothing.
 */
import type { CountLine } from '../../../../api';
import { ONE, parseQuantity, quantityText } from '../../../../shared/quantity';

/** The most lines that the API takes at once: functions/inventory/models.py. */
const AT_ONCE = 90;

export interface Found {
  variant_id: string;
  quantity: string;
}

/** A quantity that was found, which may be none: "0", "2.5"; null if it is no quantity. */
export function parseCounted(text: string): string | null {
  if (/^0+([.,]0{1,3})?$/.test(text.trim())) return '0';
  const thousandths = parseQuantity(text);
  return thousandths === null ? null : quantityText(thousandths);
}

export class Counting {
  lines = $state.raw<readonly CountLine[]>([]);
  /** What is not known to have arrived, by variant. */
  waiting = $state.raw<ReadonlyMap<string, string>>(new Map());
  error = $state.raw<unknown>(null);
  #sending = false;
  readonly #send: (lines: Found[]) => Promise<readonly CountLine[]>;
  readonly #keep: (waiting: Found[]) => void;

  /** `kept` is what an earlier visit could not send; `keep` keeps it for the next one. */
  constructor(
    lines: readonly CountLine[],
    send: (lines: Found[]) => Promise<readonly CountLine[]>,
    kept: readonly Found[] = [],
    keep: (waiting: Found[]) => void = () => {},
  ) {
    this.lines = lines;
    this.#send = send;
    this.#keep = keep;
    this.waiting = new Map(
      kept.filter(({ variant_id }) => this.has(variant_id)).map((one) => [one.variant_id, one.quantity]),
    );
  }

  has(variantId: string): boolean {
    return this.lines.some(({ variant_id }) => variant_id === variantId);
  }

  /** How much was found of a variant; null while nobody has counted it. */
  found(variantId: string): string | null {
    return (
      this.waiting.get(variantId) ?? this.lines.find(({ variant_id }) => variant_id === variantId)?.counted ?? null
    );
  }

  oneMore(variantId: string): Promise<void> {
    const before = parseQuantity(this.found(variantId) ?? '0') ?? 0;
    return this.set(variantId, quantityText(before + ONE));
  }

  /** Say how much there is. */
  set(variantId: string, quantity: string): Promise<void> {
    this.#wait(new Map([...this.waiting, [variantId, quantity]]));
    return this.flush();
  }

  /** Send what waits, unless that is under way. What fails stays, and is sent the next time. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.waiting.size) {
        const sent = [...this.waiting].slice(0, AT_ONCE).map(([variant_id, quantity]) => ({ variant_id, quantity }));
        this.#take(await this.#send(sent), sent);
        this.error = null;
      }
    } catch (error) {
      this.error = error;
    } finally {
      this.#sending = false;
    }
  }

  #take(answered: readonly CountLine[], sent: Found[]): void {
    const by = new Map(answered.map((line) => [line.variant_id, line]));
    this.lines = this.lines.map((line) => by.get(line.variant_id) ?? line);
    const left = new Map(this.waiting);
    // what was counted on meanwhile is sent again, as it is now
    for (const { variant_id, quantity } of sent) if (left.get(variant_id) === quantity) left.delete(variant_id);
    this.#wait(left);
  }

  #wait(waiting: ReadonlyMap<string, string>): void {
    this.waiting = waiting;
    this.#keep([...waiting].map(([variant_id, quantity]) => ({ variant_id, quantity })));
  }
}
