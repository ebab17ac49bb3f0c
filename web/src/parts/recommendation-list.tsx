/** A list of recommendations with its loading, empty and error states. */

import type { ComponentChildren } from 'preact';
import { changeQuery, href } from '../address.js';
import { knownItem, nameOf } from '../known-items.js';
import { hasLogarithms } from '../lists/strengths.js';
import type { RankedItem, Recommendations } from '../server/api.js';
import type { Resource } from '../server/resource.js';
import { isTuned, longer, type Tuning, tuningQuery, untuned } from '../tuning.js';
import { words } from '../words.js';
import { RankedList } from './ranked-list.js';
import { Loaded, Skeleton } from './states.js';

interface RecommendationListProps {
  readonly resource: Resource<Recommendations>;
  readonly tuning: Tuning;
  readonly actions: (item: RankedItem) => ComponentChildren;
  /** A note beside the heading, such as how long the answer took. */
  readonly remark?: ComponentChildren;
}

/** Recommendations, the run that made them, and a way out when there are none. */
export function RecommendationList({ resource, tuning, actions, remark }: RecommendationListProps) {
  return (
    <section class="recommendations" aria-label="Recommendations" aria-busy={resource.loading}>
      <div class="section-head">
        <h2>Recommended</h2>
        {remark}
      </div>
      {resource.error && 'status' in resource.error && isTuned(tuning) ? (
        <div class="state" role="alert">
          <h2>These settings do not work</h2>
          <p>{resource.error.message}</p>
          <button type="button" onClick={() => changeQuery(tuningQuery(untuned(tuning)))}>
            Reset them
          </button>
        </div>
      ) : (
        <Loaded
          resource={resource}
          loading={<Skeleton lines={8} label="Loading recommendations" />}
        >
          {(list) => <Answer list={list} tuning={tuning} actions={actions} />}
        </Loaded>
      )}
    </section>
  );
}

function Answer({
  list,
  tuning,
  actions,
}: {
  list: Recommendations;
  tuning: Tuning;
  actions: (item: RankedItem) => ComponentChildren;
}) {
  const { items, source, modelVersion, rules = [], unknownItems = [] } = list;
  if (items.length === 0) {
    return (
      <p class="state">
        {isTuned(tuning) ? (
          <>
            No {words.value.item} matches these settings.{' '}
            <button type="button" onClick={() => changeQuery(tuningQuery(untuned(tuning)))}>
              Reset them
            </button>
          </>
        ) : (
          `No ${words.value.item} is left to recommend.`
        )}
      </p>
    );
  }
  return (
    <>
      {source === 'popularity' && (
        <p class="note">
          This list shows what most people like. Either the model ranks by popularity alone, or it
          knows none of these {words.value.items}.
        </p>
      )}
      {unknownItems.length > 0 && (
        <p class="note">
          The model has never seen {unknownItems.map((id) => nameOf(knownItem(id))).join(', ')}.
        </p>
      )}
      <RankedList
        items={items}
        label="Recommendations"
        measure="score"
        areLogarithms={hasLogarithms(modelVersion)}
        follow
        rules={rules}
        actions={actions}
      />
      <div class="below">
        {items.length === tuning.n && longer(tuning).n > tuning.n && (
          <button type="button" onClick={() => changeQuery(tuningQuery(longer(tuning)))}>
            Show more
          </button>
        )}
        <span class="note">
          by <a href={href(['models', modelVersion])}>{modelVersion}</a>
        </span>
      </div>
    </>
  );
}
