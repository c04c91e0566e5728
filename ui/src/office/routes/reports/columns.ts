/** Columns as most reports have them. */
import { decimalDigits } from '../../../shared/money';
import { office } from '../../office.svelte';
import { type Found, nameOf } from '../../products';
import { count, decimal, money } from '../../show';
import type { Column } from './rows';

/** An amount, in minor units. */
export function amount<Row>(label: string, of: (row: Row) => number | null | undefined): Column<Row> {
  return {
    label,
    shown: (row) => money(of(row) ?? 0),
    plain: (row) => Number(decimalDigits(of(row) ?? 0, office.currency.minorUnits)),
  };
}

/** A whole number. */
export function number<Row>(label: string, of: (row: Row) => number | null | undefined): Column<Row> {
  return { label, shown: (row) => count(of(row) ?? 0), plain: (row) => of(row) ?? 0 };
}

/** A decimal string, such as a quantity or a ratio; what is not known is a dash. */
export function figure<Row>(label: string, of: (row: Row) => string | null | undefined, unit = ''): Column<Row> {
  return {
    label,
    shown: (row) => (of(row) == null ? '–' : `${decimal(of(row) ?? '0')}${unit}`),
    plain: (row) => (of(row) == null ? '' : Number(of(row))),
  };
}

/** A cost: a decimal string of minor units; what is not known is a dash. */
export function cost<Row>(label: string, of: (row: Row) => string | null | undefined): Column<Row> {
  const rounded = (row: Row): number => Math.round(Number(of(row)));
  return {
    label,
    shown: (row) => (of(row) == null ? '–' : money(rounded(row))),
    plain: (row) => (of(row) == null ? '' : Number(of(row)) / 10 ** office.currency.minorUnits),
  };
}

export function words<Row>(
  label: string,
  of: (row: Row) => string,
  link?: (row: Row) => string | undefined,
): Column<Row> {
  return { label, shown: of, text: true, ...(link ? { link } : {}) };
}

/** A product, behind the id of its variant. */
export function product<Row>(label: string, of: (row: Row) => string, names: ReadonlyMap<string, Found>): Column<Row> {
  return words(
    label,
    (row) => nameOf(names.get(of(row))),
    (row) => {
      const found = names.get(of(row));
      return found && `/products/${found.product.id}`;
    },
  );
}
