import { describe, expect, test } from 'vitest';
import type { Order } from '../api';
import { creditOf, exchangeable, leftOf } from './credit';

/** docs/money.md's three notebooks at 333, 1 off the lot: 998. */
function notebooks(refunds: { quantity: string; total: number }[] = []): Order {
  const gone = refunds.reduce((sum, one) => sum + Number(one.quantity), 0);
  return {
    status: 'completed',
    policy: { rounding_mode: 'half_up' },
    lines: [{ id: 'l1', quantity: '3', total: 998, ...(gone && { refunded: String(gone) }) }],
    refunds: refunds.map((one) => ({ lines: [{ line_id: 'l1', ...one }] })),
    service_charges: [],
    paid: 998,
    refunded: refunds.reduce((sum, one) => sum + one.total, 0),
  } as unknown as Order;
}

describe('what comes back is worth its share of what is left', () => {
  const first = { quantity: '1', total: 333 };
  test.each([
    [notebooks(), 1000, 333],
    [notebooks(), 3000, 998],
    [notebooks([first]), 1000, 333],
    [notebooks([first, first]), 1000, 332],
  ])('case %#', (order, part, worth) => {
    expect(creditOf(order, { l1: part })).toBe(worth);
  });

  test('and nothing of what has come back already', () => {
    expect(leftOf(notebooks([first]).lines[0] as Order['lines'][number])).toBe(2000);
  });

  test('and not more than was paid', () => {
    expect(creditOf({ ...notebooks(), paid: 500 }, { l1: 3000 })).toBe(500);
  });
});

test('what has a charge that is in no line is not exchanged here', () => {
  const charge = { taxable: false } as Order['service_charges'][number];
  expect(exchangeable(notebooks())).toBe(true);
  expect(exchangeable({ ...notebooks(), service_charges: [charge] })).toBe(false);
});
