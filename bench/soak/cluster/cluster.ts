/**
 * Cluster test: a PostgreSQL, three replicas of the built command and HAProxy, a load on them, and mishaps. It shows that
 * every answer is right, that nothing acknowledged is lost or stored twice, and that only what must fail does.
 */

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { RandomStream } from '../../../src/random.js';
import {
  postgresMissing,
  startPostgres,
  type TestPostgres,
} from '../../../test/fixtures/postgres.js';
import { soakHome } from '../home.js';
import { Activations } from './activations.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import { type MishapName, Mishaps, mishapNames } from './mishaps.js';
import { openNetwork } from './network.js';
import { proxyMissing, startProxy } from './proxy.js';
import { headers, Replica } from './replica.js';
import { eventOf, Truth, titles } from './truth.js';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const replicaCount = 3;
const runCount = 3;
const baskets = 40;
const schema = 'cluster';

export interface ClusterOptions {
  /** How long mishaps go on; the one that has begun is finished. */
  readonly minutes: number;
  /** Default: all, again and again, in random order from the second round on. */
  readonly mishaps?: readonly MishapName[];
  readonly seed: number;
  readonly users: number;
  /** How many events each user sends at most. */
  readonly events: number;
  readonly cutMs: number;
  readonly downMs: number;
  readonly pauseMs: number;
  /** Between two mishaps; activations rest from this long to three times as long. */
  readonly restMs: number;
  /** How much later than promised a write may show: the client's clock runs while requests wait for a processor. */
  readonly slackMs: number;
  /** Told once a minute, and in the end. */
  readonly onLine: (line: object) => void;
}

/** Why the test cannot run here; null where it can. */
export function clusterMissing(): string | null {
  return postgresMissing() ?? proxyMissing();
}

