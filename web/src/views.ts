/** The views of the page, in the order of the header. */

import { capital, words } from './words.js';

/** A view: its part of the address, and its name in the words of the home. */
export interface ViewName {
  readonly path: string;
  readonly name: () => string;
}

export const views: readonly ViewName[] = [
  { path: 'profile', name: () => 'Your profile' },
  { path: 'user', name: () => capital(words.value.users) },
  { path: 'map', name: () => 'Map' },
  { path: 'models', name: () => 'Models' },
  { path: 'compare', name: () => 'Compare' },
  { path: 'live', name: () => 'Live' },
  { path: 'rules', name: () => 'Rules' },
];
