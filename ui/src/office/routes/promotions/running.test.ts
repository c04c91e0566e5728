import { describe, expect, test } from 'vitest';
import type { Promotion } from '../../../api';
import { type State, stateOf } from './running';

const promotion = (bounds: Partial<Promotion>): Promotion => ({ active: true, ...bounds }) as Promotion;

describe('at 17:30 on a Sunday in Jakarta, a promotion', () => {
  const now = new Date('2026-11-29T10:30:00Z');
  test.each<[string, Partial<Promotion>, State]>([
    ['without bounds', {}, 'running'],
    ['that is switched off', { active: false }, 'off'],
    ['that ends now', { ends_at: '2026-11-29T10:30:00Z' }, 'ended'],
    ['that begins now', { starts_at: '2026-11-29T10:30:00Z' }, 'running'],
    ['that begins later', { starts_at: '2026-11-29T10:31:00Z' }, 'planned'],
    ['of 17:00 to 19:00', { from_time: '17:00', to_time: '19:00' }, 'running'],
    ['of 15:00 to 17:30', { from_time: '15:00', to_time: '17:30' }, 'resting'],
    ['of Sundays', { weekdays: ['sun'] }, 'running'],
    ['of all other days', { weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }, 'resting'],
  ])('%s is %s', (_, bounds, state) => {
    expect(stateOf(promotion(bounds), now, 'Asia/Jakarta')).toBe(state);
  });
});

test('past midnight it is of the day on which it began', () => {
  const late = promotion({ weekdays: ['sat'], from_time: '22:00', to_time: '02:00' });
  expect(stateOf(late, new Date('2026-11-28T18:30:00Z'), 'Asia/Jakarta')).toBe('running'); // Sunday 01:30
  expect(stateOf(late, new Date('2026-11-29T15:30:00Z'), 'Asia/Jakarta')).toBe('resting'); // Sunday 22:30
});
