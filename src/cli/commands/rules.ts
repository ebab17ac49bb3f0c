/** `multvae rules`: the shop's rules: what is pinned, boosted, buried, hidden or limited. */

import { Argument, Command } from 'commander';
import { ArgumentError, quote } from '../../errors.js';
import { shownPlace } from '../../home/place/place.js';
import { HomeRules } from '../../home/serving/home-rules.js';
import type { KeptRule } from '../../serving/rules/rule-keeper.js';
import { idList, integerArgument, numberArgument, repeated } from '../arguments.js';
import { homeFlag, homeOption, note, placeOf, print, storeOption, table } from '../terminal.js';

interface Flags {
  readonly name?: string;
  readonly items?: readonly string[];
  readonly genre?: readonly string[];
  readonly minYear?: number;
  readonly maxYear?: number;
  readonly where?: string;
  readonly place?: number;
  readonly by?: number;
  readonly atMost?: number;
  readonly each?: string;
  readonly beginsAt?: string;
  readonly endsAt?: string;
  readonly json?: true;
  readonly home: string;
  readonly store?: string;
}

/** `multvae rules [list | add KIND | remove ID…]`: a server of the home follows with its next answer. */
export function rulesCommand(): Command {
  return new Command('rules')
    .description('list, add and remove the shop’s rules, which every list follows')
    .addArgument(
      new Argument('[action]', 'what to do').choices(['list', 'add', 'remove']).default('list'),
    )
    .argument('[what...]', 'add: hide, pin, limit, boost or bury; remove: ids of rules')
    .option('--items <ids>', 'the items, separated by commas; repeatable', idList)
    .option(
      '--genre <genre>',
      'items of this genre; repeatable, for items of any of them',
      repeated,
    )
    .option(
      '--min-year <year>',
      'items of this year or later',
      integerArgument('--min-year', 0, 9999),
    )
    .option(
      '--max-year <year>',
      'items of this year or earlier',
      integerArgument('--max-year', 0, 9999),
    )
    .option('--where <filter>', 'items with these values of their fields, such as brand=Alba')
    .option(
      '--place <n>',
      'pin: the place in the list, from 1',
      integerArgument('--place', 1, 1000),
    )
    .option(
      '--by <part>',
      'boost, bury: by which part of the range of the scores',
      numberArgument('--by', 0, 1),
    )
    .option(
      '--at-most <n>',
      'limit: how many such items a list holds',
      integerArgument('--at-most', 1, 1000),
    )
    .option('--each <field>', 'limit: genre or a field; so many of each of its values')
    .option('--name <text>', 'a name for people')
    .option('--begins-at <time>', 'before this the rule does nothing, such as 2026-12-01T08:00:00Z')
    .option('--ends-at <time>', 'from this on the rule does nothing')
    .option('--json', 'print JSON instead of a table')
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async (action: 'list' | 'add' | 'remove', what: string[], flags: Flags) => {
      await actions[action](new HomeRules(placeOf(flags)), what, flags);
    });
}

type Action = (rules: HomeRules, what: readonly string[], flags: Flags) => Promise<void>;

const actions: Readonly<Record<'list' | 'add' | 'remove', Action>> = {
  async list(rules, what, { home, store, json, ...content }) {
    refuse('list', what, content);
    const kept = await rules.list();
    if (json) {
      print(JSON.stringify(kept));
    } else if (kept.length > 0) {
      print(rulesTable(kept));
    }
    if (kept.length === 0) {
      note(
        `there are no rules in ${shownPlace(placeOf({ home, store }))}; \`multvae rules add hide --items ID${homeFlag(placeOf({ home, store }))}\` makes one`,
      );
    }
  },

  async add(rules, [kind, ...more], { home, store, json, ...content }) {
    if (kind === undefined || more.length > 0) {
      throw new ArgumentError(
        `rules add takes one kind of rule${more.length > 0 ? `, and ${more.length + 1} are given` : ''}; give hide, pin, limit, boost or bury`,
      );
    }
    const rule = await rules.create({ ...content, kind } as Parameters<HomeRules['create']>[0]);
    if (json) print(JSON.stringify(rule));
    else {
      print(rule.id);
      if (!rule.inForce) note(`rule ${rule.id} is stored, and does nothing now: ${timeOf(rule)}`);
    }
  },

  async remove(rules, ids, { home, store, json: _, ...content }) {
    refuse('remove', [], content);
    if (ids.length === 0) throw new ArgumentError('no rule is named; give the id of one or more');
    for (const id of ids) {
      if (await rules.delete(id)) continue;
      throw new ArgumentError(
        `there is no rule ${quote(id)} in ${shownPlace(placeOf({ home, store }))}; \`multvae rules${homeFlag(placeOf({ home, store }))}\` lists them`,
      );
    }
  },
};

/** @throws ArgumentError for words and flags that an action does not take */
function refuse(action: string, what: readonly string[], content: object): void {
  const [flag] = Object.keys(content);
  const given =
    what[0] ?? (flag && `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  if (given === undefined) return;
  throw new ArgumentError(`rules ${action} takes no ${given}; leave it out, or use rules add`);
}

function rulesTable(rules: readonly KeptRule[]): string {
  const rows = rules.map((rule) => [
    rule.id,
    rule.kind,
    rule.name ?? '',
    itemsOf(rule),
    effectOf(rule),
    rule.inForce ? 'now' : 'not now',
    timeOf(rule),
  ]);
  const head = ['rule', 'kind', 'name', 'items', 'how', 'in force', 'time'];
  return table(head, rows, head);
}

/** At most so many ids of a rule are shown. */
const maxShownIds = 5;

function itemsOf({ items = [], genre = [], minYear, maxYear, where = '' }: KeptRule): string {
  const more = items.length - maxShownIds;
  return [
    items.slice(0, maxShownIds).join(', ') + (more > 0 ? ` and ${more} more` : ''),
    genre.join(' or '),
    minYear === undefined ? '' : `from ${minYear}`,
    maxYear === undefined ? '' : `to ${maxYear}`,
    where,
  ]
    .filter(Boolean)
    .join('; ');
}

function effectOf({ place, by, atMost, each }: KeptRule): string {
  if (place !== undefined) return `at place ${place}`;
  if (by !== undefined) return `by ${by}`;
  if (atMost === undefined) return '';
  return `at most ${atMost}${each === undefined ? '' : ` of each ${each}`}`;
}

function timeOf({ beginsAt, endsAt }: KeptRule): string {
  const parts = [beginsAt && `from ${beginsAt}`, endsAt && `until ${endsAt}`];
  return parts.filter(Boolean).join(' ');
}
