/** Lines of products that are written down: of a delivery, a transfer, an adjustment. Pure. */
import { ONE, parseQuantity, quantityText } from '../../../shared/quantity';

export interface Line {
  variantId: string;
  name: string;
  /** As typed. */
  quantity: string;
  /** What one costs, as typed; "" where that is not asked. */
  cost: string;
}

/** The lines with one more of a variant: another line, or one more on the line that there is. */
export function withOneMore(lines: readonly Line[], found: { variantId: string; name: string; cost: string }): Line[] {
  const at = lines.findIndex(({ variantId }) => variantId === found.variantId);
  const there = lines[at];
  if (!there) return [...lines, { ...found, quantity: '1' }];
  const thousandths = parseQuantity(there.quantity);
  const quantity = thousandths === null ? there.quantity : quantityText(thousandths + ONE);
  return lines.with(at, { ...there, quantity });
}

/** What one costs, as typed in whole units ("83,3333"), in minor units as the API takes it ("8333.33"); null if it is none. */
export function parseUnitCost(text: string, minorUnits: number): string | null {
  const match = /^(\d{1,12})(?:[.,](\d{1,6}))?$/.exec(text.trim());
  if (!match?.[1]) return null;
  const places = (match[2] ?? '').padEnd(minorUnits, '0');
  const whole = `${match[1]}${places.slice(0, minorUnits)}`.replace(/^0+(?=\d)/, '');
  const rest = places.slice(minorUnits).replace(/0+$/, '');
  return rest.length > 4 || whole.length > 12 ? null : `${whole}${rest && `.${rest}`}`;
}

/** What the API writes of a unit cost ("8333.33" minor units) in whole units: "83.3333". */
export function unitCostText(cost: string, minorUnits: number): `${number}` {
  const [whole = '', rest = ''] = cost.split('.');
  const digits = whole.padStart(minorUnits + 1, '0');
  const at = digits.length - minorUnits;
  const places = `${digits.slice(at)}${rest}`.replace(/0+$/, '').padEnd(minorUnits, '0');
  return `${digits.slice(0, at)}${places && `.${places}`}` as `${number}`;
}

/** quantity x cost in minor units, as the API rounds it: half up, once. Null while either is not right. */
export function worth({ quantity, cost }: Line, minorUnits: number): number | null {
  const [thousandths, unit] = [parseQuantity(quantity), parseUnitCost(cost, minorUnits)];
  if (thousandths === null || unit === null) return null;
  const [whole = '0', rest = ''] = unit.split('.');
  const product = BigInt(whole + rest.padEnd(4, '0')) * BigInt(thousandths); // in ten-millionths of a minor unit
  return Number((product + 5_000_000n) / 10_000_000n);
}
