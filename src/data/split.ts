import type { Protocol } from '../config.js';
import type { ClickMatrix } from './click-matrix.js';
import type { ItemId, UserId } from './ids.js';

/** Users held out whole: the model sees their fold-in and is measured on what was hidden. */
export interface HeldOutUsers {
  /** Ascending in the protocol's order; row u of both matrices belongs to `users[u]`. */
  readonly users: readonly UserId[];
  /** [U, I] over the training vocabulary. */
  readonly foldIn: ClickMatrix;
  /** [U, I]; a row may be empty. */
  readonly heldOut: ClickMatrix;
}

/** Strong generalization: training, validation and test users are different people. */
export interface Split {
  readonly protocol: Protocol;
  /** I items with a training click, by first appearance in file order. */
  readonly vocabulary: readonly ItemId[];
  readonly trainUsers: readonly UserId[];
  /** [training users, I] */
  readonly train: ClickMatrix;
  readonly validation: HeldOutUsers;
  readonly test: HeldOutUsers;
}
