/** A run that lacks half of the items, as a night trains it whose export lost them. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelChoice } from '../../../src/home/home-options.js';
import { openHome } from '../../../src/home/place/open-home.js';

/**
 * Trains a Mult-VAE on the orders of every second product, in a copy of the home, and puts the run among those of the
 * home. It holds out whom the given run holds out, so that the two can be compared.
 *
 * @param folder - where the copy goes
 * @param orders - the files of all orders so far
 * @returns its id
 */
export async function plantHalf(
  home: string,
  {
    folder,
    orders,
    active,
    parameters,
  }: {
    readonly folder: string;
    readonly orders: readonly string[];
    readonly active: string;
    readonly parameters: NonNullable<ModelChoice<'mult-vae'>['parameters']>;
  },
): Promise<string> {
  cpSync(home, folder, { recursive: true });
  const lines = orders.flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(1));
  const products = [...new Set(lines.map(productOf))].sort();
  const kept = new Set(products.filter((_, k) => k % 2 === 0));
  const half = join(folder, 'half.csv');
  const header = readFileSync(orders[0]!, 'utf8').split('\n', 1);
  writeFileSync(
    half,
    `${[...header, ...lines.filter((line) => kept.has(productOf(line)))].join('\n')}\n`,
  );
  const copy = await openHome(folder);
  try {
    await copy.import(half, { replace: true });
    const { runId } = await copy.train({ parameters, heldoutFrom: active, activate: false });
    cpSync(join(folder, 'runs', runId), join(home, 'runs', runId), { recursive: true });
    return runId;
  } finally {
    await copy.close();
  }
}

function productOf(line: string): string {
  return line.split(',')[2]!;
}
