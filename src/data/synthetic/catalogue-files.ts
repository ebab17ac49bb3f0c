/** Writes the clicks on a generated catalogue as a file. */
import type { SyntheticCatalogue } from './catalogue.js';
import { writeGeneratedFiles } from './generated-files.js';

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
  const file = { name: 'clicks.csv', text: clickLines(catalogue, progress) };
  await writeGeneratedFiles(folder, [file], signal);
}

function* clickLines(
  catalogue: SyntheticCatalogue,
  progress: (clicks: number) => void,
): Generator<string> {
  let text = 'user,item,timestamp\n';
  let written = 0;
  for (const { user, count, items, times } of catalogue.users()) {
    for (let k = 0; k < count; k++) text += `${user + 1},${items[k]! + 1},${times[k]}\n`;
    written += count;
    if (text.length > 1 << 18) {
      yield text;
      text = '';
      progress(written);
    }
  }
  yield text;
  progress(written);
}
