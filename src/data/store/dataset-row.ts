/** The description of a data set as both databases keep it: a row. */
import type { DatasetSummary } from './dataset.js';

/** What the row says, in words of the store. */
export function summaryOf(row: DatasetRow): DatasetSummary {
  const { scale_low: low, scale_high: high } = row;
  return {
    name: row.name,
    dataHash: row.data_hash,
    users: row.users,
    items: row.items,
    catalogue: row.catalogue,
    ratings: row.ratings,
    scale: low === null || high === null ? null : { low, high },
    minWeight: row.min_weight,
    files: JSON.parse(row.files),
    importedAt: row.imported_at,
  };
}

/** The row of the table `dataset`. */
export interface DatasetRow {
  readonly name: string;
  readonly data_hash: string;
  readonly users: number;
  readonly items: number;
  readonly catalogue: number;
  readonly ratings: number;
  readonly scale_low: number | null;
  readonly scale_high: number | null;
  readonly min_weight: number | null;
  readonly files: string;
  readonly imported_at: string;
}
