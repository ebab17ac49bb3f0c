/** The definitions at the end of a report. */
import { html, type Markup } from '../../html.js';
import type { Study } from '../study.js';

/** Explains every number of the report; docs/evaluate.md has the details. */
export function definitions({ resamples, seed, shortProfiles }: Study): Markup {
  const entries: [string, string][] = [
    [
      'Protocol',
      'A model sees the fold-in clicks of a user, never recommends one of them, ranks the whole vocabulary (no sampled items), and is measured on the H hidden clicks. Ties go to the lower item index. Below, M = min(K, H) and rel is 1 where the item at rank r is hidden.',
    ],
    ['NDCG@K', 'Σ rel / log₂(r + 1) over r ≤ K, divided by the same sum for hits at ranks 1 to M.'],
    [
      'Recall@K, recall-all@K',
      'hits ÷ M; hits ÷ H, as many published tables have it: with H above K, that can never reach 1.',
    ],
    ['Precision@K, hit@K', 'hits ÷ K; 1 if there is any hit, else 0.'],
    ['MRR@K', '1 ÷ rank of the first hit, 0 without one.'],
    ['MAP@K', 'Σ rel · (hits up to r) / r over r ≤ K, divided by M.'],
    [
      'Intervals',
      `95 % percentile intervals of a paired bootstrap over users, ${resamples} resamples, seed ${seed}.`,
    ],
    [
      'p',
      'Two-sided paired t-test over users, corrected by Holm’s method in each metric for all its pairs of models; choose the metric before you look. Intervals and p-values speak of other users, not of other training seeds.',
    ],
    ['Coverage@K', 'part of the vocabulary that is recommended to someone.'],
    [
      'Gini@K',
      'inequality of the items’ exposure: 0 where all are recommended equally often, 1 where everyone gets the same item.',
    ],
    [
      'Popularity rank@K',
      'mean rank of the recommended items by training clicks, 1 being the most clicked: the higher, the more novel.',
    ],
    [
      'Genre diversity@K',
      'mean over pairs of recommended items of 1 − |genres of both| ÷ |genres of either|.',
    ],
    ...(shortProfiles?.length
      ? [
          [
            'Short profiles',
            'each user’s fold-in cut to a few clicks, a random sample by the user’s id: the same for every model. The rest of the fold-in is neither seen nor recommended, and the hidden clicks stay. Users with fewer clicks are left out of a length.',
          ] satisfies [string, string],
        ]
      : []),
    [
      'Users’ activity',
      'quartiles of the number of fold-in clicks; users with equally many stay together.',
    ],
    [
      'Items’ popularity',
      'head, middle and tail hold a third of the training clicks each, from the most clicked item on. Accuracy in a band counts its items alone as hidden.',
    ],
  ];
  return html`<dl class="definitions">${entries.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
`;
}
