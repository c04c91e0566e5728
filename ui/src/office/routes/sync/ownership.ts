/** Who decides which field of a product, between Kasir and a source. Pure. */
import type { Source } from '../../../api';

type Ownership = NonNullable<Source['ownership']>;
type Fields = NonNullable<Ownership['product']>;
export type Owner = Fields[string];

/** The fields that are offered, the one for all others first; functions/sync names them. */
export const FIELDS = [
  '*',
  'name',
  'category_id',
  'tax_ids',
  'modifier_groups',
  'image_urls',
  'active_from',
  'active_until',
  'variants',
  'variants.name',
  'variants.price',
  'variants.cost',
  'variants.sku',
  'variants.barcode',
  'variants.track_stock',
] as const;

/** A choice for each field that is offered; "" is as all others. */
export type Choices = Record<string, Owner | ''>;

export function choicesOf(ownership: Ownership | undefined): Choices {
  const fields = ownership?.product ?? {};
  return Object.fromEntries(FIELDS.map((field) => [field, fields[field] ?? (field === '*' ? 'shared' : '')]));
}

/** What was chosen, as the API takes it; fields and kinds that are not offered stay as they were. */
export function ownershipOf(choices: Choices, before: Ownership | undefined): Ownership {
  const offered: readonly string[] = FIELDS;
  const kept = Object.entries(before?.product ?? {}).filter(([field]) => !offered.includes(field));
  const chosen = Object.entries(choices).filter((entry): entry is [string, Owner] => entry[1] !== '');
  return { ...before, product: Object.fromEntries([...kept, ...chosen]) };
}
