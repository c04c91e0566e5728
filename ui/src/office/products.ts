/** Products by the variants that reports and stock levels name. */
import { ask, type Product, type Variant } from '../api';
import { office } from './office.svelte';

const AT_ONCE = 50;

/** What these variants are; one that was removed since is not among them. */
export async function variantsOf(ids: readonly string[]): Promise<Map<string, { product: Product; variant: Variant }>> {
  const wanted = [...new Set(ids)];
  const chunks = Array.from({ length: Math.ceil(wanted.length / AT_ONCE) }, (_, at) =>
    wanted.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
  const found = await Promise.all(
    chunks.map((variant_ids) => ask(office.api.GET('/v1/products', { params: { query: { variant_ids } } }))),
  );
  const products = found.flatMap(({ items }) => items);
  return new Map(products.flatMap((product) => product.variants.map((variant) => [variant.id, { product, variant }])));
}

/** "Kopi susu", "Kopi susu, large". */
export function variantName(product: Product, variant: Variant): string {
  return variant.name ? `${product.name}, ${variant.name}` : product.name;
}
