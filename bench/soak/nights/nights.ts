/** Soak test: a month of nights on the generated shop, with bad nights among them, while customers are answered. */

import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MultVaeConfig } from '../../../src/config/models.js';
import type { Home } from '../../../src/home/home.js';
import { openHome } from '../../../src/home/place/open-home.js';
import { activateBy } from '../../../src/home/training/activation.js';
import { RunStore } from '../../../src/runs/store.js';
import { atEnd, removeFolder } from '../cleanup.js';
import { startServer } from '../server.js';
import { plantHalf } from './half.js';
import { type ReadAnswers, startReaders } from './readers.js';
import { writeShopDays } from './shop-days.js';

/** What goes wrong in a bad night, in turn. */
const faults = ['one epoch', 'learning rate 10', 'half of the items', 'learning rate 1'] as const;
type Fault = (typeof faults)[number];

/** The hyper-parameters of a night with such a fault; of the others the data are at fault. */
const wrong: Readonly<Partial<Record<Fault, Parameters>>> = {
  'one epoch': { epochs: 1 },
  'learning rate 10': { learningRate: 10 },
  'learning rate 1': { learningRate: 1 },
};
type Parameters = Partial<Omit<MultVaeConfig, 'model'>>;

/** A network that fits the generated shop, in a few seconds a night. */
const small: Parameters = { epochs: 60, hiddenDims: [200], latentDim: 64, betaCap: 0.2, seed: 1 };

/** The size of the shop, and how often a night is bad. */
export interface NightsOptions {
  /** Of `multvae generate`. Default: `shop`. */
  readonly shape?: string;
  /** Every so many nights are bad. Default: 7. */
  readonly badEvery?: number;
  /** How many runs are kept besides the active one. Default: 7. */
  readonly keep?: number;
  /** Validation users, and as many test users. Default: a tenth. */
  readonly heldoutUsers?: number;
  /** Default: those of a small network. */
  readonly parameters?: Parameters;
  /** Where the home is made, and stays. Default: a folder that is removed. */
  readonly home?: string;
}

/** One night. */
export interface Night {
  readonly night: number;
  readonly fault: Fault | null;
  readonly outcome: string;
  readonly reason: string;
  /** Published runs after it, and the bytes of the home. */
  readonly runs: number;
  readonly megabytes: number;
}

/** The result of the nights. */
export interface NightsOutcome {
  readonly nights: number;
  readonly bad: number;
  /** Answers by runs of bad nights; there must be none. */
  readonly badAnswers: number;
  /** The most good nights in a row after which the run of none of them was served; at most one. */
  readonly keptOut: number;
  readonly answers: number;
  /** Runs that answered. */
  readonly served: number;
  readonly errors: readonly string[];
  /** The most runs that the home held after a night. */
  readonly mostRuns: number;
  /** The size of the home in the end, as a multiple of that when it first held all runs that are kept; null if it never did. */
  readonly growth: number | null;
  readonly log: readonly Night[];
}

/**
 * Simulates nights while a server answers customers: each is a `refresh` with a day of orders. In some a Mult-VAE goes
 * wrong. Where half of the items are missing, the run is trained elsewhere, and judged in the home as a refresh does.
 *
 * @param count - nights
 */
export async function nights(count: number, options: NightsOptions = {}): Promise<NightsOutcome> {
  const { shape = 'shop', badEvery = 7, keep = 7, heldoutUsers, parameters = small } = options;
  const folder = mkdtempSync(join(tmpdir(), 'multvae-nights-'));
  const remove = atEnd(() => removeFolder(folder));
  const shop = await writeShopDays(folder, shape, count);
  const home = await openHome(options.home ?? join(folder, 'home'), { create: true });
  await home.import(shop.start, { items: shop.products });
  await home.train({ parameters, ...(heldoutUsers !== undefined && { heldoutUsers }) });
  const store = new RunStore(home.folder);
  const server = await startServer(home.folder);
  const readers = startReaders(server.url, shop.customers);

  const log: Night[] = [];
  const bad = new Set<string>();
  let badNights = 0;
  let missed = 0;
  let keptOut = 0;
  const failures: string[] = [];
  for (const [k, day] of shop.days.entries()) {
    const isBad = k % badEvery === badEvery - 1;
    const fault = isBad ? faults[badNights++ % faults.length]! : null;
    const before = new Set(store.list().map(({ id }) => id));
    const active = store.active()!;
    const night = await oneNight(home, {
      day,
      fault,
      parameters,
      keep,
      active,
      copy: join(folder, `copy-${k}`),
      orders: [shop.start, ...shop.days.slice(0, k + 1)],
    });
    const trained = store.list().filter(({ id }) => !before.has(id));
    const now = store.active()!;
    if (isBad) for (const { id } of trained) bad.add(id);
    else {
      missed = now === active ? missed + 1 : 0;
      keptOut = Math.max(keptOut, missed);
    }
    await heard(readers, now, failures);
    log.push({
      night: k + 1,
      fault,
      outcome: night.outcome,
      reason: night.reason,
      runs: store.list().length,
      megabytes: Number((bytesIn(home.folder) / 1e6).toFixed(1)),
    });
  }
  await readers.stop();
  await home.close();
  server.process.kill('SIGTERM');
  const [code] = await server.exited;
  if (code !== 0) failures.push(`exit ${code}`);
  remove();
  const answered = [...readers.byRun];
  const full = log.find(({ runs }) => runs >= keep);
  return {
    nights: count,
    bad: badNights,
    badAnswers: answered.reduce((sum, [run, n]) => sum + (bad.has(run) ? n : 0), 0),
    keptOut,
    answers: readers.answers,
    served: answered.length,
    errors: [...failures, ...readers.errors],
    mostRuns: Math.max(...log.map(({ runs }) => runs)),
    growth: full ? Number((log.at(-1)!.megabytes / full.megabytes).toFixed(2)) : null,
    log,
  };
}

interface NightPlan {
  readonly day: string;
  readonly fault: Fault | null;
  readonly parameters: Parameters;
  readonly keep: number;
  /** The run that is served before. */
  readonly active: string;
  /** Where a copy of the home may go. */
  readonly copy: string;
  /** All orders with those of this day. */
  readonly orders: readonly string[];
}

async function oneNight(
  home: Home,
  { day, fault, parameters, keep, active, copy, orders }: NightPlan,
): Promise<Pick<Night, 'outcome' | 'reason'>> {
  if (fault === 'half of the items') {
    await home.import(day, { append: true });
    const run = await plantHalf(home.folder, { folder: copy, orders, active, parameters });
    removeFolder(copy);
    const { activated, reason } = await activateBy(home.folder, run, 'if-better');
    await home.prune(keep);
    return { outcome: activated ? 'activated' : 'kept', reason };
  }
  try {
    return await home.refresh([day], {
      parameters: { ...parameters, ...(fault && wrong[fault]) },
      keep,
    });
  } catch (error) {
    return { outcome: 'failed', reason: (error as Error).message };
  }
}

/** Waits until a run has answered a customer. */
async function heard(readers: ReadAnswers, run: string, failures: string[]): Promise<void> {
  const before = readers.byRun.get(run) ?? 0;
  for (let waited = 0; waited < 60_000; waited += 50) {
    if ((readers.byRun.get(run) ?? 0) > before) return;
    await sleep(50);
  }
  failures.push(`run ${run} is active and answers nobody`);
}

/** The bytes of all files in a folder. */
function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.map((entry) =>
    entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
