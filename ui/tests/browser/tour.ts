/** All screens and dialogs of the register, one after the other: for who looks at them, and for axe. */
import { expect, type Page } from '@playwright/test';
import { fill, openShop, type Shop } from './stack';
import { signIn } from './steps';

export type Language = 'en' | 'id';

/** What is pressed and waited for. */
const WORDS = {
  en: {
    pair: 'Pair this device',
    pairTitle: 'Make this device a register',
    ticket: /^Ticket/,
    ticketName: 'Ticket',
    pay: 'Pay',
    exact: 'Exact',
    receipt: 'Receipt',
    number: /Receipt R1-/,
    print: 'Print',
    menu: 'Menu',
    shortcuts: 'Keyboard shortcuts',
    tip: 'Add a tip',
    card: 'Card',
    next: 'Next customer',
    split: 'Split the bill',
    refund: 'Refund',
    exchange: 'Exchange',
    everything: 'Everything',
    reason: 'Reason',
    more: 'One more of',
    unsent: /unsent/,
    refused: /refused/,
    discard: 'Do not record',
    mend: 'Mend on the ticket',
    clear: 'Clear ticket',
    chooseOthers: 'Next',
    putBack: 'Put back',
    back: 'Back to products',
    paidIn: 'Pay in',
    camera: 'Scan by camera',
    settings: 'Settings',
    gone: 'Not recorded',
  },
  id: {
    pair: 'Pasangkan perangkat',
    pairTitle: 'Jadikan perangkat ini kasir',
    ticket: /^Pesanan/,
    ticketName: 'Pesanan',
    pay: 'Bayar',
    exact: 'Uang pas',
    receipt: 'Struk',
    number: /Struk R1-/,
    print: 'Cetak',
    menu: 'Menu',
    shortcuts: 'Pintasan papan ketik',
    tip: 'Tambah tip',
    card: 'Kartu',
    next: 'Pelanggan berikutnya',
    split: 'Pisah tagihan',
    refund: 'Kembalikan uang',
    exchange: 'Tukar',
    everything: 'Semua',
    reason: 'Alasan',
    more: 'Tambah satu',
    unsent: /belum terkirim/,
    refused: /ditolak/,
    discard: 'Jangan dicatat',
    mend: 'Perbaiki di pesanan',
    clear: 'Kosongkan pesanan',
    chooseOthers: 'Lanjut',
    putBack: 'Kembalikan',
    back: 'Kembali ke produk',
    paidIn: 'Uang masuk',
    camera: 'Pindai dengan kamera',
    settings: 'Pengaturan',
    gone: 'Tidak dicatat',
  },
} as const;

/** A café that has something to show on each screen of its register. */
export async function openCafe(): Promise<Shop> {
  const shop = openShop();
  const variants = await fill(shop);
  for (const [name, pin, role] of [
    ['Sari Wulandari', '3333', 'cashier'],
    ['Marco', '2222', 'manager'],
    ['Olivia', '1111', 'owner'],
  ] as const) {
    await shop.employ(name, pin, role);
  }
  await shop.post('/v1/products', {
    name: 'Latte',
    variants: [{ price: 30_000, barcode: '8990000000077', track_stock: false }],
    modifier_groups: [
      {
        id: 'milk',
        name: 'Milk',
        min: 1,
        max: 1,
        modifiers: [
          { id: 'cow', name: 'Cow' },
          { id: 'oat', name: 'Oat', price: 6000 },
        ],
      },
      {
        id: 'extra',
        name: 'Extra',
        max: 3,
        modifiers: [
          { id: 'shot', name: 'Shot', price: 5000 },
          { id: 'syrup', name: 'Vanilla syrup', price: 4000 },
        ],
      },
    ],
  });
  await shop.post('/v1/products', {
    name: 'Last slice',
    variants: [{ price: 25_000, barcode: '8990000000099', track_stock: true, stock_policy: 'block' }],
  });
  const location_id = shop.locationId;
  const line = (barcode: string, quantity: string, note?: string) => ({ barcode, quantity, ...(note ? { note } : {}) });
  await shop.post('/v1/orders', {
    location_id,
    name: 'Table 4',
    lines: [line('8990000000009', '2', 'not spicy'), line('8990000000006', '3')],
  });
  await shop.post('/v1/orders', { location_id, name: 'Dewi', lines: [line('8990000000001', '2', 'less sugar')] });
  const paid = { method: 'card', amount: variants.get('Americano')?.price };
  const cooking = await shop.post('/v1/orders', {
    location_id,
    name: 'Budi',
    lines: [line('8990000000002', '1')],
    payments: [paid],
  });
  await shop.post(`/v1/orders/${cooking.id}/status`, { status: 'preparing' });
  const opening_float = { denominations: [{ value: 50_000, count: 4 }] };
  await shop.post('/v1/shifts', { register_id: shop.registerId, opening_float });
  return shop;
}

