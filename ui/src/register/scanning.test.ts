import { describe, expect, test } from 'vitest';
import { Sight } from './camera';
import { checkDigit, decode } from './scales';
import { Burst } from './scanner';
import { searchIn } from './search';

const FORMATS = [
  { prefix: '21', kind: 'weight', item_digits: 5, value_digits: 5, decimals: 3 },
  { prefix: '23', kind: 'price', item_digits: 5, value_digits: 5, decimals: null },
] as const;
const BEEF = { price: 120_000, measured: true, variant: { unit: 'kg' } };

function label(digits: string): string {
  return digits + checkDigit(digits);
}

describe('a label of a scale', () => {
  test('says how much was weighed, in the unit of what is sold', () => {
    const read = decode(label('210004201234'), [...FORMATS]);
    expect(read?.plu).toBe('42');
    expect(read?.amount(0)).toBeNull();
    expect(read?.quantity(BEEF, 0)).toBe(1234);
    expect(read?.quantity({ ...BEEF, variant: { unit: 'g' } }, 0)).toBe(1_234_000);
  });

  test('says what it costs, from which the weight is reckoned back', () => {
    const read = decode(label('230004290000'), [...FORMATS]);
    expect(read?.amount(0)).toBe(90_000);
    expect(read?.quantity(BEEF, 0)).toBe(750);
    expect(read?.quantity({ ...BEEF, measured: false }, 0)).toBe(1000);
    expect(read?.quantity({ ...BEEF, price: 0 }, 0)).toBe(1000);
  });

  test('is refused with a wrong check digit, a value of 0, or parts of a coin', () => {
    const right = label('210004201234');
    const wrong = right.slice(0, 12) + ((Number(right[12]) + 1) % 10);
    expect(() => decode(wrong, [...FORMATS])).toThrow('check_digit');
    expect(() => decode(label('210004200000'), [...FORMATS])).toThrow('empty');
    const cents = [{ ...FORMATS[1], decimals: 2 }];
    expect(() => decode(label('230004200050'), cents)?.amount(0)).toThrow('price_invalid');
  });

  test.each(['8990000000001', '21000420123', '2100042012345x', label('250004201234')])('%s is none', (code) => {
    expect(decode(code, [...FORMATS])).toBeNull();
  });
});

describe('a scanner', () => {
  function type(text: string, every: number, from = 1000): string | null {
    const burst = new Burst();
    return [...text, 'Enter'].map((key, at) => burst.key(key, from + at * every)).at(-1) ?? null;
  }

  test('is told from fingers by its speed', () => {
    expect(type('8990000000001', 8)).toBe('8990000000001');
    expect(type('8990000000001', 30)).toBe('8990000000001');
    expect(type('8990000000001', 90)).toBeNull();
    expect(type('12', 5)).toBeNull();
  });

  test('does not take over what fingers typed before it', () => {
    const burst = new Burst();
    burst.key('k', 0);
    let heard: string | null = null;
    for (const [at, key] of [...'12345678', 'Enter'].entries()) heard = burst.key(key, 500 + at * 10);
    expect(heard).toBe('12345678');
  });

  test('may press Shift for capital letters', () => {
    const burst = new Burst();
    const keys = ['Shift', 'A', 'Shift', 'B', '1', '2', 'Enter'];
    expect(keys.map((key, at) => burst.key(key, 1000 + at * 10)).at(-1)).toBe('AB12');
  });
});

describe('search', () => {
  const items = ['es kopi', 'kopi susu', 'kopi hitam', 'teh'].map((words) => ({ words }));
  test('finds all words in any order, those that begin with what was typed first', () => {
    expect(searchIn(items, 'KOPI ').map((one) => one.words)).toEqual(['kopi susu', 'kopi hitam', 'es kopi']);
    expect(searchIn(items, 'su ko').map((one) => one.words)).toEqual(['kopi susu']);
    expect(searchIn(items, '')).toBe(items);
  });
});

describe('a camera', () => {
  test('hears a code once while it is in sight, and again when it has been away', () => {
    const sight = new Sight();
    expect(sight.came(['8991', '8992'], 0)).toEqual(['8991', '8992']);
    for (let at = 100; at <= 5000; at += 100) expect(sight.came(['8991'], at)).toEqual([]);
    expect(sight.came(['8992'], 5000)).toEqual(['8992']);
    expect(sight.came(['8991'], 6400)).toEqual([]);
    expect(sight.came(['8991'], 7900)).toEqual(['8991']);
  });
});
