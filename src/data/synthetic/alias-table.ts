/** Draws one of many weighted outcomes in constant time. */
import type { RandomStream } from '../../random.js';

/** Walker's alias method: draws one of n weighted outcomes in constant time. */
export class AliasTable {
  readonly #keep: Float64Array;
  readonly #alias: Int32Array;

  constructor(weights: readonly number[]) {
    const n = weights.length;
    const total = weights.reduce((sum, w) => sum + w, 0);
    this.#keep = Float64Array.from(weights, (w) => (w * n) / total);
    this.#alias = new Int32Array(n);
    const small: number[] = [];
    const large: number[] = [];
    this.#keep.forEach((p, i) => {
      (p < 1 ? small : large).push(i);
    });
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop()!;
      const rich = large[large.length - 1]!;
      this.#alias[poor] = rich;
      this.#keep[rich]! -= 1 - this.#keep[poor]!;
      if (this.#keep[rich]! < 1) small.push(large.pop()!);
    }
    for (const i of [...small, ...large]) this.#keep[i] = 1;
  }

  draw(random: RandomStream): number {
    const i = random.integer(this.#keep.length);
    return random.float() < this.#keep[i]! ? i : this.#alias[i]!;
  }
}
