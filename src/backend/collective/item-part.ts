/** The items that a process holds, and the blocks in which sums over items are taken. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import { alone, type Collective } from './collective.js';

/** Narrower blocks would make products slower. */
const minBlockWidth = 256;
const maxBlocks = 64;

/**
 * The number of blocks that items are cut into: a power of two that depends on the number of items alone.
 *
 * @param itemCount - I
 */
export function blockCount(itemCount: number): number {
  let blocks = 1;
  while (2 * blocks <= maxBlocks && 2 * blocks * minBlockWidth <= itemCount) blocks *= 2;
  return blocks;
}

/**
 * A contiguous range of the items, which one rank holds, and the ranks that hold the others.
 *
 * All items are cut into blocks of equal width; the last one may be narrower. A sum over items is taken block by block,
 * and the blocks are added along a binary tree. Each rank holds an equal number of blocks, a subtree. So a sum has the
 * same bits however many ranks take it.
 */
export class ItemPart {
  /** I, of all ranks. */
  readonly itemCount: number;
  /** The rank's items: first..last-1. */
  readonly first: number;
  readonly last: number;
  readonly blockWidth: number;
  readonly collective: Collective;

  /** @param collective - of 2^k ranks, at most `blockCount(itemCount)` */
  constructor(itemCount: number, collective: Collective = alone) {
    const { rank, size } = collective;
    const blocks = blockCount(itemCount);
    this.itemCount = itemCount;
    this.blockWidth = Math.max(1, Math.ceil(itemCount / blocks));
    const width = (blocks / size) * this.blockWidth;
    this.first = Math.min(itemCount, rank * width);
    this.last = Math.min(itemCount, (rank + 1) * width);
    this.collective = collective;
  }

  /** The part as it is; a number of items stands for all of them. */
  static from(items: number | ItemPart): ItemPart {
    return typeof items === 'number' ? new ItemPart(items) : items;
  }

  /** The number of the rank's items. */
  get size(): number {
    return this.last - this.first;
  }

  /** Whether there is one rank, which holds all items. */
  get isWhole(): boolean {
    return this.collective.size === 1;
  }

  /** The rank's columns of a matrix over all items. */
  of(clicks: ClickMatrix): ClickMatrix {
    return this.isWhole ? clicks : clicks.columnsBetween(this.first, this.last);
  }
}
