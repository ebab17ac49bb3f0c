/** What commands say where there is nothing to show, and `-` in place of a file. */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anomaliesCommand } from '../../src/cli/commands/anomalies.js';
import { compareCommand } from '../../src/cli/commands/compare.js';
import { doctorCommand } from '../../src/cli/commands/doctor.js';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { recommendCommand } from '../../src/cli/commands/recommend.js';
import { reportCommand } from '../../src/cli/commands/report.js';
import { runsCommand } from '../../src/cli/commands/runs.js';
import { sampleCommand } from '../../src/cli/commands/sample.js';
import { trainCommand } from '../../src/cli/commands/train.js';
import { tuneCommand } from '../../src/cli/commands/tune.js';
import { withoutJsonDash } from '../../src/cli/standard-streams.js';
import { importRatings } from '../../src/data/import.js';
import { ArgumentError, HomeError } from '../../src/errors.js';
import { openServing } from '../../src/home/serving.js';
import { runCommand } from '../fixtures/command.js';
import { type ServedHome, servedHome, servedItems } from '../fixtures/served-home.js';

let served: ServedHome;
beforeAll(async () => {
  served = await servedHome();
});
afterAll(() => served.close());

function run(command: Command, words: readonly string[], stdin?: string) {
  const home = words.includes('--home') ? [] : ['--home', served.home];
  return runCommand(command, [...words, ...home], stdin);
}

const onCpu = ['--backend', 'cpu'];
const recommend = (words: readonly string[], stdin?: string) =>
  run(recommendCommand(), [...words, ...onCpu], stdin);

describe('an empty list', () => {
  const left = servedItems - 14;
  it.each([
    [['--offset', '500'], `from place 501 on: ${left} items are left in all; give a lower --offs`],
    [['--min-year', '2500'], `none of the ${left} items that are left fits --min-year; choose`],
    [['--genre', 'War', '--max-year', '3'], 'fits --genre and --max-year; choose other values'],
    [
      Array.from({ length: servedItems }, (_, k) => ['--exclude', String(100 + k)]).flat(),
      `--exclude names all ${left} items that are left; name fewer`,
    ],
  ])('of recommend says why, and what to do: %j', async (words, sentence) => {
    const { out, err } = await recommend(['1', ...words]);
    expect(out).toBe('');
    expect(err).toContain(`nothing to recommend to 1${sentence.startsWith('from') ? ' ' : ': '}`);
    expect(err).toContain(sentence);
    const json = await recommend(['1', ...words, '--json']);
    expect(JSON.parse(json.out).items).toEqual([]);
    expect(json.err).toBe(err);
  });

  it('of recommend names a user who has rated everything', async () => {
    const ratings = Array.from({ length: servedItems }, (_, k) => `all,${100 + k},5`);
    const file = join(served.home, '..', 'all.csv');
    writeFileSync(file, ['userId,movieId,rating', ...ratings].join('\n'));
    await importRatings(served.home, file, { append: true });
    const { out, err } = await recommend(['all']);
    expect(out).toBe('');
    expect(err).toMatch(
      /this user has rated all 60 items that mult-vae-\S+ knows; import more items, and train again/,
    );
  });

  it('is none where the bounds exclude every year', async () => {
    const answer = recommend(['1', '--min-year', '2000', '--max-year', '1990']);
    await expect(answer).rejects.toThrow(ArgumentError);
    await expect(answer).rejects.toThrow(/--min-year is 2000 and --max-year is 1990/);
  });

  it('of anomalies and runs says so', async () => {
    const other = join(served.home, '..', 'other');
    const file = join(served.home, '..', 'other.csv');
    writeFileSync(file, ['userId,movieId,rating', 'u,x,5', 'u,y,5'].join('\n'));
    await importRatings(other, file);
    const runs = await run(runsCommand(), ['--home', other, '--json']);
    expect(runs.out).toBe('[]\n');
    expect(runs.err).toBe(
      `there are no runs in ${other}; \`multvae train --home ${other}\` makes one\n`,
    );
    const foreign = join(served.home, '..', 'foreign');
    await importRatings(foreign, file);
    cpSync(join(served.home, 'runs'), join(foreign, 'runs'), { recursive: true });
    const anomalies = await run(anomaliesCommand(), ['--home', foreign, ...onCpu]);
    expect(anomalies.out).toBe('');
    expect(anomalies.err).toMatch(
      /there is nobody to judge: no user of \S+foreign with enough clicks/,
    );
  });
});

