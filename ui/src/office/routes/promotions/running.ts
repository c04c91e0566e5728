/** Whether a promotion runs at a moment, as functions/catalog/promotions.py decides it. Pure. */
import type { Promotion } from '../../../api';
import { localOf } from '../../../shared/time';

export type State = 'running' | 'off' | 'planned' | 'ended' | 'resting';
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What a promotion is doing at a moment, on this clock; `resting` is between its hours. */
export function stateOf(promotion: Promotion, now: Date, timeZone: string): State {
  if (!promotion.active) return 'off';
  if (promotion.ends_at && Date.parse(promotion.ends_at) <= now.getTime()) return 'ended';
  if (promotion.starts_at && Date.parse(promotion.starts_at) > now.getTime()) return 'planned';
  return inHours(promotion, localOf(now, timeZone)) ? 'running' : 'resting';
}

function inHours({ weekdays, from_time, to_time }: Promotion, local: string): boolean {
  const [day, time] = [local.slice(0, 10), local.slice(11)] as [string, string];
  const [begins, ends] = [from_time ?? '', to_time ?? '~'];
  const pastMidnight = begins >= ends;
  const within = pastMidnight ? time >= begins || time < ends : begins <= time && time < ends;
  // what goes past midnight is of the weekday on which it began
  const began = (new Date(`${day}T00:00Z`).getUTCDay() + 6 - (pastMidnight && time < ends ? 1 : 0)) % 7;
  return within && (!weekdays?.length || weekdays.includes(WEEKDAYS[began] as Weekday));
}
