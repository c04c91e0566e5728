import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { filesOf } from '../../bundle';

function size(files: Iterable<string>): number {
  const code = [...files].filter((file) => /\.(js|css)$/.test(file));
  return code.reduce((sum, file) => sum + gzipSync(readFileSync(`dist/${file}`)).length, 0);
}

test('all code and styles of the register, every screen of it, are at most 150 KB gzipped', () => {
  expect(size(filesOf('index.html'))).toBeLessThanOrEqual(150_000);
});

test('what the service worker fetches ahead has nothing that is the back office alone', () => {
  const register = filesOf('index.html');
  const officeAlone = [...filesOf('office/index.html')].filter((file) => !register.has(file));
  const worker = readFileSync('dist/sw.js', 'utf8');
  expect(officeAlone.length).toBeGreaterThan(0);
  for (const file of officeAlone) expect(worker).not.toContain(file);
  for (const file of register) expect(worker).toContain(file);
});
