/** Whether the lists earn: how many were shown, clicked and followed by a conversion, with intervals. */

import {
  defaultClicks,
  defaultConversions,
  type HomeSettings,
} from '../../config/home-settings.js';
import { dayOf, type ListCount, type ListCounts, type ListEvent } from '../../data/store/lists.js';
import { newestFirst } from '../../runs/run-id.js';
import { latencyQuantile } from './latency-classes.js';
import { type Rate, rateOf } from './rate.js';
import { type Arm, idsFrom, parseRecommendationId, runKey } from './recommendation-id.js';

/** What became of some lists. */
export interface ListFigures {
  readonly lists: number;
  /** Lists of which the user clicked an item, once or more. */
  readonly clicked: number;
  readonly clickThrough: Rate | null;
  /** Lists of which the user bought an item, or whatever counts as a conversion. */
  readonly converted: number;
  readonly conversion: Rate | null;
}

/** The same with what the answers were like. */
export interface AnswerFigures extends ListFigures {
  /** Lists without an item. */
  readonly empty: number;
  /** The part of the lists that popularity answered. */
  readonly popularity: Rate | null;
  /** Times within which half, 95 and 99 of 100 answers came, in milliseconds; at most a quarter too long. */
  readonly latencyMs: Readonly<Record<'median' | 'p95' | 'p99', number>> | null;
}

/** The figures of the lists that were shown in some days, by run, source, day and place. */
export interface LiveFigures {
  /** The first day, YYYY-MM-DD of UTC. */
  readonly from: string;
  /** The last day, which is today. */
  readonly to: string;
  /** The event types that count as a click beside events without a type, and those that count as a conversion. */
  readonly clickTypes: readonly string[];
  readonly conversionTypes: readonly string[];
  readonly total: AnswerFigures;
  /** The newest run first. */
  readonly byRun: readonly (AnswerFigures & { readonly run: string })[];
  readonly bySource: readonly (ListFigures & { readonly source: Arm })[];
  /** Days with a list, in their order. */
  readonly byDay: readonly (AnswerFigures & { readonly day: string })[];
  /** From the first place on; `lists` are those that have the place. */
  readonly byPlace: readonly (ListFigures & { readonly place: number })[];
  /** Lists that events name and no count knows, such as those of a server that was killed or of the library. */
  readonly unknownLists: number;
}

/** Places beyond this one are left out. */
const maxPlaces = 100;
const dayMs = 86_400_000;

/** How a user acted on a list. */
interface ListOutcome {
  isClicked: boolean;
  isConverted: boolean;
  readonly clickedPlaces: Set<number>;
  readonly convertedPlaces: Set<number>;
}

/**
 * The figures of the last days.
 *
 * @param days - from 1; today counts as one
 * @param nowMs - since 1970
 */
export async function liveFigures(
  lists: ListCounts,
  settings: HomeSettings,
  { days, nowMs }: { readonly days: number; readonly nowMs: number },
): Promise<LiveFigures> {
  const to = dayOf(nowMs);
  const firstMs = Date.parse(to) - (days - 1) * dayMs;
  const from = dayOf(firstMs);
  const clickTypes = settings.clicks ?? defaultClicks;
  const conversionTypes = settings.conversions ?? defaultConversions;
  const tally = new LiveTally(await lists.read(from));
  for await (const [id, outcome] of outcomes(
    lists.events(idsFrom(firstMs), idsFrom(Date.parse(to) + dayMs)),
    { clicks: new Set(clickTypes), conversions: new Set(conversionTypes) },
  )) {
    tally.take(id, outcome);
  }
  return { from, to, clickTypes, conversionTypes, ...tally.figures() };
}

/** What became of each list; the events of a list are neighbours. */
async function* outcomes(
  pages: AsyncIterable<readonly ListEvent[]>,
  types: { readonly clicks: ReadonlySet<string>; readonly conversions: ReadonlySet<string> },
): AsyncGenerator<readonly [id: string, outcome: ListOutcome]> {
  let id = '';
  let outcome = newOutcome();
  for await (const page of pages) {
    for (const { recommendationId, type, place } of page) {
      if (recommendationId !== id) {
        if (id !== '') yield [id, outcome];
        id = recommendationId;
        outcome = newOutcome();
      }
      const isConversion = type !== null && types.conversions.has(type);
      // Who buys an item of a list has chosen it there.
      if (isConversion || type === null || types.clicks.has(type)) {
        outcome.isClicked = true;
        if (place !== null) outcome.clickedPlaces.add(place);
      }
      if (isConversion) {
        outcome.isConverted = true;
        if (place !== null) outcome.convertedPlaces.add(place);
      }
    }
  }
  if (id !== '') yield [id, outcome];
}

