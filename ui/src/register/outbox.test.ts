import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Database, StoredSale } from './database';
import { emptyTicket, type StoredTicket } from './ticket.svelte';

// Svelte's runes need its compiler, so these are imported as the application has them; each test has them anew.
async function fresh() {
  vi.resetModules();
  const { openDatabase } = await import('./database');
  const { outbox } = await import('./outbox.svelte');
  return { database: await openDatabase(), outbox };
}

function sale(id: string): StoredSale {
  const order = { id, location_id: 'loc_1', lines: [{ variant_id: 'var_1', quantity: '1' }], complete: true };
  const seller = { staffId: 'stf_1', name: 'Sari', token: null, expiresAt: '2026-11-29T02:00:00.000Z' };
  return { seller, names: ['Kopi'], order, total: 1000, madeAt: '2026-11-29T01:00:00.000Z', refusal: null };
}

const NEXT: StoredTicket = { ...emptyTicket(), id: 'ord_next' };
const sari = (client: never) => ({ staffId: 'stf_1', name: 'Sari', api: client });

type Reply = { data?: unknown; error?: unknown; response: Response };

/** An API that answers orders by `reply`, and the ids that it was asked for. */
function api(reply: (id: string, asked: number) => Reply | Promise<Reply>) {
  const asked: string[] = [];
  const POST = async (_path: string, { body, params }: any) => {
    expect(params.header['Idempotency-Key']).toBe(body.id);
    asked.push(body.id);
    return reply(body.id, asked.length);
  };
  return { client: { POST } as never, asked };
}

const made = (id: string): Reply => ({ data: { id, number: '1' }, response: new Response(null, { status: 201 }) });
const refusal = (status: number, code: string): Reply => ({
  error: { code, detail: code },
  response: new Response(null, { status }),
});

let database: Database;
let outbox: Awaited<ReturnType<typeof fresh>>['outbox'];
beforeEach(async () => {
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('location', { origin: 'http://127.0.0.1' });
  ({ database, outbox } = await fresh());
  await database.clear('outbox');
  await outbox.open(database);
});

describe('the outbox', () => {
  test('sends sales in the order in which they were made, and then is empty', async () => {
    const { client, asked } = api(made);
    for (const id of ['ord_1', 'ord_2', 'ord_3']) await outbox.add(sale(id), NEXT, () => {});
    outbox.use(sari(client));
    await vi.waitFor(() => expect(outbox.unsent).toEqual([]));
    expect(asked).toEqual(['ord_1', 'ord_2', 'ord_3']);
    expect(await database.count('outbox')).toBe(0);
  });

  test('keeps what did not arrive, also over a crash, and sends it again under the same name', async () => {
    const { Unreachable } = await import('../api/errors');
    const down = api(() => {
      throw new Unreachable(new Error('down'));
    });
    outbox.use(sari(down.client));
    await outbox.add(sale('ord_1'), NEXT, () => {});
    await vi.waitFor(() => expect(down.asked).toEqual(['ord_1']));

    const after = await fresh();
    await after.outbox.open(after.database);
    expect(after.outbox.unsent.map(({ order }) => order.id)).toEqual(['ord_1']);
    const up = api(made);
    after.outbox.use(sari(up.client));
    await vi.waitFor(() => expect(up.asked).toEqual(['ord_1']));
  });

  test('sets a refused sale aside for a person, and goes on with the next', async () => {
    const { client, asked } = api((id) => (id === 'ord_1' ? refusal(409, 'stock.insufficient') : made(id)));
    outbox.use(sari(client));
    await outbox.add(sale('ord_1'), NEXT, () => {});
    await outbox.add(sale('ord_2'), NEXT, () => {});
    await vi.waitFor(() => expect(asked).toEqual(['ord_1', 'ord_2']));
    await vi.waitFor(() => expect(outbox.unsent).toHaveLength(1));
    expect(outbox.refused[0]).toMatchObject({ order: { id: 'ord_1' }, refusal: { code: 'stock.insufficient' } });
    expect(await database.getAll('outbox')).toMatchObject([{ refusal: { code: 'stock.insufficient' } }]);
  });

  test('takes no refusal of the token, or for want of capacity, for one of the sale', async () => {
    const { client, asked } = api(() => refusal(401, 'auth.invalid'));
    outbox.use(sari(client));
    await outbox.add(sale('ord_1'), NEXT, () => {});
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(outbox.refused).toEqual([]);
    expect(outbox.unsent).toHaveLength(1);
  });
});

