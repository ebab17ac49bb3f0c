/** The order of test files: a mutant is mostly killed by a quick test next to the code, so slow ones come last. */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A unit test that takes longer counts among the slow ones: it may start what others do not. */
const slowMs = 3000;

/** Quick unit tests first, then by how long each took before. */
export class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = new Map(files.map((file) => [file, this.#rankOf(file.moduleId)]));
    return [...files].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  }

  #rankOf(path: string): number {
    const name = relative(this.ctx.config.root, path);
    const ms = this.ctx.cache.getFileTestResults(`:${name}`)?.duration ?? 0;
    return name.startsWith('src/') && ms < slowMs ? ms : 1e9 + ms;
  }
}
