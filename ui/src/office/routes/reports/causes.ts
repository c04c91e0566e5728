/** Why stock moved, in words: "sale", "adjustment.theft". */
import { t } from '../../messages';

export function causeName(cause: string): string {
  const [type = '', reason] = cause.split('.');
  const named = t().stock.causes[type] ?? type;
  if (!reason) return named;
  const reasons: Record<string, string> = t().products.reasons;
  return `${named}: ${reasons[reason] ?? reason}`;
}
