/** What a promotion gives and when, in a few words. */
import type { Promotion } from '../../../api';
import { t } from '../../messages';
import { decimal, moment, money } from '../../show';

export function given({ percent_off, buy_x_get_y, order_over }: Promotion): string {
  const words = t().promotions;
  if (percent_off) return words.percentOff(decimal(percent_off.percent));
  if (buy_x_get_y) {
    const { buy, get, percent } = buy_x_get_y;
    const free = Number(percent ?? '100') === 100;
    return free
      ? words.freeOf(String(buy), String(get))
      : words.cheaperOf(String(buy), String(get), decimal(percent ?? '100'));
  }
  if (!order_over) return '–';
  const off =
    order_over.amount == null
      ? words.percentOff(decimal(order_over.percent ?? '0'))
      : words.off(money(order_over.amount));
  return words.over(off, money(order_over.minimum));
}

export function timed({ starts_at, ends_at, weekdays, from_time, to_time }: Promotion): string {
  const words = t().promotions;
  const parts = [
    weekdays?.length ? weekdays.map((day) => words.days[day]).join(' ') : '',
    from_time && to_time ? `${from_time}–${to_time}` : '',
    starts_at ? words.from(moment(starts_at)) : '',
    ends_at ? words.until(moment(ends_at)) : '',
  ];
  return parts.filter(Boolean).join(', ') || words.always;
}
