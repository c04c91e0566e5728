/**
 * Barcodes that scales print: EAN-13 that begins with 2, with an item number (plu) and a weight or a price inside. The same
 * rules as the API's (functions/catalog/scales.py), so that a label is read without a network.
 */
import type { ScaleFormat } from '../api';
import { ONE } from '../shared/quantity';

export class ScaleProblem extends Error {
  constructor(readonly code: 'check_digit' | 'empty' | 'price_invalid') {
    super(code);
  }
}

interface Sold {
  price: number;
  measured: boolean;
  variant: { unit?: string | null };
}

export interface Label {
  plu: string;
  /** How much of it was on the scale, in thousandths of its unit; of a price label reckoned back. */
  quantity(sold: Sold, minorUnits: number): number;
  /** What a price label says that it costs; null on a weight label. */
  amount(minorUnits: number): number | null;
}

/** What a scale's barcode says; null if no format has its prefix. Throws ScaleProblem. */
export function decode(barcode: string, formats: readonly ScaleFormat[]): Label | null {
  if (!/^2\d{12}$/.test(barcode)) return null;
  const format = formats.find(({ prefix }) => barcode.startsWith(prefix));
  if (!format) return null;
  if (checkDigit(barcode.slice(0, 12)) !== Number(barcode[12])) throw new ScaleProblem('check_digit');
  const { kind, item_digits: itemDigits = 5, value_digits: valueDigits = 5 } = format;
  const value = Number(barcode.slice(12 - valueDigits, 12));
  if (value === 0) throw new ScaleProblem('empty');

  const amount = (minorUnits: number): number | null => {
    if (kind === 'weight') return null;
    const places = minorUnits - (format.decimals ?? minorUnits);
    const scaled = places >= 0 ? value * 10 ** places : value / 10 ** -places;
    if (!Number.isInteger(scaled)) throw new ScaleProblem('price_invalid');
    return scaled;
  };
  const quantity = (sold: Sold, minorUnits: number): number => {
    if (kind === 'weight') {
      const thousandthsOfKilograms = value * 10 ** (3 - (format.decimals ?? 0));
      return sold.variant.unit === 'g' ? thousandthsOfKilograms * 1000 : thousandthsOfKilograms;
    }
    if (!sold.measured || sold.price === 0) return ONE;
    const doubled = BigInt(amount(minorUnits) ?? 0) * BigInt(2 * ONE) + BigInt(sold.price);
    return Math.max(1, Number(doubled / (2n * BigInt(sold.price)))); // half up
  };
  return { plu: barcode.slice(2, 2 + itemDigits).replace(/^0+/, ''), amount, quantity };
}

/** The last digit of an EAN-13: weights 1 and 3 from the left (GS1 General Specifications, section 7.9). */
export function checkDigit(digits: string): number {
  const total = [...digits].reduce((sum, digit, place) => sum + Number(digit) * (place % 2 ? 3 : 1), 0);
  return (10 - (total % 10)) % 10;
}
