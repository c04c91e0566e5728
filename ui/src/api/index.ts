/**
 * The API, typed by its own OpenAPI description. Everything that the front end asks for goes through here:
 *
 *     const { items } = await ask(api.GET('/v1/taxes', { params: { query: { limit: 200 } } }));
 *
 * `ask` answers the body, or throws `Refused` (the API said no, and why) or `Unreachable` (nobody knows).
 */
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { learnTime } from '../shared/clock';
import { Refused, Unreachable } from './errors';
import type { paths } from './schema';

export { Refused, Unreachable } from './errors';
export type * from './schema';

/** Who asks: a function, since a session ends and another begins. */
export type Token = () => string | null;

const PATIENCE_MS = 20_000;

/** A client that brings this token. `onUnauthorized` hears of every 401: the token does not hold, or no longer. */
export function connect(token: Token, onUnauthorized: () => void = () => {}): Client<paths, 'application/json'> {
  const identify: Middleware = {
    onRequest({ request }) {
      const held = token();
      if (held) request.headers.set('authorization', `Bearer ${held}`);
    },
    onResponse({ response }) {
      learnTime(response);
      if (response.status === 401) onUnauthorized();
    },
  };
  const client = createClient<paths, 'application/json'>({ baseUrl: location.origin, fetch: fetchInTime });
  client.use(identify);
  return client;
}

type Answered<T> = { data?: T; error?: unknown; response: Response };

/** The body of an answer. Throws Refused or Unreachable. */
export async function ask<T>(request: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await request;
  if (response.ok) return data as T;
  throw new Refused(response, error);
}

/** All items of a list, page after page. */
export async function* pages<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor: string | null }>,
): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  do {
    const { items, next_cursor } = await page(cursor);
    yield items;
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
}

/** The header that makes a write happen once, however often it is sent. */
export function once(key: string = crypto.randomUUID()): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': key };
}

/** The headers of a change to the version that was seen; a later one refuses it. */
export function onceIfUnchanged(version: number): { 'Idempotency-Key': string; 'If-Match': string } {
  return { ...once(), 'If-Match': `"${version}"` };
}

async function fetchInTime(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (cause) {
    throw new Unreachable(cause);
  }
}
