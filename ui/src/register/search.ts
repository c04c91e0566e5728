/** Searching the catalog as one types. 20,000 items are looked through in a few milliseconds (bench/search.ts measures). */
export interface Searchable {
  /** Name, SKU and barcode in lower case, in this order. */
  words: string;
}

/** The items whose words include all that was typed, those that begin with it first; else in the order that they had. */
export function searchIn<One extends Searchable>(items: readonly One[], text: string): readonly One[] {
  const typed = text.trim().toLowerCase();
  if (!typed) return items;
  const wanted = typed.split(/\s+/);
  const first: One[] = [];
  const others: One[] = [];
  for (const item of items) {
    if (!wanted.every((word) => item.words.includes(word))) continue;
    (item.words.startsWith(typed) ? first : others).push(item);
  }
  return [...first, ...others];
}
