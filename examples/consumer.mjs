// A consumer of Kasir's webhooks: it verifies them, drops repeats, keeps each entity's newest version, and proves that it
// has every event. Run it with KASIR_API, KASIR_KEY (events:read) and KASIR_SECRET (whsec_…); its endpoint takes `*`.
//
//     npm install standardwebhooks && node consumer.mjs 8080
//
// `events` and `entities` are tables in earnest, written in one transaction.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const { KASIR_API, KASIR_KEY, KASIR_SECRET } = process.env;
const events = new Map(), entities = new Map();

async function ask(path) {
  const answer = await fetch(KASIR_API + path, { headers: { authorization: `Bearer ${KASIR_KEY}` } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function take(event) {
  if (event.data === null) event = await ask(event.data_url); // too long to be sent
  if (events.has(event.id)) return;
  const { type, id, version } = event.entity, held = entities.get(`${type}/${id}`);
  if (!held || version > held.version) entities.set(`${type}/${id}`, { version, data: event.data });
  events.set(event.id, { type: event.type, timestamp: event.timestamp });
}

const add = (sums, type, count, sum) => {
  const before = sums[type] ?? { count: 0, sum: 0n };
  sums[type] = { count: before.count + count, sum: (before.sum + BigInt(`0x${sum}`)) % 2n ** 256n };
};

// The types of which we do not have the very events that Kasir has
async function differences(from, to) {
  const theirs = {}, ours = {};
  for (let cursor = ""; cursor !== null; ) {
    const part = await ask(`/v1/events/digest?${new URLSearchParams({ from, to, ...(cursor && { cursor }) })}`);
    for (const { type, count, sum } of part.items) add(theirs, type, count, sum);
    cursor = part.next_cursor;
  }
  for (const [id, { type, timestamp }] of events)
    if (timestamp >= from && timestamp < to) add(ours, type, 1, createHash("sha256").update(id).digest("hex"));
  return Object.keys({ ...theirs, ...ours }).filter(
    (type) => theirs[type]?.count !== ours[type]?.count || theirs[type]?.sum !== ours[type]?.sum,
  );
}

createServer(async (request, response) => {
  const { pathname, searchParams: asked } = new URL(request.url, "http://localhost");
  try {
    if (request.method === "POST") {
      const chunks = await request.toArray();
      await take(new Webhook(KASIR_SECRET).verify(Buffer.concat(chunks), request.headers));
      response.writeHead(204).end();
    } else if (pathname === "/entities") response.end(JSON.stringify(Object.fromEntries(entities)));
    else response.end(JSON.stringify(await differences(asked.get("from"), asked.get("to"))));
  } catch (error) {
    response.writeHead(error instanceof WebhookVerificationError ? 401 : 500).end();
  }
}).listen(Number(process.argv[2]), "127.0.0.1");
