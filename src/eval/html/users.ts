/** Example users in a report. */
import type { HeldOutUsers } from '../../data/split/users.js';
import type { CatalogueEntry } from '../../data/store/catalogue.js';
import { html, type Markup } from '../../html.js';
import { rankingOf } from '../evaluate.js';
import type { StudiedModel } from '../study.js';
import { modelLegend, modelMark } from './palette.js';

const shownUsers = 10;
const shownHistory = 12;
const shownHidden = 12;
const shownBest = 10;

/** Ten users, from the worst to the best served by the first model: history, hidden clicks, recommendations. */
export function userCards(
  models: readonly StudiedModel[],
  heldOutUsers: HeldOutUsers,
  names: readonly string[],
): Markup {
  const { perUser, rankings } = models[0]!.evaluation;
  const { depth } = rankings;
  const key = Object.keys(perUser.metrics).findLast((name) => name.startsWith('ndcg@')) as 'ndcg@1';
  const values = perUser.metrics[key]!;
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  const count = Math.min(shownUsers, order.length);
  const chosen = Array.from(
    { length: count },
    (_, n) => order[Math.floor(((n + 0.5) / count) * order.length)]!,
  );
  return html`<p>Users at the 5th, 15th, … and 95th percentile of ${key.replace('ndcg', 'NDCG')} under ${models[0]!.label} (${modelMark(0)}): a fair sample of what it does badly and well. Of what was hidden, the rank
that each model gave it; – is beyond rank ${depth}. ✓ marks a hit.</p>
${modelLegend(models.map(({ label }) => label))}<div class="users">${chosen.map((u) => userCard(u, { models, heldOutUsers, names, key }))}</div>
`;
}

/** The data of every card. */
interface CardMaterial {
  readonly models: readonly StudiedModel[];
  readonly heldOutUsers: HeldOutUsers;
  readonly names: readonly string[];
  /** The metric on the card. */
  readonly key: 'ndcg@1';
}

function userCard(u: number, { models, heldOutUsers, names, key }: CardMaterial): Markup {
  const { users, foldIn, heldOut } = heldOutUsers;
  const row = models[0]!.evaluation.rankings.rows[u]!;
  const history = foldIn.row(row);
  const hidden = heldOut.row(row);
  const lists = models.map(({ evaluation }) => rankingOf(evaluation.rankings, u));
  const rankOf = (list: Int32Array, item: number) => list.indexOf(item) + 1 || null;
  const best = Array.from(lists[0]!.subarray(0, shownBest)).filter((item) => item >= 0);
  const byRank = Array.from(hidden).sort(
    (a, b) => (rankOf(lists[0]!, a) ?? Infinity) - (rankOf(lists[0]!, b) ?? Infinity) || a - b,
  );
  const id = `user-${u}`;
  return html`<article class="user" aria-labelledby="${id}">
<h3 id="${id}">User ${users[row]!}</h3>
<p class="scores">${key.replace('ndcg', 'NDCG')}: ${models.map(
    ({ evaluation }, m) =>
      html`${m > 0 ? ' · ' : ''}${modelMark(m)} <b>${decimal(evaluation.perUser.metrics[key]![u]!)}</b>`,
  )}</p>
<h4>History <small>${history.length} clicks${history.length > shownHistory ? `, the last ${shownHistory}` : ''}</small></h4>
<p>${Array.from(history.subarray(-shownHistory))
    .map((item) => names[item]!)
    .join(' · ')}</p>
<h4>Hidden <small>${hidden.length}${hidden.length > shownHidden ? `, the ${shownHidden} that ${modelMark(0)} ranked best` : ''}</small></h4>
<div class="scroll" role="region" aria-label="Hidden items of user ${users[row]!}" tabindex="0"><table>
<thead><tr><th scope="col">item</th>${models.map((_, m) => html`<th scope="col">${modelMark(m)}</th>`)}</tr></thead>
<tbody>${byRank.slice(0, shownHidden).map(
    (item) =>
      html`<tr><th scope="row">${names[item]!}</th>${lists.map((list) => {
        const rank = rankOf(list, item);
        return rank === null ? html`<td class="miss">–</td>` : html`<td><b>${rank}</b></td>`;
      })}</tr>`,
  )}</tbody>
</table></div>
<h4>Recommended <small>by ${modelMark(0)}</small></h4>
<ol>${best.map((item) => {
    const hit = hidden.includes(item);
    return html`<li class="${hit ? 'hit' : ''}">${names[item]!}${hit ? ' ✓' : ''}</li>`;
  })}</ol>
</article>
`;
}

/** The name of each item: its title, or its id where there is no title. */
export function itemNames(
  ids: readonly string[],
  catalogue: readonly CatalogueEntry[] | null,
): string[] {
  return ids.map((id, item) => catalogue?.[item]?.title ?? id);
}

/** A number to four places, without a 0 before the point. */
export function decimal(value: number): string {
  return value.toFixed(4).replace(/^(-?)0\./, '$1.');
}
