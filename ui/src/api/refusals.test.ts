import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { REFUSALS, textOf } from './refusals';

describe('what a refusal says', () => {
  test('is in the language that is asked for', () => {
    const refused = { code: 'shift.not_open', detail: 'No shift is open at the register reg_1.' };
    expect(textOf(refused, 'en')).toBe('No shift is open at this register. Open one.');
    expect(textOf(refused, 'id')).toBe('Belum ada sif terbuka di kasir ini. Buka dulu.');
  });

  test('keeps what the API names and no code does', () => {
    const refused = { code: 'stock.insufficient', detail: 'Only 3 of Kopi are on hand.' };
    expect(textOf(refused, 'en')).toBe('Only 3 of Kopi are on hand.');
    expect(textOf(refused, 'id')).toBe('Stok tidak cukup. (Only 3 of Kopi are on hand.)');
  });

  test('names no ids of what is not there', () => {
    const refused = { code: 'order.not_found', detail: 'There is no order ord_1.' };
    expect(textOf(refused, 'en')).toBe('This is not there, or not any more.');
    expect(textOf(refused, 'id')).toBe('Ini tidak ada, atau tidak lagi.');
  });

  test('is the API’s own sentence where we have none', () => {
    expect(textOf({ code: 'teapot.short', detail: 'I am a teapot.' }, 'id')).toBe('I am a teapot.');
  });
});

test('each code that has a text is one that the API refuses by', () => {
  const python = readdirSync('../functions', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.py'),
  );
  const sources = python.map((name) => readFileSync(`../functions/${name}`, 'utf8')).join('\n');
  // in quotes, or where it is made of a kind of thing, in its docstring
  const named = (code: string): boolean => sources.includes(`"${code}"`) || sources.includes(`\`${code}\``);
  const [, words = ''] = /_WORDS = \{([^}]*)\}/.exec(sources) ?? []; // of sync/connectors/client.py
  const made = [
    ...[...words.matchAll(/"(\w+)":/g)].map(([, word]) => `shop.${word}`),
    ...[...sources.matchAll(/UnreadableFile\(\s*"(\w+)"/g)].map(([, word]) => `import.${word}`),
  ];
  const unknown = Object.keys(REFUSALS).filter((code) => !named(code) && !made.includes(code));
  expect(unknown).toEqual([]);
});
