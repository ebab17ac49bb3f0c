/** The set-up of the contracts of stores: an empty store before each test, opened twice. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openStore } from '../../../src/data/store/open.js';
import type { Store } from '../../../src/data/store/store.js';
import type { StoreKind, StoreServer } from '../../fixtures/stores.js';

/** An empty store. */
export interface TwoOpenings {
  /** Made the store. */
  readonly store: Store;
  /** Another opening of it, as of another process. */
  readonly other: Store;
}

/** Registers the set-up for the tests of the `describe` that calls it. @param onOpen - gets the store of each test */
export function openTwice(start: StoreKind['start'], onOpen: (opened: TwoOpenings) => void): void {
  let server: StoreServer;
  let folder: string;
  let opened: TwoOpenings;
  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-store-'));
    const place = server.newPlace(join(folder, 'home'));
    const store = await openStore(place, { create: true });
    opened = { store, other: await openStore(place) };
    onOpen(opened);
  });
  afterEach(async () => {
    await opened.store.close();
    await opened.other.close();
    rmSync(folder, { recursive: true });
  });
}
