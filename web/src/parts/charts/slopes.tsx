/** Two ranked lists side by side, with lines between equal items. */

import { useState } from 'preact/hooks';
import { href } from '../../address.js';
import { shortName } from '../../known-items.js';
import type { Movement } from '../../movement.js';
import type { Item } from '../../server/api.js';
import { MovementMark } from '../ranked-list.js';

interface SlopesProps {
  readonly names: readonly [string, string];
  readonly first: readonly Item[];
  readonly second: readonly Item[];
  /** How items moved from the first list to the second. */
  readonly moved: ReadonlyMap<string, Movement>;
}

interface Column {
  readonly items: readonly Item[];
  /** The run's id. */
  readonly name: string;
  /** Whether the other list has the item too. */
  readonly isShared: (id: string) => boolean;
  readonly showsMoves: boolean;
}

const rowHeight = 40; // the same as in the style sheet
const width = 100;

/** Two ranked lists side by side, with a line between the two places of each shared item. */
export function Slopes({ names, first, second, moved }: SlopesProps) {
  const [pointed, setPointed] = useState<string | null>(null);
  const placeIn = new Map(second.map(({ itemId }, place) => [itemId, place]));
  const inFirst = new Set(first.map(({ itemId }) => itemId));
  const rows = Math.max(first.length, second.length);
  const middle = (place: number) => (place + 0.5) * rowHeight;
  const column = ({ items, name, isShared, showsMoves }: Column) => (
    <div>
      <h2>
        <a href={href(['models', name])}>{name}</a>
      </h2>
      <ol class="slope-list" aria-label={name}>
        {items.map((item, place) => (
          <li
            key={item.itemId}
            class={[
              isShared(item.itemId) ? '' : 'alone',
              pointed === item.itemId ? 'pointed' : '',
            ].join(' ')}
            onMouseEnter={() => setPointed(item.itemId)}
            onMouseLeave={() => setPointed(null)}
            onFocusCapture={() => setPointed(item.itemId)}
            onBlurCapture={() => setPointed(null)}
          >
            <span class="rank">{place + 1}</span>
            <a class="title" href={href(['item', item.itemId])}>
              {shortName(item)}
            </a>
            {!isShared(item.itemId) ? (
              <span class="moved">only here</span>
            ) : (
              showsMoves && <MovementMark moved={moved.get(item.itemId)} />
            )}
          </li>
        ))}
      </ol>
    </div>
  );
  return (
    <div class="slopes">
      {column({
        items: first,
        name: names[0],
        isShared: (id) => placeIn.has(id),
        showsMoves: false,
      })}
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${width} ${rows * rowHeight}`}
        preserveAspectRatio="none"
        height={rows * rowHeight}
      >
        {first.map(({ itemId }, place) => {
          const other = placeIn.get(itemId);
          if (other === undefined) return null;
          const from = middle(place);
          const to = middle(other);
          const way = to < from ? 'up' : to > from ? 'down' : 'same';
          return (
            <path
              key={itemId}
              class={`${way}${pointed === itemId ? ' pointed' : ''}`}
              d={`M0 ${from}C${width / 2} ${from} ${width / 2} ${to} ${width} ${to}`}
            />
          );
        })}
      </svg>
      {column({
        items: second,
        name: names[1],
        isShared: (id) => inFirst.has(id),
        showsMoves: true,
      })}
    </div>
  );
}
