import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type OfflineLine, price, type Rounding } from './pricing';
import { covering, promoted, running } from './promotions';

/** What the API's own rules have computed (tests/unit/orders/test_offline_cases.py writes it and holds it to them). */
const { zone, location, categories, cases } = JSON.parse(
  readFileSync(new URL('../../../tests/cases/promotions.json', import.meta.url), 'utf8'),
) as { zone: string; location: string; categories: any[]; cases: any[] };

function figuresOf(one: any) {
  const live = running(one.promotions, location, new Date(one.at), zone);
  const lines: OfflineLine[] = one.lines.map((line: any) => ({
    price: line.price,
    quantity: Math.round(Number(line.quantity) * 1000),
    amount: line.amount,
    discounts: line.discounts,
  }));
  const covered = one.lines.map((line: any) =>
    covering(
      live,
      { variantId: line.variant_id, productId: line.product_id, categoryId: line.category_id },
      categories,
    ),
  );
  const policy = {
    rounding: one.rounding as Rounding,
    taxRounding: 'per_line' as const,
    cashRoundingStep: one.cash_rounding_step,
  };
  const after = promoted(lines, one.discounts, policy, live, covered);
  return price(after.lines, after.discounts, policy);
}

describe('promotions without a network', () => {
  test.each(cases.map((one, at) => [at, one] as const))('take what the API takes: ticket %i', (_at, one) => {
    const { cash_due: cashDue, ...figures } = one.expected ?? {};
    expect(figuresOf(one)).toEqual(one.expected && { ...figures, cashDue, tax: 0, tip: 0 });
  });

  test('are something in most of these tickets, of each kind', () => {
    const gave = cases.filter((one) => one.expected?.discount > 8);
    expect(gave.length).toBeGreaterThan(100);
    for (const kind of ['percent_off', 'buy_x_get_y', 'order_over']) {
      expect(gave.some((one) => one.promotions.every((offer: any) => offer[kind]))).toBe(true);
    }
  });

  test('cover nothing that is not in the catalog', () => {
    expect(covering(cases[0].promotions, null, categories)).toEqual([]);
  });
});
