import { expect, test, vi } from 'vitest';
import type { CountLine } from '../../../../api';
import { Counting, type Found, parseCounted } from './counting.svelte';

const lines = ['var_1', 'var_2'].map((variant_id) => ({ variant_id, expected: '5' })) as CountLine[];
const answer = (sent: Found[]): CountLine[] =>
  sent.map(({ variant_id, quantity }) => ({ variant_id, counted: quantity }) as CountLine);

test('each scan is one more than before, and what is sent is the whole', async () => {
  const send = vi.fn(async (sent: Found[]) => answer(sent));
  const counting = new Counting(lines, send);
  await counting.oneMore('var_1');
  await counting.oneMore('var_1');
  expect(send.mock.lastCall).toEqual([[{ variant_id: 'var_1', quantity: '2' }]]);
  expect(counting.found('var_1')).toBe('2');
  expect(counting.found('var_2')).toBeNull();
  expect(counting.waiting.size).toBe(0);
});

test('what is scanned while the last one is on its way is sent after it', async () => {
  const sent: Found[][] = [];
  let arrive = (): void => {};
  const counting = new Counting(lines, (batch) => {
    sent.push(batch);
    return new Promise((done) => {
      arrive = () => done(answer(batch));
    });
  });
  const first = counting.oneMore('var_1');
  await counting.oneMore('var_1');
  await counting.set('var_2', '0');
  arrive();
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  arrive();
  await first;
  expect(sent[1]).toEqual([
    { variant_id: 'var_1', quantity: '2' },
    { variant_id: 'var_2', quantity: '0' },
  ]);
  expect(counting.waiting.size).toBe(0);
});

test('without a network nothing is lost: it is kept, and sent by the next visit', async () => {
  let kept: Found[] = [];
  const keep = (waiting: Found[]): void => {
    kept = waiting;
  };
  const offline = new Counting(lines, () => Promise.reject(new Error('offline')), [], keep);
  await offline.set('var_2', '7.5');
  expect(offline.error).toEqual(new Error('offline'));
  expect(kept).toEqual([{ variant_id: 'var_2', quantity: '7.5' }]);

  const send = vi.fn(async (sent: Found[]) => answer(sent));
  const online = new Counting(lines, send, [...kept, { variant_id: 'var_9', quantity: '1' }], keep);
  expect(online.found('var_2')).toBe('7.5');
  await online.flush();
  expect(send).toHaveBeenCalledExactlyOnceWith([{ variant_id: 'var_2', quantity: '7.5' }]);
  expect(kept).toEqual([]);
});

test('nothing may have been found; a word is no quantity', () => {
  expect(['0', '0,0', '2,5', ' 3 '].map(parseCounted)).toEqual(['0', '0', '2.5', '3']);
  expect(['', '-1', 'few', '1.2345'].map(parseCounted)).toEqual([null, null, null, null]);
});
