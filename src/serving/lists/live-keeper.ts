/** Figures of the lists for a server: computed once for all who ask within a moment. */

import type { FollowedSettings } from '../settings/settings.js';
import { type LiveFigures, liveFigures } from './live.js';
import type { ShownLists } from './shown-lists.js';

/** How long figures are given again. */
const trustMs = 2000;

/** Gives the settings of the home. */
type SettingsFollower = Pick<FollowedSettings, 'current'>;

interface Kept {
  readonly at: number;
  readonly figures: Promise<LiveFigures>;
}

/** Computes figures from the store, and this process's counts that are not stored yet. */
export class LiveKeeper {
  readonly #settings: SettingsFollower;
  readonly #shown: ShownLists;
  readonly #kept = new Map<number, Kept>();

  constructor(settings: SettingsFollower, shown: ShownLists) {
    this.#settings = settings;
    this.#shown = shown;
  }

  /** The figures of the last days, at most two seconds old. @param days - from 1 */
  async figures(days: number): Promise<LiveFigures> {
    const now = performance.now();
    const known = this.#kept.get(days);
    if (known !== undefined && now - known.at < trustMs) return known.figures;
    const kept = { at: now, figures: this.#compute(days) };
    this.#kept.set(days, kept);
    try {
      return await kept.figures;
    } catch (error) {
      this.#kept.delete(days);
      throw error;
    }
  }

  async #compute(days: number): Promise<LiveFigures> {
    await this.#shown.flush();
    const settings = await this.#settings.current();
    return liveFigures(this.#shown.store, settings, { days, nowMs: Date.now() });
  }
}
