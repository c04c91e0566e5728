/** The ticket that is being written. Each change is kept on the device at once: a closed tab loses nothing. */
import type { NewOrder } from '../api';
import { newId } from '../shared/ids';
import { ONE, quantityText } from '../shared/quantity';
import type { Item } from './catalog.svelte';

export interface TicketLine {
  key: string;
  variantId: string;
  name: string;
  /** Of one, in minor units, as the catalog had it when the line was added: for showing. The API prices the order. */
  price: number;
  /** In thousandths. */
  quantity: number;
}

class Ticket {
  lines = $state<TicketLine[]>([]);
  /** The order's id, the register's own: whatever is repeated under it sells once. */
  id = $state(newId('ord'));
  #keep: (lines: TicketLine[]) => void = () => {};

  /** Go on with the lines that the device has kept, and keep all from now on by `keep`. */
  restore(lines: TicketLine[], keep: (lines: TicketLine[]) => void): void {
    this.lines = lines;
    this.#keep = keep;
  }

  get empty(): boolean {
    return this.lines.length === 0;
  }

  /** Add one of it, to the line that it has already if there is one. */
  add(item: Item): void {
    const line = this.lines.find((one) => one.variantId === item.variant.id);
    if (line) line.quantity += ONE;
    else {
      const { name, price } = item;
      this.lines.push({ key: newId('lin'), variantId: item.variant.id, name, price, quantity: ONE });
    }
    this.#changed();
  }

  /** Change how much there is of a line; 0 removes it. */
  setQuantity(key: string, thousandths: number): void {
    if (thousandths <= 0) this.lines = this.lines.filter((line) => line.key !== key);
    else for (const line of this.lines) if (line.key === key) line.quantity = thousandths;
    this.#changed();
  }

  /** Begin another one. */
  clear(): void {
    this.lines = [];
    this.id = newId('ord');
    this.#changed();
  }

  /** The ticket as an order that is not paid. */
  order(locationId: string, registerId: string): NewOrder & { id: string } {
    return {
      id: this.id,
      location_id: locationId,
      register_id: registerId,
      lines: this.lines.map((line) => ({ variant_id: line.variantId, quantity: quantityText(line.quantity) })),
    };
  }

  #changed(): void {
    this.#keep($state.snapshot(this.lines));
  }
}

export const ticket = new Ticket();
