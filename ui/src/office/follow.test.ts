import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { follow } from './follow';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('it looks until there is no more to see', async () => {
  const states = ['running', 'running', 'done', 'never seen'];
  const seen: (string | undefined)[] = [];
  follow({
    look: async () => states.shift(),
    tell: (state) => seen.push(state),
    goesOn: (state) => state === 'running',
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual(['running', 'running', 'done']);
});

test('what cannot be reached is looked at again', async () => {
  const failed: unknown[] = [];
  const seen: string[] = [];
  const look = vi.fn().mockRejectedValueOnce('down').mockResolvedValue('done');
  follow({ look, tell: (state: string) => seen.push(state), fail: (error) => failed.push(error), goesOn: () => false });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(failed).toEqual(['down']);
  expect(seen).toEqual(['done']);
});

test('who has left hears no more, not even of what was asked before', async () => {
  const seen: string[] = [];
  const end = follow({ look: async () => 'running', tell: (state) => seen.push(state) });
  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual([]);
});
