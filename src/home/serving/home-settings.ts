/** The settings of a home, for a program and for the command line. */

import { type HomeSettings, withoutSetting, withSetting } from '../../config/home-settings.js';
import type { HomeAt } from '../../data/store/place.js';
import { changeSettings, readSettings } from '../../serving/settings/settings.js';
import { withStore } from '../place/opened.js';

/** What the operator of a home chose. Every process that serves the home follows a change within seconds. */
export class HomeSettingsKeeper {
  readonly #home: HomeAt;

  constructor(home: HomeAt) {
    this.#home = home;
  }

  /** The settings; one that was not chosen is absent. @throws HomeError when there is no home */
  read(): Promise<HomeSettings> {
    return withStore(this.#home, readSettings);
  }

  /**
   * Sets one or more, all or none.
   *
   * @param assignments - such as `events.purchase=1` and `clicks=view,click`
   * @throws ArgumentError for one that is wrong
   * @throws BusyError when another process writes for longer than a second
   */
  set(...assignments: readonly string[]): Promise<HomeSettings> {
    return this.#change((settings) => assignments.reduce(withSetting, settings));
  }

  /** Takes one or more away, such as `events.view` and `clicks`. @throws as `set` */
  unset(...names: readonly string[]): Promise<HomeSettings> {
    return this.#change((settings) => names.reduce(withoutSetting, settings));
  }

  #change(change: (settings: HomeSettings) => HomeSettings): Promise<HomeSettings> {
    return withStore(this.#home, (store) => changeSettings(store, change));
  }
}
