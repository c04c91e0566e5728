import { expect, test } from 'vitest';
import type { Voucher } from '../../../api';
import { stateOf } from './worth';

const now = new Date('2026-11-29T10:00:00Z');

test.each([
  [100, null, 'full'],
  [40, null, 'partly'],
  [0, null, 'empty'],
  [40, '2026-11-29T10:00:00Z', 'expired'],
  [0, '2026-11-29T10:00:00Z', 'empty'],
  [100, '2026-11-29T10:00:01Z', 'full'],
])('%i of 100 left, expiring at %s, is %s', (balance, expires_at, state) => {
  expect(stateOf({ amount: 100, balance, expires_at } as Voucher, now)).toBe(state);
});
