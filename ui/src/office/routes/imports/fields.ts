/** What the columns of a file can be, for each thing that is imported; functions/files/imports decides. Pure. */
import type { Import, ImportColumn } from '../../../api';

export type ImportType = Import['type'];
export type FieldName = NonNullable<ImportColumn['field']>;

/** The permission that who imports needs besides `imports:write`. */
export const NEEDS: Readonly<Record<ImportType, string>> = {
  products: 'catalog:write',
  customers: 'customers:write',
  stock_counts: 'inventory:write',
  price_changes: 'catalog:write',
};

export const FIELDS: Readonly<Record<ImportType, readonly FieldName[]>> = {
  products: [
    'name',
    'variant_name',
    'price',
    'cost',
    'sku',
    'barcode',
    'plu',
    'category',
    'category_id',
    'unit',
    'weighed',
    'track_stock',
    'currency',
    'external_id',
    'handle',
    'parent',
    'option1_name',
    'option1_value',
    'option2_name',
    'option2_value',
    'option3_name',
    'option3_value',
    'product_id',
    'variant_id',
  ],
  customers: [
    'name',
    'first_name',
    'last_name',
    'phone',
    'email',
    'birthday',
    'note',
    'tags',
    'external_id',
    'customer_id',
  ],
  stock_counts: ['quantity', 'sku', 'barcode', 'location', 'variant_id'],
  price_changes: ['price', 'cost', 'sku', 'barcode', 'currency', 'variant_id'],
};

/** What may be of one location, and so stand in several columns. */
export const AT_A_LOCATION: readonly FieldName[] = ['price', 'quantity'];

export const MONEY: readonly string[] = ['price', 'cost'];

/** The largest file that may come along with the request, in bytes: functions/files/imports/models.py. */
export const MAX_BYTES = 3 * 1024 * 1024;

/** A file's bytes as base64. */
export async function base64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts: string[] = [];
  // a call takes so many arguments and no more
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(''));
}