describe('- for standard input', () => {
  it('of recommend answers for each line', async () => {
    const { out, err } = await recommend(['-', '-n', '1'], '1\r\n\n 2 \nnobody');
    expect(out.split('\n').map((line) => line.split(/ {2,}|\. /)[0])).toEqual([
      '1',
      'title',
      '1',
      '',
      '2',
      'title',
      '1',
      '',
      'nobody',
      'title',
      '1',
      '',
    ]);
    expect(err).toMatch(/no click of user nobody decided/);
    const json = await recommend(['-', '-n', '1', '--json'], '1\n2\n');
    const users = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).userId);
    expect(users).toEqual(['1', '2']);
    expect(await recommend(['-'], '\n')).toEqual({
      out: '',
      err: 'standard input holds no user id; give one a line\n',
    });
  });

  it('of recommend goes on after a user without an answer, and fails at the end', async () => {
    const before = process.exitCode;
    try {
      const { out, err } = await recommend(
        ['-', '-n', '1', '--json', '--fallback', 'none'],
        'nobody\n1\n',
      );
      expect(JSON.parse(out).userId).toBe('1');
      expect(err).toMatch(/^no answer for nobody: no user "nobody" is stored/);
      expect(process.exitCode).toBe(3);
    } finally {
      process.exitCode = before;
    }
  });

  it('of train and tune is the config', async () => {
    for (const command of [trainCommand, tuneCommand]) {
      const answer = run(command(), ['--config', '-'], '{ "epoch": 3 }');
      await expect(answer).rejects.toThrow(/epoch/);
      await expect(run(command(), ['--config', '-'], 'x')).rejects.toThrow(
        /--config - .* is not JSON/,
      );
    }
  });
});

