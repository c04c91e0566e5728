import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { choicesOf, FIELDS, ownershipOf } from './ownership';

test('what is shown and saved again stays as it was, also what the screen does not offer', () => {
  const ownership = {
    product: { name: 'source', 'variants.plu': 'kasir', '*': 'shared' },
    category: { '*': 'source' },
  } as const;
  const choices = choicesOf(ownership);
  expect(choices.name).toBe('source');
  expect(choices['variants.price']).toBe('');
  expect(ownershipOf(choices, ownership)).toEqual(ownership);
  expect(ownershipOf({ ...choices, name: '' }, ownership).product).not.toHaveProperty('name');
  expect(ownershipOf(choicesOf(undefined), undefined)).toEqual({ product: { '*': 'shared' } });
});

test('the fields are those that the API compares', () => {
  const own = /_OWN = \((.*)\)/.exec(readFileSync('../functions/sync/products.py', 'utf8'))?.[1] ?? '';
  const known = [...own.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  expect(FIELDS.filter((field) => !/[*.]|^variants$/.test(field))).toEqual(known);
});
