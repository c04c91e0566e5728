/** What an import comes to, in words. */
import type { Import } from '../../../api';
import { t } from '../../messages';
import { count, money } from '../../show';
import { MONEY } from './fields';

type Counts = NonNullable<Import['preview']>;
type Change = NonNullable<Import['changes']>[number]['fields'][number];

export const OUTCOMES = ['created', 'updated', 'unchanged', 'invalid', 'changed_since'] as const;

/** "New: 12, Refused: 1": what there is none of is left out, but for what is new or changed. */
export function tellCounts(counts: Counts): string {
  return OUTCOMES.flatMap((outcome) => {
    const number = counts[outcome] ?? 0;
    return number || outcome === 'created' || outcome === 'updated'
      ? [`${t().imports.counts[outcome]}: ${count(number)}`]
      : [];
  }).join(', ');
}

/** What a field is called: "variants.price" by its last part. */
export function fieldName(field: string): string {
  const words = t().imports.fields as Record<string, string>;
  return words[field] ?? words[field.split(/[./]/).at(-1) ?? ''] ?? field;
}

/** A value before or after: amounts as money, yes and no in words. */
export function tellValue(field: string, value: Change['before']): string {
  if (value === null || value === undefined || value === '') return t().imports.nothing;
  if (typeof value === 'boolean') return value ? t().imports.yes : t().imports.no;
  if (typeof value === 'number' && MONEY.some((one) => field.split(/[./ ]/).includes(one))) return money(value);
  return String(value);
}
