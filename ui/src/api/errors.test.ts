import { describe, expect, test } from 'vitest';
import { Refused } from './errors';

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

describe('a refusal', () => {
  test('has the code, the sentence and the fields of the problem, and what finds it in the logs', () => {
    const problem = { code: 'session.locked', detail: 'Locked.', errors: [{ pointer: '/pin', detail: 'Locked.' }] };
    const refused = new Refused(answer(429, { 'x-request-id': 'r1', 'retry-after': '30' }), problem);
    expect(refused).toMatchObject({ status: 429, code: 'session.locked', detail: 'Locked.', retryAfter: 30 });
    expect(refused.requestId).toBe('r1');
    expect(refused.passes).toBe(true);
  });

  test("of the gateway's own has its message", () => {
    expect(new Refused(answer(503), { message: 'Service Unavailable' })).toMatchObject({
      code: 'http.503',
      detail: 'Service Unavailable',
    });
  });

  test('that is nothing we know still says something', () => {
    expect(new Refused(answer(502), undefined).detail).toBe('HTTP 502');
  });

  test('for what was asked does not pass by waiting', () => {
    expect(new Refused(answer(422), { code: 'request.invalid', detail: 'No.' }).passes).toBe(false);
  });
});
