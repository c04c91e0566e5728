/** What can be done with a voucher. Pure. */
import type { Voucher } from '../../../api';

export type State = 'full' | 'partly' | 'empty' | 'expired';

/** A voucher's state at a moment; one that expired with money left is `expired`. */
export function stateOf({ balance, amount, expires_at }: Voucher, now: Date): State {
  if (balance === 0) return 'empty';
  if (expires_at && Date.parse(expires_at) <= now.getTime()) return 'expired';
  return balance < amount ? 'partly' : 'full';
}
