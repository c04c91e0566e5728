/** What this device is, and who works on it: pairing, signing in, and how both end. */
import type { Client } from 'openapi-fetch';
import { ask, connect, type Order, type Pairing, pages, type paths, type Session, type StaffMember } from '../api';
import { toasts } from '../design/toasts.svelte';
import { serverNow } from '../shared/clock';
import { locale } from '../shared/i18n.svelte';
import { catalog } from './catalog.svelte';
import { type Database, keepTicket, openDatabase, readSetting, type Seller, writeSetting } from './database';
import { t } from './messages';
import { outbox } from './outbox.svelte';
import { money } from './show';
import { ticket } from './ticket.svelte';

// outlives the tab: otherwise a crash without a network would end selling, for signing in needs the API; Lock ends it
const KEPT = 'kasir.session';
const LOOK_AGAIN_MS = 15_000;
const LOCK = 'kasir.register';
const TAKEN_OVER = 'kasir.taken-over';

class Register {
  device = $state.raw<Pairing | null>(null);
  session = $state.raw<Session | null>(null);
  /** Whether the session ended by itself, so that the screen for signing in can say so. */
  expired = $state(false);
  ready = $state(false);
  /** Whether another tab of this browser is the register now: two would write one ticket. */
  elsewhere = $state(false);

  /** As the device, with what one may do while nobody is signed in: the catalog, the staff, signing in. */
  readonly asDevice: Client<paths, 'application/json'> = connect(
    () => this.device?.device_key ?? null,
    () => this.unpair(),
  );
  /** As whoever is signed in. */
  readonly asStaff: Client<paths, 'application/json'> = connect(
    () => this.session?.token ?? null,
    () => this.lock(true),
  );
  #database: Database | null = null;
  #ending: ReturnType<typeof setTimeout> | undefined;

  /** Begin with what the device has kept, in one tab at a time. */
  async start(): Promise<void> {
    const steal = sessionStorage.getItem(TAKEN_OVER) !== null;
    sessionStorage.removeItem(TAKEN_OVER);
    if (!(await this.#hold(steal))) {
      this.elsewhere = true;
      return;
    }
    this.elsewhere = false;
    const database = await openDatabase(() => location.reload());
    this.#database = database;
    this.device = (await readSetting(database, 'device')) ?? null;
    await Promise.all([catalog.load(database), outbox.open(database, tellShort)]);
    locale.country = catalog.reference?.merchant.country ?? '';
    ticket.restore(
      await readSetting(database, 'ticket'),
      (kept) => void (this.elsewhere || keepTicket(database, kept)),
    );
    this.#resume(readKeptSession());
    this.ready = true;
  }

  /** Be the register in this tab, and no more in the other one: begun anew, since what is here may be out of date. */
  takeOver(): void {
    sessionStorage.setItem(TAKEN_OVER, '1');
    location.reload();
  }

  /** Become the register that the code is for. Throws what `ask` throws: 422 pairing.refused. */
  async pair(code: string): Promise<void> {
    const device = await ask(connect(() => null).POST('/v1/registers/pair', { body: { code: code.trim() } }));
    const database = this.database;
    const before = this.device;
    if (before && before.merchant_id !== device.merchant_id) await database.clear('products');
    if (before?.merchant_id !== device.merchant_id) {
      await Promise.all([database.delete('settings', 'reference'), database.delete('settings', 'reading')]);
    }
    await writeSetting(database, 'device', device);
    this.device = device;
    await catalog.load(database);
  }

  /** The device's key does not hold any more: another device has taken its place. What is unsent stays here. */
  unpair(): void {
    this.lock();
    this.device = null;
    void this.database.delete('settings', 'device');
  }

  /** Bring the catalog up to date. Throws what `ask` throws. */
  async sync(): Promise<void> {
    if (!this.device) return;
    await catalog.sync(this.database, this.asDevice, this.device.location_id);
    locale.country = catalog.reference?.merchant.country ?? '';
  }

  /** Those who may sign in here. */
  async listStaff(): Promise<StaffMember[]> {
    const all: StaffMember[] = [];
    const read = (cursor: string | undefined) =>
      ask(this.asDevice.GET('/v1/staff', { params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } } }));
    for await (const page of pages(read)) all.push(...page);
    const here = this.device?.location_id ?? '';
    return all.filter(
      ({ active, has_pin, location_ids }) =>
        active && has_pin && (!location_ids?.length || location_ids.includes(here)),
    );
  }

  /** Sign in. Throws what `ask` throws: 422 session.wrong_pin, 429 session.locked. */
  async signIn(staffId: string, pin: string): Promise<void> {
    const session = await ask(this.asDevice.POST('/v1/sessions', { body: { staff_id: staffId, pin } }));
    localStorage.setItem(KEPT, JSON.stringify(session));
    this.#resume(session);
  }

  /** Whoever is signed in goes; the ticket stays. */
  lock(expired = false): void {
    if (!this.session) return;
    clearTimeout(this.#ending);
    localStorage.removeItem(KEPT);
    this.session = null;
    this.expired = expired;
    outbox.use(null);
  }

  /** Whether whoever is signed in may do this. What they may not is not offered; the API refuses it all the same. */
  may(permission: string): boolean {
    const service = permission.split(':')[0];
    return (
      this.session?.permissions.some((one) => one === '*' || one === permission || one === `${service}:*`) ?? false
    );
  }

  #resume(session: Session | null): void {
    const left = session ? Date.parse(session.expires_at) - serverNow().getTime() : 0;
    if (!session || (left <= 0 && navigator.onLine)) return;
    this.session = session;
    this.expired = false;
    this.#ending = setTimeout(() => this.#end(), Math.max(left, 0));
    outbox.use({ staffId: session.staff_id, name: session.name, api: this.asStaff });
  }

  /**
   * The session is over. Without a network nobody could sign in again, so whoever sells goes on until it is back; what they
   * sell goes up as whoever signs in then, with their name in its note.
   */
  #end(): void {
    if (navigator.onLine && !outbox.unreachable) this.lock(true);
    else this.#ending = setTimeout(() => this.#end(), LOOK_AGAIN_MS);
  }

  /** Be the one tab that is the register; false if another one is. Where there are no locks (plain http), there is no other. */
  #hold(steal: boolean): Promise<boolean> {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const hold = (lock: Lock | null): Promise<never> | undefined => {
        resolve(lock !== null);
        return lock ? new Promise<never>(() => {}) : undefined; // until the tab closes, or another one steals it
      };
      navigator.locks.request(LOCK, steal ? { steal } : { ifAvailable: true }, hold).catch(() => {
        this.elsewhere = true;
        outbox.stop();
      });
    });
  }

  /** Who sells now, as a sale remembers it. */
  get seller(): Seller | null {
    const { session } = this;
    return (
      session && { staffId: session.staff_id, name: session.name, token: session.token, expiresAt: session.expires_at }
    );
  }

  get database(): Database {
    if (!this.#database) throw new Error('the register has not started');
    return this.#database;
  }
}

function tellShort({ number, amount_due }: Order): void {
  toasts.show(t().unsent.short(number, money(amount_due)), 'problem');
}

function readKeptSession(): Session | null {
  const kept = localStorage.getItem(KEPT);
  return kept ? (JSON.parse(kept) as Session) : null;
}

export const register = new Register();
