/** `train --distributed` and `evaluate --distributed`, under mpirun and what they refuse. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Collective } from '../../src/backend/collective/collective.js';
import { alone } from '../../src/backend/collective/collective.js';
import type { Engine } from '../../src/backend/engine.js';
import { openEngine } from '../../src/backend/select.js';
import type { ModelName } from '../../src/config/models.js';
import { parseConfig } from '../../src/config/parse.js';
import { importRatings } from '../../src/data/import.js';
import { evaluateRun } from '../../src/home/evaluation.js';
import { requireDivisible, requireSameArithmetic } from '../../src/home/training/distributed.js';
import { trainRun } from '../../src/home/training.js';
import { contentHash } from '../../src/runs/divided/item-ranges.js';
import { RunStore } from '../../src/runs/store.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { mpirun, whyNoMpi } from '../fixtures/ranks/in-mpi.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
if (whyNoMpi) console.log(`commands under MPI ${whyNoMpi}`);

/** Enough for four blocks. */
const items = 1060;
const settings = { hiddenDims: [16], latentDim: 4, batchSize: 40, epochs: 2, seed: 3 };

describe.skipIf(whyNoMpi)(`a network divided by mpirun ${whyNoMpi}`, () => {
  let folder: string;
  let home: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-distributed-'));
    home = join(folder, 'home');
    const clicks = checkerboard(150, items, 40, 1);
    const lines = ['userId,movieId,rating'];
    for (let u = 0; u < 150; u++) for (const item of clicks.row(u)) lines.push(`${u},${item},5`);
    writeFileSync(join(folder, 'ratings.csv'), `${lines.join('\n')}\n`);
    await importRatings(home, join(folder, 'ratings.csv'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const words = (command: string, ...rest: string[]) => [main, command, '--home', home, ...rest];
  const train = (...rest: string[]) => {
    const set = Object.entries(settings).flatMap(([name, value]) => [
      '--set',
      `${name}=${JSON.stringify(value)}`,
    ]);
    return words(
      'train',
      '--model',
      'mult-vae',
      '--heldout-users',
      '30',
      '--distributed',
      ...set,
      ...rest,
    );
  };
  /** Runs of the same settings, by one process and by four. */
  let whole: string;
  let divided: string;
  /** The id that a command printed. */
  const runOf = (output: string) => /^mult-vae-\S+$/m.exec(output)![0];
  const bitsOf = (id: string) => contentHash('', new RunStore(home).load(id).weights);

  it('gives the run of one process, and its figures', async () => {
    const { runId } = await trainRun({
      home,
      config: parseConfig('mult-vae', settings),
      protocol: { heldoutUsers: 30 },
      backend: 'native',
    });
    const { code, output } = await mpirun(4, train());
    expect(output).toMatch(/is not active: `multvae activate/);
    expect(code).toBe(0);
    whole = runId;
    divided = runOf(output);
    expect(bitsOf(divided)).toBe(bitsOf(whole));
    const file = (name: string) => join(folder, `${name}.json`);
    const reports = await Promise.all([
      mpirun(2, words('evaluate', divided, '--distributed', '--json', file('two'))),
      mpirun(2, words('evaluate', whole, '--distributed', '--json', file('whole'))),
    ]);
    expect(reports.map(({ code }) => code)).toEqual([0, 0]);
    const run = new RunStore(home).load(whole);
    const { report: alone } = await evaluateRun(home, run, { backend: 'native' });
    writeFileSync(file('one'), `${JSON.stringify(alone, null, 2)}\n`);
    const report = (name: string) =>
      readFileSync(file(name), 'utf8').replaceAll(/mult-vae-\d[\w-]*/g, 'RUN');
    expect(report('two')).toBe(report('one'));
    expect(report('whole')).toBe(report('one'));
  });

  it('begins with the weights of a divided run, each process with those of its items', async () => {
    // New items, so that the processes hold other ranges than those of the files.
    const rows = Array.from({ length: 900 }, (_, k) => `${k % 150},${2000 + (k % 45)},5`);
    writeFileSync(join(folder, 'more.csv'), `userId,movieId,rating\n${rows.join('\n')}\n`);
    await importRatings(home, join(folder, 'more.csv'), { append: true });
    const from = (id: string) => words('train', '--from', id, '--backend', 'native');
    const { code, output } = await mpirun(2, [...from(divided), '--distributed']);
    expect(code).toBe(0);
    const one = [...from(whole), '--activate', 'never'];
    const alone = spawnSync(process.execPath, one, { encoding: 'utf8' });
    expect(alone.status).toBe(0);
    const together = runOf(output);
    expect(new RunStore(home).load(together).lineage.from).toBe(divided);
    expect(bitsOf(together)).toBe(bitsOf(runOf(alone.stdout)));
  });

  it('ends with the number of the process and the reason', async () => {
    const { code, output } = await mpirun(2, train('--set', 'sampledItems=50'));
    expect(code).toBe(2);
    expect(output).toMatch(/multvae: process 0 of 2 ends the job: --distributed scores all items/);
  });

  it('is refused for a number of processes that is no power of two', async () => {
    const { code, output } = await mpirun(3, train());
    expect(code).toBe(3);
    expect(output.match(/3 processes were started for one training; start 1, 2, 4, 8 or/g)).toEqual(
      [expect.anything()],
    );
  });

  it.each([0, 1])('is refused for processes of another MPI, once: process %i', (rank) => {
    const env = { ...process.env, SLURM_PROCID: `${rank}`, SLURM_STEP_NUM_TASKS: '2' };
    const { status, stderr } = spawnSync(process.execPath, train(), { env, encoding: 'utf8' });
    expect(status).toBe(3);
    expect(/2 processes were started, and each finds itself alone/.test(stderr)).toBe(rank === 0);
  });
});

describe('what several processes do not divide', () => {
  const two: Collective = { ...alone, size: 2, gather: (mine) => [mine, mine] };
  const refused = (model: ModelName, given: Record<string, unknown>, rest = {}) => {
    const size = { items: 1060, ...rest };
    return () => requireDivisible(two, parseConfig(model, given), size);
  };

  it('is told, with what to do', () => {
    expect(refused('mult-dae', {})).not.toThrow();
    expect(refused('ease', {})).toThrow(/divides mult-vae, mult-dae and rec-vae, not ease; leave/);
    expect(refused('rec-vae', { sampledItems: 9 })).toThrow(/set sampledItems to 0/);
    expect(refused('rec-vae', { sampledItems: 9 }, { isTrained: true })).not.toThrow();
    expect(refused('mult-vae', {}, { items: 511 })).toThrow(
      '511 items are divided over 1 process at most, and 2 were started; `mpirun -n 1 …` starts 1',
    );
  });

  it('computes on native alone, on one instruction set, with a share of the cores each', async () => {
    const ranks = { collective: two };
    const cpu = await openEngine('cpu');
    expect(() => requireSameArithmetic(ranks, cpu, undefined)).toThrow(/not on cpu; add --backend/);
    const given: number[] = [];
    const native = {
      name: 'native',
      arithmetic: { instructionSet: 'avx2', threads: 8 },
      setThreads: (count: number) => given.push(count),
    } as unknown as Engine;
    requireSameArithmetic(ranks, native, undefined);
    requireSameArithmetic(ranks, native, 5);
    expect(given).toEqual([4]);
    const other = { ...two, gather: (mine: Uint8Array) => [mine, Buffer.from('avx512')] };
    expect(() => requireSameArithmetic({ ...ranks, collective: other }, native, undefined)).toThrow(
      'avx2 on process 0, avx512 on process 1. Set MULTVAE_ISA to one that all have',
    );
  });
});
