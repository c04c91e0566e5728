/** A register without a network, whose browser is killed: the real one, by SIGKILL. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, chromium, expect, type Page, test } from '@playwright/test';
import { fill, openShop, type Shop, stack } from './stack';
import { pairAndSignIn, scan, sell } from './steps';

// a trace does not survive a browser that is killed
test.use({ trace: 'off' });

let shop: Shop;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
  await shop.employ('Sari', '3333');
});

/** A Chromium of its own, on a profile that outlives it. */
class Browser {
  readonly #profile = mkdtempSync(join(tmpdir(), 'kasir-profile-'));
  #process: ChildProcess | undefined;

  async open(): Promise<{ context: BrowserContext; page: Page }> {
    const portFile = join(this.#profile, 'DevToolsActivePort');
    rmSync(portFile, { force: true });
    const args = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--lang=en-US',
      '--window-size=1280,800',
    ];
    this.#process = spawn(
      process.env.CHROMIUM ?? '/usr/bin/chromium',
      [...args, '--remote-debugging-port=0', `--user-data-dir=${this.#profile}`, 'about:blank'],
      { stdio: 'ignore', detached: true },
    );
    await expect.poll(() => existsSync(portFile) && readFileSync(portFile, 'utf8').includes('\n')).toBe(true);
    const [port] = readFileSync(portFile, 'utf8').split('\n');
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const [context] = browser.contexts();
    if (!context) throw new Error('the browser has no context');
    const page = context.pages()[0] ?? (await context.newPage());
    return { context, page };
  }

  /** As when the battery dies. */
  async kill(): Promise<void> {
    const { pid } = this.#process as ChildProcess;
    const gone = new Promise((resolve) => this.#process?.once('exit', resolve));
    process.kill(-(pid as number), 'SIGKILL');
    await gone;
    rmSync(join(this.#profile, 'SingletonLock'), { force: true });
  }

  remove(): void {
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** How many lines the ticket has that the device has kept. */
function keptLines(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((done, fail) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
      });
    const database = await settled(indexedDB.open('kasir'));
    const ticket = await settled(database.transaction('settings').objectStore('settings').get('ticket'));
    database.close();
    return ticket.lines.length;
  });
}

test('50 sales offline, the browser killed in the middle: 50 orders, once each', async () => {
  test.setTimeout(400_000);
  const browser = new Browser();
  try {
    let { context, page } = await browser.open();
    await page.goto(stack.ui_url);
    await pairAndSignIn(page, shop, 'Sari', '3333', stack.ui_url);
    await expect(page.getByRole('button', { name: /Americano/ })).toBeVisible();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await context.setOffline(true);
    for (let made = 0; made < 25; made += 1) await sell(page, '8990000000002');
    await expect(page.getByText('25 sales unsent')).toBeVisible();
    await page.getByRole('button', { name: 'Next customer' }).click();
    await scan(page, '8990000000006');
    await expect(page.getByRole('complementary').getByRole('listitem')).toHaveCount(1);
    await expect.poll(() => keptLines(page)).toBe(1); // it is shown a moment before it is on the disk

    await browser.kill();
    ({ context, page } = await browser.open());
    await context.setOffline(true);
    await page.goto(stack.ui_url);

    await expect(page.getByText('25 sales unsent')).toBeVisible();
    await expect(page.getByRole('complementary').getByRole('listitem')).toHaveCount(1);
    await sell(page, null); // the ticket that was there
    for (let made = 0; made < 24; made += 1) await sell(page, '8990000000002');
    await expect(page.getByText('50 sales unsent')).toBeVisible();
    await context.setOffline(false);
    await expect(page.getByText(/sales? unsent/)).toBeHidden({ timeout: 200_000 });

    const { items } = await shop.get('/v1/orders?limit=100');
    expect(items).toHaveLength(50);
    expect(items.every((one: any) => one.status === 'completed')).toBe(true);
    expect(items.filter((one: any) => one.total === 8000)).toHaveLength(1);
    await browser.kill();
  } finally {
    browser.remove();
  }
});

test('an update waits until the ticket is done', async ({ page }) => {
  const worker = resolve(import.meta.dirname, '../../dist/sw.js');
  const before = readFileSync(worker);
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await scan(page, '8990000000002');
  try {
    appendFileSync(worker, '\n// another version\n');
    await page.evaluate(() =>
      navigator.serviceWorker
        .getRegistration()
        .then((one) => one?.update())
        .then(() => undefined),
    );
    await expect
      .poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting !== null))
      .toBe(true);
    await expect(page.getByRole('button', { name: 'Update now' })).toBeHidden();
    await page.getByRole('button', { name: 'Clear ticket' }).click();
    await page.getByRole('button', { name: 'Update now' }).click();
    await expect(page.getByRole('button', { name: 'Update now' })).toBeHidden();
    await expect(page.getByRole('searchbox')).toBeVisible();
  } finally {
    writeFileSync(worker, before);
  }
});
