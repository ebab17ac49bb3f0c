/** The view of the shop's rules: what is in force, and a form to add one. */

import { useId, useState } from 'preact/hooks';
import { announce, announceFailure } from '../announce.js';
import { home } from '../home.js';
import { whereExample } from '../items/where-example.js';
import { knownItem, learn, nameOf } from '../known-items.js';
import { Heading } from '../parts/heading.js';
import { Icon } from '../parts/icons.js';
import { ItemSearch } from '../parts/item-search.js';
import { Loaded, Skeleton } from '../parts/states.js';
import {
  addRule,
  deleteRule,
  genres as listGenres,
  listRules,
  type Rule,
  type RuleKind,
} from '../server/api.js';
import { readOnly } from '../server/connection.js';
import { useResource } from '../server/resource.js';
import { capital, withArticle, words } from '../words.js';

/** What each kind asks for besides its items, with the bounds of the number. */
const kinds: Readonly<
  Record<
    RuleKind,
    { says: string; field?: 'place' | 'by' | 'atMost'; label?: string; max?: number }
  >
> = {
  hide: { says: 'leave out' },
  pin: { says: 'put at a place', field: 'place', label: 'Place', max: 1000 },
  boost: { says: 'move up', field: 'by', label: 'By, in % of the range of the scores', max: 100 },
  bury: { says: 'move down', field: 'by', label: 'By, in % of the range of the scores', max: 100 },
  limit: { says: 'at most so many', field: 'atMost', label: 'At most', max: 1000 },
};

/** How many items of a rule are named. */
const namedItems = 3;

/** Lists the rules, adds and removes them. */
export function RulesView() {
  const rules = useResource('rules', async (signal) => {
    const list = await listRules(signal);
    await learn([...new Set(list.flatMap(({ items = [] }) => items.slice(0, namedItems)))], signal);
    return list;
  });
  return (
    <>
      <Heading title="Rules">
        <p class="lead">
          What the shop hides, pins, boosts, buries or limits. Every list follows, from its next
          answer on.
        </p>
      </Heading>
      {!readOnly.value && <RuleForm onAdded={rules.reload} />}
      <Loaded resource={rules} loading={<Skeleton lines={4} label="Loading the rules" />}>
        {(list) => <RuleList rules={list} onRemoved={rules.reload} />}
      </Loaded>
    </>
  );
}

function RuleList({ rules, onRemoved }: { rules: readonly Rule[]; onRemoved: () => void }) {
  if (rules.length === 0) return <p class="note">There are no rules.</p>;
  const remove = async (id: string) => {
    try {
      await deleteRule(id);
      announce('The rule is removed.');
      onRemoved();
    } catch (error) {
      announceFailure(error);
    }
  };
  return (
    <ul class="history" aria-label="Rules">
      {rules.map((rule) => (
        <li key={rule.id}>
          <div class="what">
            <span class="title">{sentence(rule)}</span>
            <span class="genres">
              {[rule.name, rule.inForce ? 'in force' : 'not in force', timeOf(rule)]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </div>
          {!readOnly.value && (
            <button
              type="button"
              class="icon-button"
              aria-label={`Remove the rule: ${sentence(rule)}`}
              onClick={() => void remove(rule.id)}
            >
              <Icon name="cross" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A rule for one item, or for all that fit a filter by fields. */
function RuleForm({ onAdded }: { onAdded: () => void }) {
  const id = useId();
  const [kind, setKind] = useState<RuleKind>('hide');
  const [item, setItem] = useState<string | null>(null);
  const [where, setWhere] = useState('');
  const [amount, setAmount] = useState('1');
  const { field, label, max } = kinds[kind];
  const genres = useResource('genres', listGenres);
  const example = whereExample(home.value, genres.value?.[0]?.genre);
  const add = async (event: Event) => {
    event.preventDefault();
    const number = field === 'by' ? Number(amount) / 100 : Number(amount);
    try {
      await addRule({
        kind,
        ...(item !== null && { items: [item] }),
        ...(where.trim() !== '' && { where }),
        ...(field !== undefined && { [field]: number }),
      });
      setItem(null);
      setWhere('');
      announce('The rule is in force.');
      onAdded();
    } catch (error) {
      announceFailure(error);
    }
  };
  return (
    <form class="rule-form" aria-label="Add a rule" onSubmit={(event) => void add(event)}>
      <span>
        <label for={`${id}-kind`}>What it does</label>
        <select
          id={`${id}-kind`}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as RuleKind)}
        >
          {Object.entries(kinds).map(([name, { says }]) => (
            <option key={name} value={name}>
              {name}: {says}
            </option>
          ))}
        </select>
      </span>
      {item === null ? (
        <ItemSearch
          label={capital(withArticle(words.value.item))}
          placeholder={capital(withArticle(words.value.item))}
          onPick={({ itemId }) => setItem(itemId)}
        />
      ) : (
        <button type="button" onClick={() => setItem(null)}>
          {nameOf(knownItem(item))} <Icon name="cross" />
          <span class="unseen">: choose another {words.value.item}</span>
        </button>
      )}
      {kind !== 'pin' && (
        <span>
          <label for={`${id}-where`}>{capital(words.value.items)} that fit</label>
          <input
            id={`${id}-where`}
            type="text"
            placeholder={example && `such as ${example}`}
            value={where}
            onInput={(event) => setWhere(event.currentTarget.value)}
          />
        </span>
      )}
      {field !== undefined && (
        <span>
          <label for={`${id}-amount`}>{label}</label>
          <input
            id={`${id}-amount`}
            type="number"
            min="1"
            max={max}
            value={amount}
            onInput={(event) => setAmount(event.currentTarget.value)}
          />
        </span>
      )}
      <button type="submit" disabled={item === null && where.trim() === ''}>
        Add the rule
      </button>
    </form>
  );
}

/** Such as `pin A Title at place 2`. */
function sentence({ kind, items = [], genre = [], where, place, by, atMost, each }: Rule): string {
  const more = items.length > namedItems ? ` and ${items.length - namedItems} more` : '';
  const names = items.slice(0, namedItems).map((itemId) => nameOf(knownItem(itemId)));
  const which = [names.join(', ') + more, genre.join(' or '), where].filter(Boolean).join('; ');
  const how = [
    place === undefined ? '' : `at place ${place}`,
    by === undefined ? '' : `by ${Math.round(by * 100)} %`,
    atMost === undefined ? '' : `to ${atMost}${each === undefined ? '' : ` of each ${each}`}`,
  ].join('');
  return `${kind} ${which} ${how}`.trim();
}

function timeOf({ beginsAt, endsAt }: Rule): string {
  const day = (time: string) => new Date(time).toLocaleString();
  return [beginsAt && `from ${day(beginsAt)}`, endsAt && `until ${day(endsAt)}`]
    .filter(Boolean)
    .join(' ');
}
