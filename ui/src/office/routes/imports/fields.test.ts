import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AT_A_LOCATION, base64, FIELDS, NEEDS } from './fields';

const source = (name: string): string => readFileSync(`../functions/files/imports/${name}.py`, 'utf8');
const words = (text: string): string[] => [...text.matchAll(/"(\w+)"/g)].map(([, word]) => word as string);

test('columns can be what the API takes, for each thing that is imported', () => {
  const [, known = ''] = /\nFIELDS: [^=]*= \{([\s\S]*?)\n\}/.exec(source('guessing')) ?? [];
  const parts = known.split(/"(\w+)": \(/).slice(1);
  const fields = Object.fromEntries(
    parts.flatMap((name, at) => (at % 2 ? [] : [[name, words(parts[at + 1] ?? '').sort()]])),
  );
  expect(Object.fromEntries(Object.entries(FIELDS).map(([type, names]) => [type, [...names].sort()]))).toEqual(fields);
  const [, local = ''] = /\nAT_A_LOCATION = frozenset\(\{([^}]*)\}/.exec(source('guessing')) ?? [];
  expect([...AT_A_LOCATION].sort()).toEqual(words(local).sort());
});

test('who may import what is whom the API lets', () => {
  const [, known = ''] = /\nPERMISSIONS: [^=]*= \{([\s\S]*?)\n\}/.exec(source('models')) ?? [];
  const pairs = [...known.matchAll(/"(\w+)": \("[\w:]+", "([\w:]+)"\)/g)].map(([, type, write]) => [type, write]);
  expect(NEEDS).toEqual(Object.fromEntries(pairs));
});

test('a file goes along as base64, however large', async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256);
  expect(Buffer.from(await base64(new Blob([bytes])), 'base64').equals(Buffer.from(bytes))).toBe(true);
});
