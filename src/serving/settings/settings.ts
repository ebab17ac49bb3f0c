/** The settings of a home, as a store keeps them. */

import {
  type HomeSettings,
  parseSettings,
  settingDescriptions,
  settingsDocument,
} from '../../config/home-settings.js';
import type { Documents } from '../../data/store/documents.js';

const { kind, id } = settingsDocument;

/** How long a server uses what it read. */
const trustMs = 2000;

/** The part of a store that keeps settings. */
export interface SettingsSource {
  readonly documents: Documents;
}

/** What the operator chose. @throws HomeError for settings that somebody damaged */
export async function readSettings({ documents }: SettingsSource): Promise<HomeSettings> {
  return parseSettings(await documents.read(kind, id));
}

/**
 * Changes the settings; those that only a newer version knows stay.
 *
 * @param change - the new settings from the old
 * @returns the new settings
 */
export async function changeSettings(
  { documents }: SettingsSource,
  change: (settings: HomeSettings) => HomeSettings,
): Promise<HomeSettings> {
  const stored = (await documents.read(kind, id)) ?? {};
  const foreign = Object.entries(stored).filter(
    ([name]) => !Object.hasOwn(settingDescriptions, name),
  );
  const changed = change(parseSettings(stored));
  await documents.write(kind, id, { ...Object.fromEntries(foreign), ...changed });
  return changed;
}

/** The settings for a server: read anew when they are two seconds old. */
export class FollowedSettings {
  readonly #source: SettingsSource;
  #read: { readonly at: number; readonly settings: Promise<HomeSettings> } | null = null;

  constructor(source: SettingsSource) {
    this.#source = source;
  }

  /** @throws as `readSettings`, and as the store; a later call reads again */
  async current(): Promise<HomeSettings> {
    const now = performance.now();
    if (this.#read === null || now - this.#read.at > trustMs) {
      this.#read = { at: now, settings: readSettings(this.#source) };
    }
    const read = this.#read;
    try {
      return await read.settings;
    } catch (error) {
      if (this.#read === read) this.#read = null;
      throw error;
    }
  }
}
