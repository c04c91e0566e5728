/** Products by the variants that reports and stock levels name, and by what people know of them. */
import { ask, type Product, type Variant } from '../api';
import { t } from './messages';
import { office } from './office.svelte';

const AT_ONCE = 50;

/** A variant, and the product that it is of. */
export interface Found {
  product: Product;
  variant: Variant;
}

/** What these variants are; one that was removed since is not among them. */
export async function variantsOf(ids: readonly string[]): Promise<Map<string, Found>> {
  const wanted = [...new Set(ids)];
  const chunks = Array.from({ length: Math.ceil(wanted.length / AT_ONCE) }, (_, at) =>
    wanted.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
  const found = await Promise.all(
    chunks.map((variant_ids) => ask(office.api.GET('/v1/products', { params: { query: { variant_ids } } }))),
  );
  return new Map(found.flatMap(({ items }) => items.flatMap(variants)).map((one) => [one.variant.id, one]));
}

/** The variant with this barcode or SKU, or none. */
export async function findByCode(code: string): Promise<Found[]> {
  for (const query of [{ barcode: code }, { sku: code }]) {
    const { items } = await ask(office.api.GET('/v1/products', { params: { query } }));
    const found = items.flatMap(variants).find(({ variant }) => variant.barcode === code || variant.sku === code);
    if (found) return [found];
  }
  return [];
}

/** The first variants of what is called like that. */
export async function findByWords(q: string, limit = 10): Promise<Found[]> {
  const { items } = await ask(office.api.GET('/v1/products', { params: { query: { q, limit } } }));
  return items.flatMap(variants);
}

/** "Kopi susu", "Kopi susu, large". */
export function variantName(product: Product, variant: Variant): string {
  return variant.name ? `${product.name}, ${variant.name}` : product.name;
}

/** The same of a variant that may have been removed since. */
export function nameOf(found: Found | undefined): string {
  return found ? variantName(found.product, found.variant) : t().removedProduct;
}

function variants(product: Product): Found[] {
  return product.variants.map((variant) => ({ product, variant }));
}
