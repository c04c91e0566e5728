/** What hangs on a register: a receipt printer by USB or a serial line, a camera. They are played by the page. */
import { expect, test } from '@playwright/test';
import { fill, openShop, type Shop } from './stack';
import { pairAndSignIn, sell } from './steps';

let shop: Shop;
test.beforeAll(async () => {
  shop = openShop();
  await fill(shop);
  await shop.employ('Sari', '3333');
});

const ESC_INITIALISE = [0x1b, 0x40];
const PARTIAL_CUT = [0x1d, 0x56];

declare global {
  interface Window {
    printed: number[];
    /** What was done to the device, in turn. */
    done: string[];
    inSight: string[];
  }
}

test('a receipt goes to a USB printer, which is asked for once', async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { printed: [], done: [] });
    const { done, printed } = window;
    const face = {
      interfaceNumber: 1,
      alternate: {
        interfaceClass: 7,
        endpoints: [
          { endpointNumber: 2, direction: 'in' },
          { endpointNumber: 3, direction: 'out' },
        ],
      },
    };
    const device = {
      configuration: null as unknown,
      open: async () => void done.push('open'),
      close: async () => void done.push('close'),
      selectConfiguration: async () => {
        device.configuration = {
          interfaces: [{ interfaceNumber: 0, alternate: { interfaceClass: 3, endpoints: [] } }, face],
        };
      },
      claimInterface: async (number: number) => void done.push(`claim ${number}`),
      transferOut: async (endpoint: number, data: Uint8Array) => {
        if (endpoint !== 3) throw new Error('not the way out');
        printed.push(...data);
        return { status: 'ok' };
      },
    };
    let chosen = false;
    Object.defineProperty(navigator, 'usb', {
      value: {
        getDevices: async () => (chosen ? [device] : []),
        requestDevice: async ({ filters }: { filters: { classCode: number }[] }) => {
          done.push(`ask ${filters[0]?.classCode}`);
          chosen = true;
          return device;
        },
      },
    });
  });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await sell(page, '8990000000002');
  await page.getByRole('button', { name: 'Receipt' }).click();
  for (let time = 0; time < 2; time += 1) {
    await page.getByRole('button', { name: 'Receipt printer' }).click();
    await expect(page.getByText('Sent to the printer.').first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Receipt printer' })).toBeEnabled();
  }

  const { printed, done } = await page.evaluate(() => ({ printed: window.printed, done: window.done }));
  expect(done).toEqual(['ask 7', 'open', 'claim 1', 'close', 'open', 'claim 1', 'close']);
  expect(printed.slice(0, 2)).toEqual(ESC_INITIALISE);
  expect(String.fromCharCode(...printed)).toContain('Americano');
  expect(String.fromCharCode(...printed)).toContain('SALINAN'); // the second time, in the shop's language
  expect(printed.join(' ')).toContain(PARTIAL_CUT.join(' '));
});

test('a receipt goes to a serial printer', async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { printed: [], done: [] });
    const { done, printed } = window;
    const port = {
      writable: null as WritableStream<Uint8Array> | null,
      open: async ({ baudRate }: { baudRate: number }) => {
        done.push(`open ${baudRate}`);
        port.writable = new WritableStream({ write: (bytes) => void printed.push(...bytes) });
      },
      close: async () => void done.push('close'),
    };
    Object.defineProperty(navigator, 'usb', { value: undefined });
    Object.defineProperty(navigator, 'serial', {
      value: { getPorts: async () => [port], requestPort: async () => port },
    });
  });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await sell(page, '8990000000002');
  await page.getByRole('button', { name: 'Receipt' }).click();
  await page.getByRole('button', { name: 'Receipt printer' }).click();
  await expect(page.getByText('Sent to the printer.')).toBeVisible();
  const { printed, done } = await page.evaluate(() => ({ printed: window.printed, done: window.done }));
  expect(done).toEqual(['open 9600', 'close']);
  expect(String.fromCharCode(...printed)).toContain('Americano');
});

test('a printer that is out of reach is told of, and the receipt can be printed otherwise', async ({ page }) => {
  await page.addInitScript(() => {
    const open = () => Promise.reject(new DOMException('Access denied.', 'SecurityError'));
    Object.defineProperty(navigator, 'usb', { value: { getDevices: async () => [{ open }] } });
  });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await sell(page, '8990000000002');
  await page.getByRole('button', { name: 'Receipt' }).click();
  await page.getByRole('button', { name: 'Receipt printer' }).click();
  await expect(page.getByText('Access denied.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Print', exact: true })).toBeEnabled();
});

test('the camera puts what it sees on the ticket, once while it is in sight', async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { inSight: [] });
    Object.assign(window, {
      BarcodeDetector: class {
        static async getSupportedFormats() {
          return ['ean_13', 'aztec'];
        }
        detect = async () => window.inSight.map((rawValue) => ({ rawValue }));
      },
    });
    const canvas = document.createElement('canvas');
    const drawn = canvas.getContext('2d');
    setInterval(() => drawn?.fillRect(0, 0, 1 + Math.random(), 1), 50); // a stream without pictures does not play
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
  });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await expect(page.getByRole('button', { name: /Americano/ })).toBeVisible();
  await page.getByRole('button', { name: 'Scan by camera' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Hold a barcode into the frame.')).toBeVisible();
  await page.evaluate(() => window.inSight.push('8990000000002'));
  await expect(dialog.getByText('Americano')).toBeVisible();
  await page.waitForTimeout(1000); // it is still in sight
  await dialog.getByRole('button', { name: 'Done' }).click();
  const lines = page.getByRole('complementary', { name: 'Ticket' }).getByRole('listitem');
  await expect(lines).toHaveCount(1);
  await expect(lines.getByText('1', { exact: true })).toBeVisible();
});

test('without a camera that may be used there is a word about it', async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { BarcodeDetector: class {} });
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await pairAndSignIn(page, shop, 'Sari', '3333');
  await page.getByRole('button', { name: 'Scan by camera' }).click();
  await expect(page.getByRole('dialog').getByText('The camera cannot be used')).toBeVisible();
});