/** Go through the register of `shop`, which nobody is paired with in this browser, and have each screen looked at. */
export async function tour(
  page: Page,
  shop: Shop,
  language: Language,
  look: (name: string) => Promise<void>,
): Promise<void> {
  const words = WORDS[language];
  const narrow = (page.viewportSize()?.width ?? 0) < 832;
  const button = (name: string | RegExp, exact = true) =>
    page.getByRole('button', { name, ...(typeof name === 'string' ? { exact } : {}) });
  const dialog = page.getByRole('dialog');
  const ticket = page.getByRole('complementary', { name: words.ticketName });
  const open = async (): Promise<void> => {
    if (narrow) await button(words.ticket).click();
  };
  const close = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  };
  const tap = (name: string) =>
    page
      .locator('main')
      .getByRole('button', { name: new RegExp(name) })
      .click();

  await page.addInitScript((chosen) => {
    localStorage.setItem('kasir.language', chosen);
    Object.assign(window, {
      BarcodeDetector: class {
        static async getSupportedFormats() {
          return ['ean_13'];
        }
        detect = async () => [];
      },
    });
    navigator.mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream();
  }, language);

  await page.goto(`/pair#${await shop.pairingCode()}`);
  await expect(page.getByRole('heading', { name: words.pairTitle })).toBeVisible();
  await look('pair');
  await button(words.pair).click();
  await expect(button(/Sari/)).toBeVisible();
  await look('staff');
  await button(/Sari/).click();
  await page.keyboard.type('33');
  await look('pin');
  await page.keyboard.press('Escape');
  await signIn(page, 'Sari', '3333');
  await expect(button(/Americano/)).toBeVisible();
  await look('sell-empty');
  await button(words.camera).click();
  await look('camera');
  await close();

  await tap('Latte');
  await dialog.getByRole('button', { name: 'Oat' }).click();
  await dialog.getByRole('button', { name: 'Shot' }).first().click();
  await dialog.getByRole('button', { name: `${words.more} Shot` }).click();
  await look('choose');
  await dialog.locator('button[type=submit]').click();
  for (const name of ['Americano', 'Kopi susu gula aren', 'Kopi susu gula aren', 'Croissant mentega', 'Nasi goreng'])
    await tap(name);
  await look('sell');
  await open();
  await expect(button(words.pay)).toBeEnabled();
  await look('ticket');
  await page.keyboard.press('F8');
  await look('line');
  await close();
  await page.keyboard.press('F9');
  await look('details');
  await close();
  await button(words.pay).click();
  await expect(button(words.exact)).toBeVisible();
  await look('payment');
  await dialog.getByRole('radio', { name: words.card }).click();
  await look('payment-card');
  await button(words.tip).click();
  await look('tip');
  await page.keyboard.press('Escape');
  await dialog.getByRole('radio').first().click();
  await dialog.getByRole('button', { name: /200/ }).first().click();
  await expect(page.getByText(words.number)).toBeVisible();
  await look('change');
  await button(words.receipt).click();
  await expect(button(words.print)).toBeVisible();
  await look('receipt');
  await close();

  for (const [path, shown] of [
    ['tickets', /Table 4/],
    ['orders', /R1-/],
    ['board', /Table 4/],
  ] as const) {
    await page.goto(`/${path}`);
    await expect(page.getByText(shown).first()).toBeVisible();
    await look(path);
  }
  await page.goto('/shift');
  await expect(button(words.paidIn)).toBeVisible();
  await button(words.paidIn).click();
  await look('shift');
  await button(words.menu).click();
  await look('menu');
  await button(words.shortcuts).click();
  await look('shortcuts');
  await close();
  await page.goto('/tickets');
  await page.getByRole('listitem').filter({ hasText: 'Table 4' }).getByRole('button', { name: words.split }).click();
  await dialog
    .getByRole('button', { name: new RegExp(words.more) })
    .first()
    .click();
  await look('split');
  await close();

  await page.goto('/orders');
  await page.getByRole('link', { name: /^R1-/ }).first().click();
  await expect(button(words.refund)).toBeVisible();
  await look('order');
  await button(words.refund).click();
  await button(words.everything).click();
  await dialog.getByLabel(words.reason).fill('Spilled');
  await look('refund');
  await dialog.getByRole('button', { name: words.refund }).click();
  await expect(button('Marco')).toBeVisible();
  await look('approval');
  await button('Marco').click();
  await page.keyboard.type('22');
  await look('approval-pin');
  await page.keyboard.press('Escape');
  await close();
  await button(words.exchange).click();
  await dialog
    .getByRole('button', { name: new RegExp(words.more) })
    .first()
    .click();
  await dialog.getByLabel(words.reason).fill('Wanted tea');
  await look('exchange');
  await button(words.chooseOthers).click();
  await tap('Es teh manis');
  await open();
  await expect(button(words.pay)).toBeEnabled();
  await look('exchange-ticket');
  await button(words.pay).click();
  await expect(dialog).toBeVisible();
  await look('exchange-payment');
  await close();
  await button(words.clear).click();
  if (narrow) await button(words.back).click();

  await page.context().setOffline(true);
  await tap('Last slice');
  await open();
  await button(words.pay).click();
  await button(words.exact).click();
  await expect(page.getByText(words.unsent)).toHaveCount(1);
  await look('offline');
  await page.context().setOffline(false);
  await expect(page.getByText(words.refused).first()).toBeAttached();
  await button(words.next).click();
  await page.locator('header a[href="/unsent"]').click();
  await expect(button(words.discard)).toBeVisible();
  await look('refused');
  await button(words.mend).click();
  await open();
  await expect(ticket.getByRole('button', { name: words.putBack })).toBeVisible();
  await look('mending');
  await ticket.getByRole('button', { name: words.putBack }).click();
  await page.goto('/unsent');
  await button(words.discard).click();
  await dialog.getByLabel(words.reason).fill('The customer came back for it');
  await look('discard');
  await dialog.getByRole('button', { name: words.discard }).click();
  await expect(page.getByRole('region', { name: words.gone })).toBeVisible();
  await look('unsent');
  await page.goto('/settings');
  await expect(page.getByRole('heading', { name: words.settings })).toBeVisible();
  await look('settings');
}
