/**
 * How long the register takes to search, and to be ready, with 20,000 products. Repeat: `cd ui && node bench/search.ts`.
 * Prints CPU time, which waiting for a core does not count; a frame is 16.7 ms.
 */
import { searchIn } from '../src/register/search.ts';

const COUNT = 20_000;
const WORDS =
  'kopi susu gula aren teh roti bakar keju coklat mie goreng nasi ayam sambal manis pedas besar kecil dingin'.split(
    ' ',
  );

const items = Array.from({ length: COUNT }, (_, at) => {
  const name = [7, 11, 13].map((step) => WORDS[(at * step + (at >> 3)) % WORDS.length]).join(' ');
  return { words: `${name} sku-${at} 899${String(at).padStart(10, '0')}` };
});

const TYPED = ['k', 'ko', 'kop', 'kopi', 'kopi s', 'kopi su', 'sku-19999', '8990000019999', 'zzzz'];
const ROUNDS = 50;

console.log(`${COUNT} items, ${ROUNDS} searches each`);
for (const text of TYPED) {
  const found = searchIn(items, text).length;
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    searchIn(items, text);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2);
  console.log(
    `${JSON.stringify(text).padEnd(18)} ${String(found).padStart(6)} found   median ${at(0.5)} ms   95 % ${at(0.95)} ms`,
  );
}