describe('- for standard output', () => {
  it('holds the JSON alone, and the table goes to stderr', async () => {
    const { out, err } = await run(evaluateCommand(), [...onCpu, '--json', '-']);
    expect(JSON.parse(out)).toMatchObject({ split: 'test', users: 8 });
    expect(err).toMatch(/ndcg@100 +0\.\d{4} ±/);
    const perUser = await run(evaluateCommand(), [...onCpu, '--per-user', '-']);
    expect(
      perUser.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toHaveLength(16);
    const compared = await run(compareCommand(), [
      served.runs['mult-vae'],
      ...onCpu,
      '--json',
      '-',
    ]);
    expect(JSON.parse(compared.out)).toMatchObject({ split: 'test', users: 8 });
    const page = await run(reportCommand(), [served.runs['mult-vae'], ...onCpu, '-o', '-']);
    expect(page.out).toMatch(/^<!doctype html>.*<\/html>\s*$/is);
  });

  it('of tune is the configuration', async () => {
    const sets = ['epochs=1', 'hiddenDims=[4]', 'latentDim=2'].flatMap((set) => ['--set', set]);
    const words = [...onCpu, '--trials', '1', '--heldout-users', '4', ...sets];
    const { out, err } = await run(tuneCommand(), [...words, '-o', '-']);
    expect(JSON.parse(out)).toMatchObject({ model: 'mult-vae', latentDim: 2 });
    expect(err).toMatch(/NDCG@100/);
  });

  it('is there once', async () => {
    const twice = run(evaluateCommand(), [...onCpu, '--json', '-', '--per-user', '-']);
    await expect(twice).rejects.toThrow(/--json and --per-user are both -/);
    await expect(run(tuneCommand(), ['-o', '-', '--json'])).rejects.toThrow(ArgumentError);
  });

  it.each([
    [
      ['sample', '--json', '-', '-n', '2'],
      ['sample', '--json', '-n', '2'],
    ],
    [
      ['runs', '--json', '-'],
      ['runs', '--json'],
    ],
    [
      ['doctor', '--json', '-'],
      ['doctor', '--json'],
    ],
    [
      ['recommend', '--json', '-'],
      ['recommend', '--json', '-'],
    ],
    [
      ['evaluate', '--json', '-'],
      ['evaluate', '--json', '-'],
    ],
    [
      ['sample', '-'],
      ['sample', '-'],
    ],
    [
      ['bogus', '--json', '-'],
      ['bogus', '--json', '-'],
    ],
    [[], []],
  ])('after a --json without a value is left out: %j', (words, expected) => {
    const commands = [sampleCommand, runsCommand, doctorCommand, recommendCommand, evaluateCommand];
    expect(
      withoutJsonDash(
        words,
        commands.map((command) => command()),
      ),
    ).toEqual(expected);
  });
});

/** A copy of the runs and the data of the served home, changed. */
async function changedHome(name: string, change: (home: string) => void): Promise<string> {
  const home = join(served.home, '..', name);
  await importRatings(home, join(served.home, '..', 'ratings.csv'));
  cpSync(join(served.home, 'runs'), join(home, 'runs'), { recursive: true });
  change(home);
  return home;
}

describe('the state of a home', () => {
  const unfinished = 'mult-vae-20260101-000000-aaaa';
  const doctor = async (home: string) => {
    const { out } = await run(doctorCommand(), ['--home', home, '--json']);
    const { findings } = JSON.parse(out) as {
      findings: { name: string; ok: boolean; state: string }[];
    };
    return Object.fromEntries(findings.map(({ name, ok, state }) => [name, { ok, state }]));
  };

  it('is told in full by doctor', async () => {
    const active = served.runs['mult-vae'];
    const good = await doctor(served.home);
    expect(good.home).toMatchObject({
      ok: true,
      state: expect.stringMatching(/ ratings of \d+ users/),
    });
    expect(good['active run']).toEqual({ ok: true, state: `${active}, whole` });
    expect(Object.values(good).every(({ state }) => state.length > 3)).toBe(true);

    const none = join(served.home, '..', 'nowhere');
    const empty = await doctor(none);
    expect(empty.home?.state).toMatch(
      /import one first, for example `multvae import sample --home /,
    );
    expect(empty.runs).toMatchObject({
      ok: false,
      state: expect.stringMatching(/none is published/),
    });

    const damaged = await changedHome('damaged', (home) => {
      mkdirSync(join(home, 'runs', `.pending-${unfinished}`));
      const weights = join(home, 'runs', active, 'weights.safetensors');
      writeFileSync(weights, readFileSync(weights).fill(0, 200, 220));
      const file = join(home, 'multvae.db');
      const pages = readFileSync(file);
      writeFileSync(file, pages.fill(255, 5 * 4096, 6 * 4096));
    });
    const found = await doctor(damaged);
    expect(found.home).toMatchObject({
      ok: false,
      state: expect.stringMatching(/is damaged; restore/),
    });
    expect(found['active run']).toMatchObject({
      ok: false,
      state: expect.stringMatching(/weights/),
    });
    expect(found.unfinished?.state).toMatch(
      new RegExp(`${unfinished} has no checkpoint.*multvae remove ${unfinished} --home`),
    );
  });

  it('is told by runs: what cannot go on, and that none is active', async () => {
    const home = await changedHome('inactive', (home) => {
      mkdirSync(join(home, 'runs', `.pending-${unfinished}`));
      rmSync(join(home, 'runs', 'active'));
    });
    const { err } = await run(runsCommand(), ['--home', home]);
    expect(err).toContain(
      `${unfinished} is not finished; it has no checkpoint to go on from, \`multvae rem`,
    );
    expect(err).toContain(`no run is active; \`multvae activate RUN --home ${home}\` chooses`);
    const { findings } = JSON.parse((await run(doctorCommand(), ['--home', home, '--json'])).out);
    expect(findings).toContainEqual(
      expect.objectContaining({
        name: 'active run',
        ok: false,
        state: expect.stringMatching(/^none; /),
      }),
    );
  });

  it('is told where the active run is gone', async () => {
    const gone = 'mult-vae-20200101-000000-abcd';
    const home = await changedHome('gone', (home) => {
      writeFileSync(join(home, 'runs', 'active'), `${gone}\n`);
    });
    const sentence = new RegExp(
      `the active run ${gone} is not in \\S+: it was deleted, or not copied`,
    );
    await expect(run(evaluateCommand(), ['--home', home, ...onCpu])).rejects.toThrow(sentence);
    await expect(openServing(home, { backend: 'cpu' })).rejects.toThrow(sentence);
    const unknown = run(evaluateCommand(), [gone, '--home', home, ...onCpu]);
    await expect(unknown).rejects.toThrow(/there is no run/);
  });

  it('is refused where the home is a file', async () => {
    const file = join(served.home, '..', 'ratings.csv');
    for (const command of [runsCommand, doctorCommand, evaluateCommand]) {
      const answer = run(command(), ['--home', file]);
      await expect(answer).rejects.toThrow(HomeError);
      await expect(answer).rejects.toThrow(/is a file, not a folder; choose another folder/);
    }
  });
});
