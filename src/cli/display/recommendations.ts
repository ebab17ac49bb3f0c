/** Shows the recommendations of a user as a table, and says why a list is empty. */

import type { FieldValue } from '../../data/items/fields.js';
import type { RecommendationsLeft } from '../../serving/empty-answer.js';
import type { ProfileRecommendations, RecommendedItem } from '../../serving/ranking/list.js';
import { table } from '../terminal.js';

/** The flags that leave items out. */
export interface LeavingOut {
  readonly offset?: number | undefined;
  readonly genre?: readonly string[] | undefined;
  readonly minYear?: number | undefined;
  readonly maxYear?: number | undefined;
  readonly where?: string | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
}

/** A table with a row for each item. */
export function recommendationTable({ items }: Pick<ProfileRecommendations, 'items'>): string {
  const isExplained = items.some(({ because }) => because !== undefined);
  const fields = [...new Set(items.flatMap((item) => Object.keys(item.fields ?? {})))];
  const rows = items.map((item) => [
    `${item.rank}. ${item.title ?? item.itemId}`,
    item.year === null ? '' : String(item.year),
    item.genres.join(', '),
    item.isNew ? 'new' : item.score.toFixed(3),
    item.itemId,
    ...fields.map((name) => shown(item.fields?.[name])),
    ...(isExplained ? [reasons(item)] : []),
  ]);
  const head = [
    'title',
    'year',
    'genres',
    'score',
    'item',
    ...fields,
    ...(isExplained ? ['because of'] : []),
  ];
  return table(head, rows, ['because of']);
}

function shown(value: FieldValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? value.join(', ') : String(value);
}

function reasons({ because = [] }: RecommendedItem): string {
  return because
    .map(({ title, itemId, contribution }) => `${title ?? itemId} (+${contribution.toFixed(3)})`)
    .join(', ');
}

/**
 * Why a list is empty, and what to do.
 *
 * @param userId - undefined for a basket alone
 */
export function emptyList(
  {
    userId,
    modelVersion,
  }: Pick<ProfileRecommendations, 'modelVersion'> & { readonly userId?: string },
  { known, unseen, unexcluded, asked, available, fitting }: RecommendationsLeft,
  flags: LeavingOut,
): string {
  const to = `nothing to recommend to ${userId ?? 'this basket'}`;
  if (fitting > 0) {
    return `${to} from place ${(flags.offset ?? 0) + 1} on: ${counted(fitting)} in all; give a lower --offset`;
  }
  if (unseen === 0) {
    const who = userId === undefined ? 'the basket has' : 'this user has rated';
    return `${to}: ${who} all ${known} items that ${modelVersion} knows; import more items, and train again`;
  }
  if (unexcluded === 0) {
    return `${to}: --exclude names all ${counted(unseen, ' that')}; name fewer of them`;
  }
  if (asked === 0) {
    return `${to}: --only names none of the ${counted(unexcluded, ' that')}; name others`;
  }
  if (available === 0) {
    return `${to}: none of the ${counted(asked, ' that')} is available; make some available, over HTTP or with \`multvae import --items\``;
  }
  const filters = [
    flags.genre?.length ? '--genre' : null,
    flags.minYear !== undefined ? '--min-year' : null,
    flags.maxYear !== undefined ? '--max-year' : null,
    flags.where !== undefined ? '--where' : null,
  ].filter((flag) => flag !== null);
  return `${to}: none of the ${counted(available, ' that')} fits ${filters.join(' and ')}; choose other values, or leave ${filters.length > 1 ? 'some of them' : 'it'} out`;
}

function counted(items: number, that = ''): string {
  return `${items} item${items === 1 ? '' : 's'}${that} ${items === 1 ? 'is' : 'are'} left`;
}
