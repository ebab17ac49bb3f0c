/** The settings of a home: what its operator chose, once for all commands and servers. */

import { z } from 'zod';
import { ArgumentError, HomeError, quote, showValue } from '../errors.js';
import { chosenWordsSchema, wordRule } from './words.js';

/** What an event type may be called. */
export const eventTypePattern = /^[a-z][a-z0-9_-]{0,39}$/;
export const eventTypeRule =
  'a lower-case letter, then at most 39 lower-case letters, digits, _ or -';

export const maxEventWeight = 1e6;
const eventType = z.string().regex(eventTypePattern);
const eventTypes = z.array(eventType).min(1).max(100);

/** A source of images, as a Content-Security-Policy names it; https where no scheme is given. */
const imageHost = z
  .string()
  .trim()
  .toLowerCase()
  .transform((host) => (host.includes('://') ? host : `https://${host}`))
  .pipe(z.string().regex(/^https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/));

/** Every setting, absent where the operator chose nothing. */
export const homeSettingsSchema = z.strictObject({
  events: z.record(eventType, z.number().min(0).max(maxEventWeight)).optional(),
  clicks: eventTypes.optional(),
  conversions: eventTypes.optional(),
  words: chosenWordsSchema.optional(),
  imageHosts: z.array(imageHost).min(1).max(100).optional(),
});
export type HomeSettings = z.infer<typeof homeSettingsSchema>;
export type SettingName = keyof HomeSettings;

/** How a setting is written on the command line, and what it is for. */
export interface SettingDescription {
  /** `numbers` and `texts` have parts: `NAME.PART=VALUE`. A `list` is separated by commas. */
  readonly form: 'numbers' | 'texts' | 'list';
  /** What a value may be, to complete a sentence that ends with "give". */
  readonly rule: string;
  readonly meaning: string;
  /** For `--help`. */
  readonly example: string;
}

/** In the order in which they are shown. */
export const settingDescriptions: Readonly<Record<SettingName, SettingDescription>> = {
  events: {
    form: 'numbers',
    rule: `events.TYPE=WEIGHT, where TYPE is ${eventTypeRule}, and WEIGHT a number from 0 to ${maxEventWeight}`,
    meaning:
      'what an event of a type weighs in training and answers; a type without a weight is stored and counts for nothing',
    example: 'events.purchase=1 events.view=0.2',
  },
  clicks: {
    form: 'list',
    rule: 'event types separated by commas, such as view,click',
    meaning:
      'the event types that count as a click on a list; default: view, click, cart and purchase',
    example: 'clicks=click,cart,purchase',
  },
  conversions: {
    form: 'list',
    rule: 'event types separated by commas, such as purchase',
    meaning: 'the event types that count as a conversion; default: purchase',
    example: 'conversions=purchase,subscribe',
  },
  words: {
    form: 'texts',
    rule: `words.item, items, user, users, event, events, category or categories, with ${wordRule}`,
    meaning: 'what the page calls its things; default: guessed from the data',
    example: 'words.item=wine words.user=guest',
  },
  imageHosts: {
    form: 'list',
    rule: 'hosts separated by commas, such as images.example, *.shop.example or http://localhost:8080',
    meaning: 'where the page may load the images of items from; default: from nowhere',
    example: 'imageHosts=images.example,*.shop.example',
  },
};

/** Where the settings are kept in the documents of a store. */
export const settingsDocument = { kind: 'settings', id: 'home' } as const;

/** The event types that count as a click on a list, and as a conversion; an event without a type is a click too. */
export const defaultClicks: readonly string[] = ['view', 'click', 'cart', 'purchase'];
export const defaultConversions: readonly string[] = ['purchase'];

/**
 * Checks the stored settings. What a newer version knows is left out.
 *
 * @param stored - null for none
 * @throws HomeError naming the setting
 */
export function parseSettings(stored: unknown): HomeSettings {
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(stored ?? {})) {
    if (!Object.hasOwn(settingDescriptions, name)) continue;
    const { success } = homeSettingsSchema.safeParse({ [name]: value });
    if (!success) {
      throw new HomeError(
        `the setting ${name} of the home is ${showValue(value)}; \`multvae settings unset ${name}\` takes it away`,
      );
    }
    known[name] = value;
  }
  return known;
}

/**
 * The settings with one more, or another one.
 *
 * @param assignment - `NAME=VALUE` or `NAME.PART=VALUE`
 * @throws ArgumentError saying what is wrong with it
 */
export function withSetting(settings: HomeSettings, assignment: string): HomeSettings {
  const at = assignment.indexOf('=');
  if (at < 0) {
    throw new ArgumentError(`${quote(assignment)} has no =; give NAME=VALUE, such as clicks=click`);
  }
  const { name, part, description } = settingNamed(assignment.slice(0, at));
  const text = assignment.slice(at + 1);
  const { form, rule } = description;
  const isList = form === 'list';
  let value: unknown;
  if (isList) value = text.split(',').map((word) => word.trim());
  else value = form === 'numbers' ? (text.trim() === '' ? Number.NaN : Number(text)) : text;
  const changed = {
    ...settings,
    [name]: isList ? value : { ...settings[name], [part ?? '']: value },
  };
  const parsed = homeSettingsSchema.safeParse(changed);
  // A key such as __proto__ is dropped without a word.
  const isKept = isList ? part === null : Object.hasOwn(parsed.data?.[name] ?? {}, part ?? '');
  if (!parsed.success || !isKept) {
    throw new ArgumentError(`${quote(assignment)} is not a setting; give ${rule}`);
  }
  return parsed.data;
}

/**
 * The settings without one, or without one part of it.
 *
 * @throws ArgumentError for an unknown name
 */
export function withoutSetting(settings: HomeSettings, path: string): HomeSettings {
  const { name, part } = settingNamed(path);
  const { [name]: old, ...others } = settings;
  if (part === null || old === undefined || Array.isArray(old)) return others;
  const kept = Object.entries(old).filter(([key]) => key !== part);
  return kept.length === 0 ? others : { ...others, [name]: Object.fromEntries(kept) };
}

/** `events.view` is the part `view` of `events`. @throws ArgumentError */
function settingNamed(path: string): {
  readonly name: SettingName;
  readonly part: string | null;
  readonly description: SettingDescription;
} {
  const dot = path.indexOf('.');
  const name = dot < 0 ? path : path.slice(0, dot);
  if (!Object.hasOwn(settingDescriptions, name)) {
    const names = Object.keys(settingDescriptions);
    throw new ArgumentError(
      `there is no setting ${quote(name)}; give ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
    );
  }
  const known = name as SettingName;
  return {
    name: known,
    part: dot < 0 ? null : path.slice(dot + 1),
    description: settingDescriptions[known],
  };
}
