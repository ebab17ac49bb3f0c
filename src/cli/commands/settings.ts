/** `multvae settings`: what the operator of a home chose, once for all commands and servers. */

import { Argument, Command } from 'commander';
import { type HomeSettings, settingDescriptions } from '../../config/home-settings.js';
import { ArgumentError } from '../../errors.js';
import { HomeSettingsKeeper } from '../../home/serving/home-settings.js';
import { homeFlag, homeOption, note, placeOf, print, storeOption } from '../terminal.js';

interface Flags {
  readonly json?: true;
  readonly home: string;
  readonly store?: string;
}

/** `multvae settings [show | set NAME=VALUE… | unset NAME…]`: servers of the home follow within seconds. */
export function settingsCommand(): Command {
  return new Command('settings')
    .description(
      'show, set and unset what the home’s operator chooses: event types, words, hosts of images',
    )
    .addArgument(
      new Argument('[action]', 'what to do').choices(['show', 'set', 'unset']).default('show'),
    )
    .argument('[settings...]', 'set: NAME=VALUE; unset: NAME')
    .option('--json', 'print JSON')
    .addOption(homeOption())
    .addOption(storeOption())
    .addHelpText('after', help())
    .action(async (action: 'show' | 'set' | 'unset', given: string[], flags: Flags) => {
      const keeper = new HomeSettingsKeeper(placeOf(flags));
      if (action === 'show' && given.length > 0) {
        throw new ArgumentError(
          `settings show takes no ${given[0]}; use settings set NAME=VALUE, or leave it out`,
        );
      }
      if (action !== 'show' && given.length === 0) {
        const what = action === 'set' ? 'NAME=VALUE, such as events.purchase=1' : 'NAME';
        throw new ArgumentError(`settings ${action} names nothing; give ${what}`);
      }
      const settings = action === 'show' ? await keeper.read() : await keeper[action](...given);
      if (flags.json) print(JSON.stringify(settings));
      else show(settings, homeFlag(placeOf(flags)));
    });
}

function show(settings: HomeSettings, flag: string): void {
  const lines = linesOf(settings);
  for (const line of lines) print(line);
  if (lines.length === 0) {
    note(
      `nothing is set; \`multvae settings set events.purchase=1${flag}\` sets one, and \`multvae settings --help\` lists them`,
    );
  }
}

/** Each setting as it is set. */
function linesOf(settings: HomeSettings): string[] {
  return Object.keys(settingDescriptions).flatMap((name) => {
    const value = settings[name as keyof HomeSettings];
    if (value === undefined) return [];
    if (Array.isArray(value)) return [`${name}=${value.join(',')}`];
    return Object.entries(value).map(([part, each]) => `${name}.${part}=${each}`);
  });
}

function help(): string {
  const lines = Object.entries(settingDescriptions).map(
    ([name, { meaning, example }]) => `  ${name}: ${meaning}\n      ${example}`,
  );
  return `\nSettings:\n${lines.join('\n')}\n`;
}
