/** A sales report as rows for people and for spreadsheets. Pure. */
import type { SalesReport } from '../../../api';

export type Row = SalesReport['items'][number];

/** A cell of CSV (RFC 4180). What a spreadsheet would take for a formula is kept from being one. */
export function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A file of rows, the first one naming the columns; with the mark by which spreadsheets know UTF-8. */
export function csv(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return `\ufeff${[columns, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
