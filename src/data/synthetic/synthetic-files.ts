/** Writes generated ratings as MovieLens files. */
import { type GeneratedRows, textBlocks, writeGeneratedFiles } from './generated-files.js';
import type { SyntheticRatings } from './synthetic.js';

/**
 * Writes `movies.csv` and `ratings.csv` in the format of MovieLens.
 *
 * @param progress - called now and then with the number of ratings written
 * @throws as `writeGeneratedFiles`
 */
export async function writeSyntheticFiles(
  synthetic: SyntheticRatings,
  folder: string,
  progress: (ratings: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const header = 'userId,movieId,rating,timestamp';
  const files = [
    { name: 'movies.csv', text: movieLines(synthetic) },
    { name: 'ratings.csv', text: textBlocks(header, ratingLines(synthetic), progress) },
  ];
  await writeGeneratedFiles(folder, files, signal);
}

function* movieLines(synthetic: SyntheticRatings): Generator<string> {
  yield 'movieId,title,genres\n';
  for (const [item, { title, genres }] of synthetic.items.entries()) {
    yield `${item + 1},${title},${genres.join('|')}\n`;
  }
}

function* ratingLines(synthetic: SyntheticRatings): Generator<GeneratedRows> {
  for (const { user, count, items, halfStars, timestamps } of synthetic.users()) {
    let text = '';
    for (let k = 0; k < count; k++) {
      const stars = halfStars[k]! / 2;
      text += `${user + 1},${items[k]! + 1},${Number.isInteger(stars) ? `${stars}.0` : stars},${timestamps[k]}\n`;
    }
    yield { text, rows: count };
  }
}
