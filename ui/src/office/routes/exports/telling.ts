/** What an export is of, in words. */
import { locale } from '../../../shared/i18n.svelte';
import { formatDay, formatMonth } from '../../../shared/time';
import { directory } from '../../directory.svelte';
import { t } from '../../messages';
import { GROUPS } from '../reports/groups';

/** "Sun, 1 Nov 2026 – Sun, 29 Nov 2026 · Kemang · By product"; "" where all there is is in it. */
export function tellParameters(parameters: Readonly<Record<string, unknown>>): string {
  const { from, to, location_id, group_by, days } = parameters;
  const group = GROUPS.find((one) => one === group_by);
  return [
    ...(from && to ? [span(String(from), String(to))] : []),
    ...(location_id ? [directory.name(String(location_id))] : []),
    ...(group ? [t().exports.by(t().reports.groups[group])] : []),
    ...(days ? [t().stock.sold(Number(days))] : []),
  ].join(' · ');
}

function span(from: string, to: string): string {
  const written = (text: string): string =>
    text.length === 7 ? formatMonth(text, locale.tag) : formatDay(text, locale.tag);
  return from === to ? written(from) : `${written(from)} – ${written(to)}`;
}
