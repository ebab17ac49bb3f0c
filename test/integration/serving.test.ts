/** Runs, evaluation, recommendation and serving by command. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { activateCommand } from '../../src/cli/commands/activate.js';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { recommendCommand } from '../../src/cli/commands/recommend.js';
import { rollbackCommand } from '../../src/cli/commands/rollback.js';
import { runsCommand } from '../../src/cli/commands/runs.js';
import { parseConfig } from '../../src/config/parse.js';
import { importRatings } from '../../src/data/import.js';
import { strongGeneralization } from '../../src/data/split/users.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { ArgumentError, RunError, UnknownUserError } from '../../src/errors.js';
import { multVaeArchitecture } from '../../src/model/autoencoder/mult-vae.js';
import { initialWeights } from '../../src/model/autoencoder/weights.js';
import type { RunContents } from '../../src/runs/format.js';
import { RunStore } from '../../src/runs/store.js';
import { runCommand } from '../fixtures/command.js';

const protocol = { ratingThreshold: 3.5, minClicks: 5, splitSeed: 98765, heldoutUsers: 8 };
let folder: string;
let home: string;
let store: RunStore;
let multVae: string;

/** Ratings of 40 users, each of whom likes every other item of a range of 30. */
function writeRatings(path: string, users: number): void {
  const lines = ['userId,movieId,rating'];
  for (let u = 1; u <= users; u++) {
    for (let k = 0; k < 12; k++)
      lines.push(`${u},${100 + ((u * 3 + k * 2) % 30)},${k < 10 ? 5 : 1}`);
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}

function contents(model: 'mult-vae' | 'popularity'): RunContents {
  const database = RatingsDatabase.open(home);
  const clicks = database.labelledClicks(protocol.ratingThreshold, protocol.minClicks);
  const { dataHash, name } = database.dataset()!;
  database.close();
  const { vocabulary, train, validation, test } = strongGeneralization(clicks, protocol);
  const config = parseConfig('mult-vae', { hiddenDims: [6], latentDim: 3 });
  return {
    config: model === 'mult-vae' ? config : parseConfig(model),
    protocol,
    weights:
      model === 'mult-vae' ? initialWeights(multVaeArchitecture(config, vocabulary.length), 1) : {},
    vocabulary: { items: vocabulary, trainClicks: train.columnCounts() },
    split: { validation, test },
    metrics: { 'ndcg@100': 0.5 },
    log: [],
    lineage: {
      dataHash,
      dataName: name,
      packageVersion: '0',
      nodeVersion: 'v20',
      backend: 'cpu',
      seed: 1,
      durationS: 1,
      createdAt: new Date().toISOString(),
      command: ['train'],
    },
  };
}

/** Runs a command on the home, and returns its output. */
function run(command: Command, ...words: string[]): Promise<{ out: string; err: string }> {
  return runCommand(command, [...words, '--home', home]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-serving-'));
  home = join(folder, 'home');
  writeRatings(join(folder, 'ratings.csv'), 40);
  writeFileSync(
    join(folder, 'movies.csv'),
    'movieId,title,genres\n104,"Rain, Again (1999)",Drama|War\n',
  );
  await importRatings(home, folder);
  store = new RunStore(home);
  multVae = store.newRunId('mult-vae');
  store.publish(multVae, contents('mult-vae'));
  store.activate(multVae);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('runs, activate, rollback', () => {
  it('list, activate and roll back', async () => {
    const popularity = store.newRunId('popularity');
    store.publish(popularity, contents('popularity'));
    expect((await run(activateCommand(), popularity)).out).toBe(`${popularity}\n`);
    expect(store.active()).toBe(popularity);
    const listed = JSON.parse((await run(runsCommand(), '--json')).out);
    expect(listed.map((summary: { id: string }) => summary.id).sort()).toEqual(
      [popularity, multVae].sort(),
    );
    store.pendingDir('mult-vae-unfinished');
    const { out, err } = await run(runsCommand());
    expect(out).toMatch(new RegExp(`${popularity} +active +\\S+ +0.5000`));
    // Without a checkpoint, nothing can go on.
    expect(err).toMatch(
      /mult-vae-unfinished is not finished; .*`multvae remove mult-vae-unfinished/,
    );
    store.remove('mult-vae-unfinished');
    expect((await run(rollbackCommand())).out).toBe(`${multVae}\n`);
    expect(store.active()).toBe(multVae);
  });

  it('refuse an id that is not a run', async () => {
    await expect(run(activateCommand(), '../../etc')).rejects.toThrow(RunError);
    await expect(run(activateCommand(), 'no-such-run')).rejects.toThrow(/there is no run/);
  });
});

describe('evaluate', () => {
  it('measures a run beside popularity, prints, writes and keeps the report', async () => {
    const json = join(folder, 'report.json');
    const perUser = join(folder, 'users.jsonl');
    const words = ['--backend', 'cpu', '--k', '1,5', '--json', json, '--per-user', perUser];
    const { out, err } = await run(evaluateCommand(), multVae, ...words);
    expect(err).not.toMatch(/holds other data/);
    expect(out).toMatch(/^\d of the 8 users measured finds? a hidden film in the first place; /);
    expect(out).toMatch(/\n *test, 8 users, protocol users +mult-vae +popularity\n/);
    expect(out).toMatch(/ndcg@5 +0\.\d{4} ± 0\.\d{4} +0\.\d{4} ± 0\.\d{4}/);
    const report = JSON.parse(readFileSync(json, 'utf8'));
    expect(Object.keys(report)).toEqual([
      'split',
      'protocol',
      'users',
      'leftOut',
      'models',
      'shortProfiles',
      'paired',
      'verdict',
    ]);
    expect(out).toMatch(/\n\n *fold-ins cut to +mult-vae +popularity\n/);
    expect(out).toMatch(/1 click: hit@20 +[01]\.\d{4} ± 0\.\d{4} +[01]\.\d{4} ± 0\.\d{4}\n/);
    expect(report).toMatchObject({ split: 'test', users: 8, leftOut: 0 });
    expect(
      report.models.map(({ model, run }: { model: string; run: string | null }) => [model, run]),
    ).toEqual([
      ['mult-vae', multVae],
      ['popularity', null],
    ]);
    expect(Object.keys(report.models[0])).toEqual(['model', 'run', 'metrics']);
    expect(Object.keys(report.models[0].metrics['ndcg@5'])).toEqual(['mean', 'se']);
    const kept = join(home, 'evaluations', `${multVae}-test.json`);
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual(report);
    const users = readFileSync(perUser, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(users).toHaveLength(16);
    const mean = users.slice(0, 8).reduce((sum, user) => sum + user.metrics['recall@5'], 0) / 8;
    expect(mean).toBeCloseTo(report.models[0].metrics['recall@5'].mean, 12);
    expect(users[0]).toMatchObject({ model: 'mult-vae', run: multVae, heldOut: 2 });
  });

  it('keeps to the split of the run when the data have changed, and says so', async () => {
    const before = await run(evaluateCommand(), '--backend', 'cpu', '--split', 'validation');
    const grown = join(folder, 'grown.csv');
    writeRatings(grown, 60);
    await importRatings(home, grown, { replace: true });
    try {
      const after = await run(evaluateCommand(), '--backend', 'cpu', '--split', 'validation');
      expect(after.err).toMatch(/was trained on \S+ \(.*the home holds other data now/);
      // The words are those of the data that the home holds now.
      expect(after.out.replaceAll('hidden item', 'hidden film')).toBe(before.out);
    } finally {
      await importRatings(home, folder, { replace: true });
    }
  });

  it.each([
    [['--k', '0'], /--k is "0".*integers from 1/],
    [['--k', '5,5'], /--k is "5,5"/],
    [['--k', ''], /--k is ""/],
    [['--k', '5,x'], /--k is "5,x"/],
    [['--backend', 'abacus'], /abacus/],
    [['--json', '/no/such/folder/x'], /--json/],
  ])('refuses %j', async (words, message) => {
    const done = run(
      evaluateCommand(),
      ...(words.includes('--backend') ? [] : ['--backend', 'cpu']),
      ...words,
    );
    await expect(done).rejects.toThrow(ArgumentError);
    await expect(done).rejects.toThrow(message);
  });
});

describe('recommend', () => {
  it('prints a table', async () => {
    const { out } = await run(recommendCommand(), '1', '-n', '30', '--backend', 'cpu');
    expect(out).toMatch(/^ *title +year +genres +score +item\n *1\. /);
    expect(out).toMatch(/Rain, Again \(1999\) +1999 +Drama, War +-?\d+\.\d{3} +104\n/);
    expect(out.trim().split('\n')).toHaveLength(1 + 30 - 12);
  });

  it('gives an unknown user popular items with a remark, or an error', async () => {
    const { out, err } = await run(recommendCommand(), 'nobody', '--json', '--backend', 'cpu');
    expect(JSON.parse(out)).toMatchObject({ userId: 'nobody', source: 'popularity' });
    expect(err).toMatch(/most popular/);
    const strict = run(recommendCommand(), 'nobody', '--fallback', 'none', '--backend', 'cpu');
    await expect(strict).rejects.toThrow(UnknownUserError);
  });

  it.each(['0', '1001', 'ten', '1.5'])('refuses -n %s', async (n) => {
    await expect(run(recommendCommand(), '1', '-n', n)).rejects.toThrow(/-n is .* 1 to 1000/);
  });
});

describe('serve', () => {
  // Built, because it starts in a fraction of the time.
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

  async function startServer(...more: readonly string[]) {
    const flags = ['--home', home, '--port', '0', '--backend', 'cpu', '--log-level', 'warn'];
    const child = spawn(process.execPath, [main, 'serve', ...flags, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const exited = once(child, 'exit');
    let curl = '';
    for await (const line of createInterface(child.stdout)) {
      curl = /^curl '(.*)'$/.exec(line)?.[1] ?? '';
      if (curl) break;
    }
    expect(curl, err).not.toBe('');
    return { child, curl, exited, err: () => err };
  }

  it('answers as the command does, with the curl that it prints, and drains on SIGTERM', async () => {
    const { child, curl, exited } = await startServer();
    expect(curl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/recommend\/1\?n=10$/);
    const body = await (await fetch(curl)).text();
    expect(JSON.parse(body)).toMatchObject({ userId: '1', source: 'model', modelVersion: multVae });
    const { out } = await run(recommendCommand(), '1', '--json', '--backend', 'cpu');
    const sameId = (text: string) =>
      text.replace(/"recommendationId":"[^"]+"/, '"recommendationId":""');
    expect(sameId(out)).toBe(sameId(`${body}\n`));
    const query = 'n=4&genre=War&diversity=0.5&explore=0.5&seed=3&explain=true&exclude=105';
    const chosen = await (await fetch(curl.replace('n=10', query))).text();
    const flags = ['-n', '4', '--genre', 'War', '--diversity', '.5', '--explore', '.5'];
    const rest = ['--seed', '3', '--explain', '--exclude', '105', '--backend', 'cpu'];
    const printed = await run(recommendCommand(), '1', '--json', ...flags, ...rest);
    expect(sameId(printed.out)).toBe(sameId(`${chosen}\n`));
    expect(JSON.parse(chosen).items[0].because).toHaveLength(3);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  const children = (pid: number) => `/proc/${pid}/task/${pid}/children`;

  it.skipIf(!existsSync(children(process.pid)))(
    'serves from several processes, replaces one that ends, and drains all (where /proc lists them)',
    async () => {
      const { child, curl, exited, err } = await startServer('--workers', '2');
      const processes = () => readFileSync(children(child.pid!), 'utf8').trim().split(' ');
      const first = processes();
      process.kill(Number(first[0]), 'SIGKILL');
      await vi.waitFor(
        () => expect(err()).toMatch(/serving process \d+ ended \(SIGKILL\)/),
        60_000,
      );
      await vi.waitFor(() => expect(processes()).toHaveLength(first.length), 60_000);
      expect(processes()).not.toContain(first[0]);
      expect((await fetch(curl)).status).toBe(200);
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      await expect(fetch(curl)).rejects.toThrow();
    },
  );

  it('takes two SIGINTs at once, as npm and the terminal send them, as one polite stop', async () => {
    const { child, curl, exited } = await startServer();
    expect((await fetch(curl)).status).toBe(200);
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
  });

  it('drains on SIGHUP as on SIGTERM', async () => {
    const { child, curl, exited, err } = await startServer();
    const { port } = new URL(curl);
    const client = connect(Number(port), '127.0.0.1');
    let answer = '';
    client.on('data', (chunk) => {
      answer += chunk;
    });
    const ended = once(client, 'end');
    const body = '{"items":["101"],"n":1}';
    const headers = `Content-Type: application/json\r\nContent-Length: ${body.length}`;
    client.write(`POST /recommend HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n{`);
    // A round trip: by then the server has begun to read the other request.
    expect((await fetch(curl)).status).toBe(200);
    child.kill('SIGHUP');
    await vi.waitFor(() => expect(err()).toMatch(/stopping/), 60_000);
    client.write(body.slice(1));
    await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exited).toEqual([0, null]);
  });
});
