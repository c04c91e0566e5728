import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allocate, inCoins, type OfflineLine, type Policy, price, type Rounding, round } from './pricing';

/** The cases that the API's own arithmetic is held to: numbers of others, each with its source. */
const { cases } = JSON.parse(
  readFileSync(new URL('../../../tests/cases/arithmetic.json', import.meta.url), 'utf8'),
) as { cases: any[] };
const named = (id: string) => cases.find((one) => one.id === id);

const PLAIN: Policy = { rounding: 'half_up', taxRounding: 'per_line', cashRoundingStep: 0 };

function minor(amount: string, places: number): number {
  const [whole = '0', rest = ''] = amount.split('.');
  return Number(whole + rest.padEnd(places, '0'));
}

/** A case's order as the register prices it. */
function priced(id: string, policy: Partial<Policy> = {}) {
  const { input, minor_unit } = named(id);
  const places = input.minor_units ? 0 : minor_unit;
  const off = (one: any) => (one.percent ? { percent: one.percent } : { amount: minor(one.amount, places) });
  const lines: OfflineLine[] = input.lines.map((line: any) => ({
    price: [line.unit_price, ...(line.modifiers ?? [])].reduce(
      (sum: number, one: string) => sum + minor(one, places),
      0,
    ),
    quantity: Number(line.qty) * 1000,
    discounts: (line.discounts ?? []).map(off),
    taxes: (line.taxes ?? input.taxes ?? []).map((tax: any) => ({ id: JSON.stringify(tax), ...tax })),
  }));
  const discounts = input.order_discount ? [off(input.order_discount)] : [];
  const taxRounding = input.tax_rounding === 'order' ? 'per_order' : 'per_line';
  const figures = price(lines, discounts, { ...PLAIN, rounding: input.mode ?? 'half_up', taxRounding, ...policy });
  return { figures, minor: (amount: string) => minor(amount, places) };
}

describe('a ticket without a network comes to what the API makes of it', () => {
  test.each(['A03', 'A05', 'B01', 'B03', 'B06', 'B08', 'D04', 'E05', 'E07', 'E16', 'E18'])('case %s', (id) => {
    const { figures, minor } = priced(id);
    expect(figures?.total).toBe(minor(named(id).expected.total));
  });

  test.each(['per_line', 'per_order'] as const)('case C01, rounded %s', (taxRounding) => {
    const { figures, minor } = priced('C01', { taxRounding });
    expect(figures?.tax).toBe(minor(named('C01').expected[taxRounding].tax));
  });

  test('case E01: modifiers and line discounts', () => {
    const { figures, minor } = priced('E01');
    expect(figures && figures.subtotal - figures.discount).toBe(minor(named('E01').expected.subtotal));
  });

  test('case E09: a percentage off the line, then off the order', () => {
    expect(priced('E09').figures?.total).toBe(126263);
  });

  test('case F01: in cash by the coins that there are', () => {
    const { figures } = priced('F01', { taxRounding: 'per_order', cashRoundingStep: 5 });
    expect(figures).toMatchObject({ total: 492, cashDue: 490 });
  });

  test('what a scale says that it costs is what it costs', () => {
    expect(price([{ price: 100, quantity: 1234, amount: 99 }], [], PLAIN)?.total).toBe(99);
  });
});

describe('a ticket is not guessed at', () => {
  test('where taxes build on each other, or are in the price and on top of it', () => {
    const compound = [{ id: 'tax_1', rate: '6', included: false, compound: true }];
    const mixed = named('G01').input.lines[1].taxes;
    for (const taxes of [compound, mixed]) expect(price([{ price: 100, quantity: 1000, taxes }], [], PLAIN)).toBeNull();
  });

  test('where a discount takes more than there is, or a sum is beyond what a number holds', () => {
    expect(price([{ price: 100, quantity: 1000, discounts: [{ amount: 101 }] }], [], PLAIN)).toBeNull();
    expect(price([{ price: 100, quantity: 1000 }], [{ amount: 101 }], PLAIN)).toBeNull();
    expect(price([{ price: Number.MAX_SAFE_INTEGER, quantity: 2000 }], [], PLAIN)).toBeNull();
  });
});

describe('rounding', () => {
  test.each([
    ['half_up', 51, 45],
    ['half_even', 50, 45],
    ['down', 50, 44],
  ] as [Rounding, number, number][])('%s', (mode, a01, a08) => {
    expect(round(505, 10, mode)).toBe(a01);
    expect(round(-505, 10, mode)).toBe(-a01);
    expect(round(4465, 100, mode)).toBe(a08);
  });

  test('shares are by largest remainder, and make the whole', () => {
    for (const id of ['E12', 'E14']) {
      const { input, expected } = named(id);
      expect(allocate(input.total, input.weights)).toEqual(expected.parts);
    }
    expect(allocate(2, [0, 0, 0])).toEqual([1, 1, 0]);
  });

  test('a step of 0 or 1 leaves an amount alone', () => {
    for (const cashRoundingStep of [0, 1]) expect(inCoins(492, { ...PLAIN, cashRoundingStep })).toBe(492);
  });
});
