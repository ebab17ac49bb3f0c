/** The shop's rules in a store: it knows their ids and times; what they say is JSON to it. */
import { ArgumentError } from '../../errors.js';

/** A rule as it is stored. */
export interface StoredRule {
  /** A whole number from 1 on, as text; it ascends with the rules' age and is never given to a second rule. */
  readonly id: string;
  /** What the rule says. */
  readonly content: unknown;
  /** ISO 8601 */
  readonly createdAt: string;
  readonly changedAt: string;
}

/** All rules of a home, oldest first. */
export interface StoredRules {
  /** A text that changes with every change of a rule. */
  readonly version: string;
  readonly rules: readonly StoredRule[];
}

/** Each answer looks at all rules in force. */
export const maxRules = 1000;

/**
 * Creates, changes and deletes rules. When a promise resolves, the change is durable, and every process that serves the
 * home follows.
 *
 * Every method throws BusyError when another process writes for longer than a second, and HomeError when the store
 * cannot be written. Nothing is stored then.
 */
export interface RuleWriter {
  /** @throws ArgumentError when there are too many rules (`tooManyRules`) */
  create(content: unknown): Promise<StoredRule>;

  /**
   * Puts other content into a rule; null where there is no such rule.
   *
   * @param change - the new content from the old; what it throws leaves the rule as it is
   */
  change(id: string, change: (content: unknown) => unknown): Promise<StoredRule | null>;

  /** Whether there was such a rule. */
  delete(id: string): Promise<boolean>;
}

/** The error for a rule too many. */
export function tooManyRules(): ArgumentError {
  return new ArgumentError(`there are ${maxRules} rules already, the most; delete some first`);
}

/** The number of an id; 0, which no rule has, for a text that is no id. */
export function ruleNumber(id: string): number {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : 0;
}
