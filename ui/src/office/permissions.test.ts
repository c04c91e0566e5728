import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { byService, includes, PERMISSIONS } from './permissions';

test('the permissions that are offered are those that the API knows', () => {
  const source = readFileSync('../functions/staff/permissions.py', 'utf8').split('GRANTS')[0] ?? '';
  const known = [...source.matchAll(/"([a-z]+:[a-z_]+)"/g)].map(([, name]) => name);
  expect([...PERMISSIONS]).toEqual(known);
  expect(byService().flatMap(({ permissions }) => permissions)).toEqual([...PERMISSIONS]);
});

test('a star includes all of a service, or everything', () => {
  expect(includes(['orders:*'], 'orders:refund')).toBe(true);
  expect(includes(['*'], 'orders:refund')).toBe(true);
  expect(includes(['orders:read', 'order:*'], 'orders:refund')).toBe(false);
});
