/** A customer's points, and what they pay. */
import { ask } from '../api';
import { register } from './register.svelte';

export interface Balance {
  points: number;
  /** What one of them pays, in minor units. */
  value: number;
  /** The least that is paid by points, in minor units. */
  least: number;
}

/** What a customer can pay by points; null if that is nothing. Throws what `ask` throws. */
export async function pointsOf(customerId: string): Promise<Balance | null> {
  const [program, { balance }] = await Promise.all([
    ask(register.asStaff.GET('/v1/loyalty_program')),
    ask(
      register.asStaff.GET('/v1/customers/{id}/points', { params: { path: { id: customerId }, query: { limit: 1 } } }),
    ),
  ]);
  if (!program.enabled || balance < program.min_redeem || program.point_value <= 0) return null;
  return { points: balance, value: program.point_value, least: program.min_redeem * program.point_value };
}
