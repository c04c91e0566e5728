/**
 * Who is in the back office: the person who is signed in at the register in this tab, or whoever brings an API key (the
 * first owner has nothing else). Either is forgotten with the tab.
 */
import { ask, connect, type Merchant, type Session } from '../api';
import { locale } from '../shared/i18n.svelte';
import type { Currency } from '../shared/money';

const KEY = 'kasir.office.key';
const SESSION = 'kasir.session'; // the register keeps it here (register.svelte.ts)

class Office {
  key = $state<string | null>(sessionStorage.getItem(KEY));
  session = $state.raw<Session | null>(readSession());
  merchant = $state.raw<Merchant | null>(null);

  readonly api = connect(
    () => this.key ?? this.session?.token ?? null,
    () => this.leave(),
  );
  readonly currency = $derived<Currency>({
    code: this.merchant?.currency ?? 'XXX',
    minorUnits: this.merchant?.minor_units ?? 0,
  });
  readonly entered = $derived(this.merchant !== null);

  /** Come in with what there is. Throws what `ask` throws. */
  async enter(key: string | null = this.key): Promise<void> {
    this.key = key;
    if (!this.key && !this.session) return;
    this.merchant = await ask(this.api.GET('/v1/merchant'));
    locale.country = this.merchant.country ?? '';
    if (key) sessionStorage.setItem(KEY, key);
  }

  leave(): void {
    sessionStorage.removeItem(KEY);
    sessionStorage.removeItem(SESSION);
    this.key = null;
    this.session = null;
    this.merchant = null;
  }

  /** Whether to offer something. What a key may do is not known before it is tried; the API decides in any case. */
  may(permission: string): boolean {
    if (this.key) return true;
    const service = permission.split(':')[0];
    return (
      this.session?.permissions.some((one) => one === '*' || one === permission || one === `${service}:*`) ?? false
    );
  }
}

function readSession(): Session | null {
  const kept = sessionStorage.getItem(SESSION);
  const session = kept ? (JSON.parse(kept) as Session) : null;
  return session && Date.parse(session.expires_at) > Date.now() ? session : null;
}

export const office = new Office();
