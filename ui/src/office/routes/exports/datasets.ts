/** What can be put into a file, and what it has to be asked about; functions/files/datasets.py decides. Pure. */
import type { NewExport } from '../../../api';
import type { Group } from '../reports/groups';

export type Dataset = NewExport['dataset'];
export type Parameters = NonNullable<NewExport['parameters']>;

/** An export as a screen asks for it. */
export interface Wanted {
  dataset: Dataset;
  parameters: Parameters;
}

interface Asked {
  /** The permissions to read what is in it. */
  needs: readonly string[];
  /** Which span of time it is of. */
  span?: 'days' | 'months';
  /** Whether it is of one location, or may also be of all. */
  location?: 'one' | 'any';
  /** Whether its rows are grouped. */
  grouped?: true;
}

export const DATASETS: Readonly<Record<Dataset, Asked>> = {
  sales_report: { needs: ['reports:read'], span: 'days', location: 'any', grouped: true },
  order_lines: { needs: ['orders:read'], span: 'days', location: 'any' },
  tax_report: { needs: ['reports:read'], span: 'months', location: 'any' },
  customers_report: { needs: ['reports:read', 'customers:read'], span: 'days', location: 'any' },
  affinity_report: { needs: ['reports:read'], span: 'days', location: 'any' },
  stock_report: { needs: ['reports:read'], location: 'one' },
  stock_movements_report: { needs: ['reports:read'], span: 'days', location: 'one' },
  products: { needs: ['catalog:read'] },
  customers: { needs: ['customers:read'] },
};

/** What was chosen for a dataset, as the API takes it: nothing that it does not ask about. */
export function parametersOf(
  dataset: Dataset,
  chosen: { from: string; to: string; locationId: string; group: Group },
): Parameters {
  const { span, location, grouped } = DATASETS[dataset];
  const length = span === 'months' ? 7 : 10; // 2026-11, 2026-11-29
  return {
    ...(span ? { from: chosen.from.slice(0, length), to: chosen.to.slice(0, length) } : {}),
    ...(location && chosen.locationId ? { location_id: chosen.locationId } : {}),
    ...(grouped ? { group_by: chosen.group } : {}),
  };
}