function newOutcome(): ListOutcome {
  return {
    isClicked: false,
    isConverted: false,
    clickedPlaces: new Set(),
    convertedPlaces: new Set(),
  };
}

/** Counts of a group of lists. */
class Group {
  lists = 0;
  clicked = 0;
  converted = 0;
  empty = 0;
  popular = 0;
  readonly latency = new Map<number, number>();

  listFigures(): ListFigures {
    const { lists } = this;
    // A click is stored at once, and the list it is on within ten seconds.
    const clicked = Math.min(this.clicked, lists);
    const converted = Math.min(this.converted, lists);
    return {
      lists,
      clicked,
      clickThrough: rateOf(clicked, lists),
      converted,
      conversion: rateOf(converted, lists),
    };
  }

  figures(): AnswerFigures {
    const quantile = (part: number) => latencyQuantile(this.latency, part);
    const median = quantile(0.5);
    const p95 = quantile(0.95);
    const p99 = quantile(0.99);
    const isTimed = median !== null && p95 !== null && p99 !== null;
    return {
      ...this.listFigures(),
      empty: this.empty,
      popularity: rateOf(this.popular, this.lists),
      latencyMs: isTimed ? { median, p95, p99 } : null,
    };
  }
}

/** Adds counts and outcomes up. */
class LiveTally {
  readonly #total = new Group();
  readonly #runs = new Groups<string>();
  readonly #sources = new Groups<Arm>();
  readonly #days = new Groups<string>();
  readonly #places: Group[] = [];
  readonly #runOf = new Map<string, string>();
  #unknown = 0;

  constructor(counts: readonly ListCount[]) {
    for (const { day, run, arm, measure, value, count } of counts) {
      this.#runOf.set(runKey(run), run);
      for (const group of this.#groups(day, run, arm as Arm)) {
        if (measure === 'latency') {
          group.latency.set(value, (group.latency.get(value) ?? 0) + count);
          continue;
        }
        group.lists += count;
        if (value === 0) group.empty += count;
        if (arm === 'popularity') group.popular += count;
      }
      if (measure !== 'length') continue;
      for (let place = 0; place < Math.min(value, maxPlaces); place++) {
        const group = this.#places[place] ?? new Group();
        group.lists += count;
        this.#places[place] = group;
      }
    }
  }

  take(id: string, outcome: ListOutcome): void {
    const parts = parseRecommendationId(id);
    const run = parts && this.#runOf.get(parts.runKey);
    if (parts === null || run == null) {
      this.#unknown++;
      return;
    }
    const { isClicked, isConverted, clickedPlaces, convertedPlaces } = outcome;
    for (const group of this.#groups(dayOf(parts.at), run, parts.arm)) {
      if (isClicked) group.clicked++;
      if (isConverted) group.converted++;
    }
    for (const place of clickedPlaces) {
      const group = this.#places[place - 1];
      if (group === undefined) continue;
      group.clicked++;
      if (convertedPlaces.has(place)) group.converted++;
    }
  }

  figures(): Omit<LiveFigures, 'from' | 'to' | 'clickTypes' | 'conversionTypes'> {
    const runs = this.#runs.list().map(([run, group]) => ({ run, ...group.figures() }));
    return {
      total: this.#total.figures(),
      byRun: runs.sort((a, b) => newestFirst(a.run, b.run)),
      bySource: this.#sources
        .list()
        .map(([source, group]) => ({ source, ...group.listFigures() }))
        .sort((a, b) => b.lists - a.lists),
      byDay: this.#days
        .list()
        .map(([day, group]) => ({ day, ...group.figures() }))
        .filter(({ lists }) => lists > 0)
        .sort((a, b) => (a.day < b.day ? -1 : 1)),
      byPlace: this.#places.map((group, k) => ({ place: k + 1, ...group.listFigures() })),
      unknownLists: this.#unknown,
    };
  }

  #groups(day: string, run: string, arm: Arm): readonly Group[] {
    return [this.#total, this.#runs.of(run), this.#sources.of(arm), this.#days.of(day)];
  }
}

class Groups<Key> {
  readonly #groups = new Map<Key, Group>();

  of(key: Key): Group {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new Group();
      this.#groups.set(key, group);
    }
    return group;
  }

  list(): [Key, Group][] {
    return [...this.#groups];
  }
}
