import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GROUPS } from '../reports/groups';
import { DATASETS, parametersOf } from './datasets';

const source = (path: string): string => readFileSync(`../functions/${path}`, 'utf8');

test('every dataset that the API has is offered', () => {
  const [, names = ''] = /DatasetName = Literal\[([^\]]*)\]/.exec(source('files/models.py')) ?? [];
  const known = [...names.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  expect(known.length).toBeGreaterThan(5);
  expect(Object.keys(DATASETS).sort()).toEqual(known.sort());
});

test('sales are grouped by what the API groups them by', () => {
  const [, names = ''] = /GroupBy = Literal\[([^\]]*)\]/.exec(source('reports/models.py')) ?? [];
  for (const group of GROUPS) expect(names).toContain(`"${group}"`);
});

test('a file is asked about what it is of, and about nothing else', () => {
  const chosen = { from: '2026-11-01', to: '2026-11-29', locationId: 'loc_1', group: 'product' } as const;
  expect(parametersOf('sales_report', chosen)).toEqual({
    from: '2026-11-01',
    to: '2026-11-29',
    location_id: 'loc_1',
    group_by: 'product',
  });
  expect(parametersOf('tax_report', { ...chosen, locationId: '' })).toEqual({ from: '2026-11', to: '2026-11' });
  expect(parametersOf('stock_report', chosen)).toEqual({ location_id: 'loc_1' });
  expect(parametersOf('products', chosen)).toEqual({});
});
