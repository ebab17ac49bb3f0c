/** Writes the clicks on a generated catalogue as a file. */
import type { SyntheticCatalogue } from './catalogue.js';
import { type GeneratedRows, textBlocks, writeGeneratedFiles } from './generated-files.js';

/**
 * Writes `clicks.csv`, a click a row.
 *
 * @param progress - called now and then with the number of clicks written
 * @throws as `writeGeneratedFiles`
 */
export async function writeCatalogueFiles(
  catalogue: SyntheticCatalogue,
  folder: string,
  progress: (clicks: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const text = textBlocks('user,item,timestamp', clickLines(catalogue), progress);
  const file = { name: 'clicks.csv', text };
  await writeGeneratedFiles(folder, [file], signal);
}

function* clickLines(catalogue: SyntheticCatalogue): Generator<GeneratedRows> {
  for (const { user, count, items, times } of catalogue.users()) {
    let text = '';
    for (let k = 0; k < count; k++) text += `${user + 1},${items[k]! + 1},${times[k]}\n`;
    yield { text, rows: count };
  }
}
