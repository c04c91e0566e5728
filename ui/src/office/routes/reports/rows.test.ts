import { expect, test } from 'vitest';
import { cell, csv } from './rows';

test.each([
  ['Kopi', 'Kopi'],
  ['Kopi, susu', '"Kopi, susu"'],
  ['Kopi "tubruk"', '"Kopi ""tubruk"""'],
  ['=SUM(A1)', "'=SUM(A1)"],
  ['-1', "'-1"],
  [-15, '-15'],
])('%j is written %s', (value, text) => {
  expect(cell(value)).toBe(text);
});

test('a file begins with its columns, and lines end as spreadsheets want them', () => {
  expect(csv(['day', 'total'], [['2026-11-29', 5]])).toBe('\ufeffday,total\r\n2026-11-29,5\r\n');
});