/** Runs the test. @returns the summary; `passed` says whether all holds */
export async function clusterTest(options: ClusterOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-cluster-'));
  const { home, runs, remove } = await soakHome(runCount);
  const ports = await freePorts(replicaCount + 1);
  const [proxyPort = 0, ...replicaPorts] = ports;
  const network = openNetwork(replicaPorts);
  const postgres = await startPostgres({
    fsync: true,
    settings: { listen_addresses: '*', max_connections: 100 },
  });
  try {
    await admit(postgres, network.subnet);
    const url = `${postgres.url}?schema=${schema}`;
    copyHome(home, url, folder);
    const { users, events } = options;
    const truth = await Truth.of({ home, runs, users, events, baskets });
    const replicas = network.places.map((place, index) => {
      const store = url.replace('127.0.0.1', place.gateway);
      return new Replica({ index, place, store, folder });
    });
    for (const replica of replicas) replica.start({ emptyHome: true });
    await Promise.all(replicas.map((replica) => replica.whenReady()));
    const proxy = await startProxy(folder, proxyPort, network.places);
    await allSeen(proxy.url, replicas);
    try {
      return await underLoad(options, { url: proxy.url, replicas, network, postgres, truth });
    } finally {
      const log = process.env.CLUSTER_TEST_LOG;
      if (log !== undefined) writeFileSync(log, proxy.log());
      await proxy.stop();
      await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
    }
  } finally {
    await network.close();
    await postgres.stop('immediate');
    remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Cluster {
  readonly url: string;
  readonly replicas: readonly Replica[];
  readonly network: ReturnType<typeof openNetwork>;
  readonly postgres: TestPostgres;
  readonly truth: Truth;
}

async function underLoad(options: ClusterOptions, cluster: Cluster) {
  const { users, events, seed, pauseMs, restMs, slackMs, onLine } = options;
  const { replicas, network, postgres, truth, url } = cluster;
  const ledger = new Ledger(truth, replicas, slackMs);
  const load = new Load({ url, ledger, replicas, users, events, baskets, seed, pauseMs });
  const mishaps = new Mishaps({ ...options, replicas, network, postgres });
  const activations = new Activations({ load, url, runs: truth.options.runs, seed, restMs });
  const begin = performance.now();
  const seconds = () => Math.round((performance.now() - begin) / 1000);
  let happened: string[] = [];
  const report = (more: object) => {
    const { acknowledged } = totals(ledger);
    onLine({ seconds: seconds(), ...more, replies: ledger.takeCounts(), acknowledged });
  };
  let failure: string | null = null;
  load.start({ readers: 4, baskets: 2, writers: 2 });
  activations.start();
  let nextReport = begin + 60_000;
  for (const name of order(options)) {
    await delay(restMs);
    if (performance.now() - begin >= options.minutes * 60_000) break;
    try {
      await mishaps.cause(name);
    } catch (error) {
      failure = `${name}: ${error instanceof Error ? error.message : error}`;
      break;
    }
    happened.push(name);
    if (performance.now() < nextReport) continue;
    report({ mishaps: happened });
    happened = [];
    nextReport += 60_000;
  }
  await activations.stop();
  // Without mishaps, everything that waits is acknowledged.
  await Promise.race([load.stop(), delay(60_000)]);
  report({ mishaps: happened });
  const audit = await auditStore(postgres, ledger);
  // Where a replica did not come back, there is no last answer to ask for.
  const nobody = { different: 0, servedInTheEnd: [] };
  const end = failure === null ? await finalAnswers(cluster, ledger, activations.last) : nobody;
  const { faults, examples, sums } = ledger;
  const none = [...Object.values(faults), audit.lost, audit.doubled, audit.changed, end.different];
  const passed =
    failure === null && mishaps.badExits.length === 0 && none.every((count) => count === 0);
  const summary = {
    summary: 'cluster-test',
    passed,
    seconds: seconds(),
    seed,
    network: network.kind,
    ...(network.reason !== null && { networkReason: network.reason }),
    replicas: replicas.length,
    mishaps: mishaps.counts,
    activations: activations.counts,
    replies: sums,
    ...totals(ledger),
    resent: load.resent,
    repeated: load.repeated,
    ...audit,
    ...faults,
    ...end,
    badExits: mishaps.badExits,
    ...(failure !== null && { failure }),
    ...(examples.length > 0 && { examples }),
  };
  onLine(summary);
  return summary;
}

function totals({ progress }: Ledger) {
  const sum = (count: (k: number) => number) => progress.reduce((all, _, k) => all + count(k), 0);
  return {
    acknowledged: sum((k) => progress[k]!.acknowledged.length),
    sent: sum((k) => progress[k]!.sent),
  };
}

/** The mishaps in their order, for ever unless the options name some. */
function* order({ mishaps, seed }: ClusterOptions): Generator<MishapName> {
  if (mishaps !== undefined) {
    yield* mishaps;
    return;
  }
  const random = new RandomStream(seed, 'order');
  yield* mishapNames;
  for (;;) {
    const left: MishapName[] = [...mishapNames];
    while (left.length > 0) yield* left.splice(random.integer(left.length), 1);
  }
}

/** Looks into the database itself: every acknowledged event once, as it was sent, and no other event but those sent. */
async function auditStore(postgres: TestPostgres, { progress }: Ledger) {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{
    key: string;
    user_id: string;
    item_id: string;
    rating: number;
  }>(`SELECT key, user_id, item_id, rating FROM ${schema}.feedback`);
  await client.end();
  const stored = new Map(rows.map((row) => [row.key, row]));
  let lost = 0;
  let changed = 0;
  progress.forEach(({ acknowledged }, user) => {
    for (let state = 1; state <= acknowledged.length; state++) {
      const event = eventOf(user, state);
      const row = stored.get(event.key);
      if (row === undefined) lost++;
      else if (
        row.user_id !== event.userId ||
        row.item_id !== event.itemId ||
        row.rating !== event.rating
      ) {
        changed++;
      }
    }
  });
  return { lost, doubled: rows.length - stored.size, changed, rows: rows.length };
}

/** Asks every replica for every user: all of them must give the same, the answer of the run that was activated last. */
async function finalAnswers(cluster: Cluster, ledger: Ledger, last: string | null) {
  // All replicas show a write and an activation within two seconds; a run takes a while to load.
  const patience = performance.now() + 30_000;
  for (;;) {
    const end = await answersNow(cluster, ledger, last);
    if (end.different === 0 || performance.now() > patience) return end;
    await delay(500);
  }
}

async function answersNow({ replicas, truth }: Cluster, ledger: Ledger, last: string | null) {
  let different = 0;
  const served = new Set<string>();
  for (const replica of replicas) {
    for (const [user, { acknowledged }] of ledger.progress.entries()) {
      const response = await fetch(`${replica.url}/recommend/${user}?n=${titles}`, {
        headers,
      });
      const answer = (await response.json()) as { modelVersion: string; items: unknown };
      served.add(answer.modelVersion);
      const expected = truth.ofUser(answer.modelVersion, user, acknowledged.length);
      if (JSON.stringify(answer.items) !== expected) different++;
    }
  }
  if (served.size !== 1 || (last !== null && !served.has(last))) different++;
  return { different, servedInTheEnd: [...served] };
}

/** Waits until HAProxy has seen each replica ready: until each has answered through it. */
async function allSeen(url: string, replicas: readonly Replica[]): Promise<void> {
  const seen = new Set<string>();
  for (let tries = 0; tries < 600 && seen.size < replicas.length; tries++) {
    const response = await fetch(`${url}/recommend/0?n=1`, { headers });
    await response.arrayBuffer();
    const name = response.headers.get('X-Replica') ?? '';
    // One that counts as alive alone has another name.
    if (response.status === 200 && /^replica\d+$/.test(name)) seen.add(name);
    else await delay(100);
  }
}

/** Lets replicas on other addresses in, with their password. */
async function admit(postgres: TestPostgres, subnet: string | null): Promise<void> {
  if (subnet === null) return;
  appendFileSync(join(postgres.data, 'pg_hba.conf'), `host all all ${subnet} scram-sha-256\n`);
  await postgres.restart();
}

function copyHome(home: string, store: string, folder: string): void {
  execFileSync(process.execPath, [main, 'copy', '--home', home, '--store', store], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function freePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    listeners.map(
      (listener) =>
        new Promise<number>((resolve, reject) => {
          listener.once('error', reject);
          listener.listen(0, '127.0.0.1', () => {
            const address = listener.address();
            resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
          });
        }),
    ),
  );
  await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
  return ports;
}
