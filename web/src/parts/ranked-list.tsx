/** A ranked list of items with scores, reasons and movements. */

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { href } from '../address.js';
import { nameOf, shortName } from '../known-items.js';
import { pointAt } from '../lists/pointed.js';
import { strengths } from '../lists/strengths.js';
import { type Movement, movements } from '../movement.js';
import type { AppliedRule, RankedItem, Reason } from '../server/api.js';
import { fitted } from '../text/fitted.js';
import { ItemTitle } from './item-title.js';
import { hasPictures, Picture } from './picture.js';

interface RankedListProps {
  readonly items: readonly RankedItem[];
  /** The name of the list, for screen readers. */
  readonly label: string;
  /** The meaning of the bars, such as `score` or `nearness`. */
  readonly measure: string;
  /** Whether scores are logarithms, which the bars take into account. */
  readonly areLogarithms?: boolean;
  /** Whether to mark items that moved since the previous list. */
  readonly follow?: boolean;
  /** The rules at work, by which items are marked. */
  readonly rules?: readonly AppliedRule[];
  readonly actions?: (item: RankedItem) => ComponentChildren;
}

/** A ranked list: each item with its score, its reasons and its actions. */
export function RankedList(props: RankedListProps) {
  const { items, label, measure, follow, areLogarithms = false, rules = [], actions } = props;
  const moved = useMoved(items, { follow: follow ?? false });
  const strength = strengths(
    items.flatMap(({ score }) => score ?? []),
    { areLogarithms },
  );
  const isPictured = hasPictures();
  const fresh = [...moved.values()].filter((each) => each === 'new').length;
  return (
    <>
      <p class="unseen" role="status">
        {moved.size > 0 && `The list has changed: ${fresh} new, ${moved.size - fresh} moved.`}
      </p>
      <ol class={isPictured ? 'ranked pictured' : 'ranked'} aria-label={label}>
        {items.map((item, place) => (
          <li
            key={item.itemId}
            onMouseEnter={() => pointAt((item.because ?? []).map(({ itemId }) => itemId))}
            onMouseLeave={() => pointAt([])}
            onFocusCapture={() => pointAt((item.because ?? []).map(({ itemId }) => itemId))}
            onBlurCapture={() => pointAt([])}
          >
            <span class="rank">
              {place + 1}
              <MovementMark moved={moved.get(item.itemId)} />
            </span>
            {isPictured && <Picture item={item} />}
            <div class="what">
              <ItemTitle item={item} />
              <RuleMarks rules={rules.filter(({ id }) => item.rules?.includes(id))} />
              <Because reasons={item.because} />
            </div>
            {item.score === null ? (
              <div class="score">
                <span class="fresh">New</span>
              </div>
            ) : (
              <Score measure={measure} score={item.score} part={strength(item.score)} />
            )}
            {actions && <div class="actions">{actions(item)}</div>}
          </li>
        ))}
      </ol>
    </>
  );
}

/** A bar that begins at zero. A press shows the numbers of all bars, and another one hides them. */
function Score({ measure, score, part }: { measure: string; score: number; part: number }) {
  const text = `${measure} ${shortNumber(score)}`;
  return (
    <div class="score">
      <button
        type="button"
        class="strength"
        aria-label={text}
        aria-pressed={showsNumbers.value}
        title={text}
        onClick={() => {
          showsNumbers.value = !showsNumbers.value;
        }}
      >
        <span class="bar" aria-hidden="true">
          <span style={{ width: `${part * 100}%` }} />
        </span>
        {showsNumbers.value && <span aria-hidden="true">{shortNumber(score)}</span>}
      </button>
    </div>
  );
}

/** Whether the numbers stand beside the bars, in every list of the page. */
const showsNumbers = signal(false);

/** How many letters of reasons fit into two lines. */
const reasonsLength = { wide: 110, narrow: 52 };

function Because({ reasons = [] }: { reasons: readonly Reason[] | undefined }) {
  if (reasons.length === 0) return null;
  const most = Math.max(...reasons.map(({ contribution }) => contribution));
  const length = matchMedia('(min-width: 46rem)').matches ? 'wide' : 'narrow';
  const names = fitted(reasons.map(shortName), reasonsLength[length]);
  return (
    <p class="because">
      <span>because of </span>
      {reasons.map((reason, place) => (
        <a
          key={reason.itemId}
          href={href(['item', reason.itemId])}
          style={{ backgroundSize: `${(reason.contribution / most) * 100}% 2px` }}
          title={`${nameOf(reason)}: without it the score would be ${shortNumber(reason.contribution)} lower.`}
        >
          {names[place]}
          <span class="unseen"> ({shortNumber(reason.contribution)} of the score)</span>
        </a>
      ))}
    </p>
  );
}

const ruleWords: Readonly<Record<AppliedRule['kind'], string>> = {
  pin: 'pinned',
  boost: 'boosted',
  bury: 'buried',
  hide: 'hidden',
  limit: 'limited',
};

/** The rules that an item owes its place to. */
function RuleMarks({ rules }: { rules: readonly AppliedRule[] }) {
  if (rules.length === 0) return null;
  return (
    <p class="note">
      {rules
        .map(({ kind, name }) => `${ruleWords[kind]}${name === null ? '' : ` (${name})`}`)
        .join(', ')}{' '}
      by a <a href={href(['rules'])}>rule</a>
    </p>
  );
}

/** A mark that tells how an item moved. */
export function MovementMark({ moved }: { moved: Movement | undefined }) {
  if (moved === undefined) return null;
  if (moved === 'new') return <span class="moved new">new</span>;
  return (
    <span class={moved > 0 ? 'moved up' : 'moved down'}>
      <span aria-hidden="true">
        {moved > 0 ? '▲' : '▼'}
        {Math.abs(moved)}
      </span>
      <span class="unseen">
        {moved > 0 ? 'up' : 'down'} {Math.abs(moved)}
      </span>
    </span>
  );
}

/** The items that moved since the previous list; none unless `follow` is set. */
function useMoved(
  items: readonly RankedItem[],
  { follow }: { follow: boolean },
): ReadonlyMap<string, Movement> {
  const shown = useRef<{ items: readonly RankedItem[]; moved: ReadonlyMap<string, Movement> }>({
    items: [],
    moved: new Map(),
  });
  return useMemo(() => {
    const ids = (list: readonly RankedItem[]) => list.map(({ itemId }) => itemId);
    const before = ids(shown.current.items);
    const moved = follow ? movements(before, ids(items)) : new Map<string, Movement>();
    shown.current = { items, moved };
    return moved;
  }, [items, follow]);
}

/** A number with about three significant figures. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3).replace('-', '−');
}
