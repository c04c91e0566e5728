import { describe, expect, test } from 'vitest';
import { type Line, parseUnitCost, unitCostText, withOneMore, worth } from './lines';

const line = (quantity: string, cost = ''): Line => ({ variantId: 'var_1', name: 'Kopi', quantity, cost });

test('each scan is one more of what it names, and what was typed stays', () => {
  const kopi = { variantId: 'var_1', name: 'Kopi', cost: '15' };
  const lines = withOneMore([], kopi);
  expect(lines).toEqual([line('1', '15')]);
  expect(
    withOneMore(withOneMore(lines, kopi), { ...kopi, variantId: 'var_2' }).map(({ quantity }) => quantity),
  ).toEqual(['2', '1']);
  expect(withOneMore([line('2,5')], kopi)).toEqual([line('3.5')]);
  expect(withOneMore([line('many')], kopi)).toEqual([line('many')]);
});

describe('the cost of one', () => {
  test.each([
    ['15000', 0, '15000'],
    ['1333,3333', 0, '1333.3333'],
    ['83.3333', 2, '8333.33'],
    ['83,5', 2, '8350'],
    ['0', 2, '0'],
    ['0.005', 2, '0.5'],
    ['1.23456', 0, null],
    ['-1', 0, null],
    ['', 0, null],
  ])('%j with %i places is %j in minor units', (text, places, cost) => {
    expect(parseUnitCost(text, places)).toBe(cost);
    if (cost !== null) expect(Number(unitCostText(cost, places))).toBe(Number(text.replace(',', '.')));
  });
});

test.each([
  ['3', '1333,3333', 0, 4000],
  ['2.5', '0.005', 2, 1], // 1.25 cents
  ['0.5', '1', 0, 1], // a half goes up
  ['1', 'dear', 0, null],
])('%s at %s with %i places come to %j', (quantity, cost, places, amount) => {
  expect(worth(line(quantity, cost), places)).toBe(amount);
});