describe('a sale and its ticket', () => {
  test('change places at once: after a crash it is one or the other, never both', async () => {
    const { sell } = await import('./database');
    await database.put('settings', { ...NEXT, id: 'ord_1' }, 'ticket');
    await sell(database, sale('ord_1'), NEXT);
    expect(await database.get('settings', 'ticket')).toMatchObject({ id: 'ord_next' });
    // the same ticket again, from another tab: refused, and the ticket that was begun meanwhile stays
    await expect(sell(database, sale('ord_1'), { ...NEXT, id: 'ord_other' })).rejects.toThrow();
    expect(await database.count('outbox')).toBe(1);
    expect(await database.get('settings', 'ticket')).toMatchObject({ id: 'ord_next' });
  });
});

describe('a refused sale', () => {
  const refused = (): StoredSale => ({
    ...sale('ord_1'),
    ticket: { ...NEXT, id: 'ord_1' },
    refusal: { code: 'stock.insufficient', detail: 'Sold out', requestId: null, approval: null },
  });

  test('is either in the outbox or on the ticket, under an id of its own, and comes back as it was', async () => {
    await outbox.add(refused(), NEXT, () => {});
    const [kept] = outbox.refused;
    await outbox.mend(kept as StoredSale);
    expect(outbox.unsent).toEqual([]);
    expect(await database.count('outbox')).toBe(0);
    const onTicket = (await database.get('settings', 'ticket')) as StoredTicket;
    expect(onTicket.id).toMatch(/^ord_/);
    expect(onTicket.id).not.toBe('ord_1');
    expect(onTicket.mending).toEqual(kept);

    await outbox.putBack(NEXT);
    expect(outbox.refused).toEqual([kept]);
    expect(await database.getAll('outbox')).toEqual([kept]);
    expect(await database.get('settings', 'ticket')).toMatchObject({ id: 'ord_next' });
  });

  test('that is not recorded is kept with who decided that, and why', async () => {
    await outbox.add(refused(), NEXT, () => {});
    await outbox.discard(outbox.refused[0] as StoredSale, 'Rung up twice', 'Marco');
    expect(outbox.unsent).toEqual([]);
    expect(await outbox.discarded()).toMatchObject([
      { reason: 'Rung up twice', by: 'Marco', sale: { order: { id: 'ord_1' } } },
    ]);
  });
});

describe('who sold', () => {
  const notes: (string | undefined)[] = [];
  function budi(answer = made, there = { id: 'ord_1', status: 'completed', payment_status: 'paid' }) {
    const POST = async (_path: string, { body }: any) => {
      notes.push(body.note);
      return answer(body.id);
    };
    const GET = async () => ({ data: there, response: new Response() });
    return { staffId: 'stf_2', name: 'Budi', api: { POST, GET } as never };
  }
  beforeEach(() => void notes.splice(0));

  test('stands in the note when somebody else sends it', async () => {
    await outbox.add(sale('ord_1'), NEXT, () => {});
    outbox.use(budi());
    await vi.waitFor(() => expect(outbox.unsent).toEqual([]));
    expect(notes).toEqual(['Sold by Sari']);
  });

  test('does not matter for a sale that had arrived without its answer', async () => {
    await outbox.add(sale('ord_1'), NEXT, () => {});
    outbox.use(budi(() => refusal(409, 'order.already_exists')));
    await vi.waitFor(() => expect(outbox.unsent).toEqual([]));
  });

  test.each([
    ['open', 'paid', 0], // it waits for the kitchen
    ['open', 'unpaid', 1], // something else was made under its id: a person looks at it
  ])('nor for one that is %s and %s there', async (status, payment_status, left) => {
    await outbox.add(sale('ord_1'), NEXT, () => {});
    outbox.use(budi(() => refusal(409, 'order.already_exists'), { id: 'ord_1', status, payment_status }));
    await vi.waitFor(() => expect(outbox.unsent.filter((one) => !one.refusal)).toEqual([]));
    expect(outbox.refused).toHaveLength(left);
  });
});
