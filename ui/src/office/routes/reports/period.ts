/** The days that reports begin with. */
import { serverNow } from '../../../shared/clock';
import { addDays, dayOf } from '../../../shared/time';
import { office } from '../../office.svelte';

/** What day it is for the merchant. */
export function today(): string {
  return dayOf(serverNow(), office.merchant?.time_zone ?? 'UTC');
}

/** So many days up to today. */
export function lastDays(days: number): { from: string; to: string } {
  const to = today();
  return { from: addDays(to, 1 - days), to };
}
