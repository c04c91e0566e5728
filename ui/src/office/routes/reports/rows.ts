/** A sales report as rows for people and for spreadsheets. Pure. */
import type { SalesReport } from '../../../api';

export type Row = SalesReport['items'][number];

/** The figure that a row is about: what was paid by it, the tax of it, what it took off, or what was sold. */
export function mainOf(row: Partial<Row>): number {
  if (row.amount != null) return row.amount - (row.refunded ?? row.refunded_amount ?? 0);
  return (row.net ?? 0) - (row.refunded_net ?? 0);
}

/** A cell of CSV (RFC 4180). What a spreadsheet would take for a formula is kept from being one. */
export function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A file of rows, the first one naming the columns; with the mark by which spreadsheets know UTF-8. */
export function csv(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return `\ufeff${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A column of a report. */
export interface Column<One> {
  label: string;
  /** As people read it. */
  shown: (row: One) => string;
  /** As spreadsheets read it, where that is another thing. */
  plain?: (row: One) => string | number;
  /** Words, which stand at the left and may be broken; all else are figures. */
  text?: boolean;
  /** The screen of what it names. */
  link?: (row: One) => string | undefined;
}

/** The sum of quantities as the API writes them, exactly. */
export function sumOf(quantities: readonly string[]): string {
  const thousandths = quantities.reduce((sum, text) => {
    const [whole = '', places = ''] = text.replace('-', '').split('.');
    const size = BigInt(whole + places.padEnd(3, '0'));
    return text.startsWith('-') ? sum - size : sum + size;
  }, 0n);
  const digits = String(thousandths < 0n ? -thousandths : thousandths).padStart(4, '0');
  const places = digits.slice(-3).replace(/0+$/, '');
  return `${thousandths < 0n ? '-' : ''}${digits.slice(0, -3)}${places && `.${places}`}`;
}
