/** A run of other data than the home holds: every door says so, in one sentence. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { createLogger } from '../../src/api/request-log.js';
import { activateCommand } from '../../src/cli/commands/activate.js';
import { anomaliesCommand } from '../../src/cli/commands/anomalies.js';
import { compareCommand } from '../../src/cli/commands/compare.js';
import { doctorCommand } from '../../src/cli/commands/doctor.js';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { recommendCommand } from '../../src/cli/commands/recommend.js';
import { reportCommand } from '../../src/cli/commands/report.js';
import { rollbackCommand } from '../../src/cli/commands/rollback.js';
import { runsCommand } from '../../src/cli/commands/runs.js';
import { sampleCommand } from '../../src/cli/commands/sample.js';
import { trainCommand } from '../../src/cli/commands/train.js';
import { importRatings } from '../../src/data/import.js';
import { openServing } from '../../src/home/serving.js';
import { runCommand } from '../fixtures/command.js';

let folder: string;
let home: string;
let first: string;
let second: string;

/** Ratings of 40 users, each of whom likes every other item of a range. */
function ratings(name: string, firstItem: number): string {
  const lines = ['userId,movieId,rating'];
  for (let user = 1; user <= 40; user++) {
    for (let k = 0; k < 10; k++) lines.push(`${user},${firstItem + ((user * 3 + k * 2) % 30)},5`);
  }
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function run(command: () => Command, ...words: string[]): Promise<{ out: string; err: string }> {
  return runCommand(command(), [...words, '--home', home]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-other-data-'));
  home = join(folder, 'home');
  await importRatings(home, ratings('first.csv', 100), { name: 'first' });
  const train = async (seed: string) => {
    const small = '--set epochs=1 --set hiddenDims=[4] --set latentDim=2 --backend cpu'.split(' ');
    return (await run(trainCommand, ...small, '--seed', seed)).out.trim();
  };
  first = await train('1');
  second = await train('2');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What each command says on stderr (doctor: on stdout). */
async function said(): Promise<Record<string, string>> {
  const cpu = ['--backend', 'cpu'];
  const page = join(folder, 'report.html');
  const words: [string, () => Command, ...string[]][] = [
    ['evaluate', evaluateCommand, ...cpu],
    ['compare', compareCommand, first, second, ...cpu],
    ['report', reportCommand, second, '-o', page, ...cpu],
    ['recommend', recommendCommand, '1', ...cpu],
    ['recommend --run', recommendCommand, '1', '--run', first, ...cpu],
    ['anomalies', anomaliesCommand, ...cpu],
    ['sample', sampleCommand, ...cpu],
    ['runs', runsCommand],
    ['activate', activateCommand, first],
    ['rollback', rollbackCommand],
    ['doctor', doctorCommand],
  ];
  const answers: Record<string, string> = {};
  for (const [name, command, ...rest] of words) {
    const { out, err } = await run(command, ...rest);
    answers[name] = name === 'doctor' ? out : err;
  }
  return answers;
}

const sentence = (id: string, now: string) =>
  new RegExp(
    `run ${id} was trained on first \\([0-9a-f]{12}…\\), and the home holds other data now: ${now} \\([0-9a-f]{12}…\\)\\. Train a run of the present data`,
  );

describe('a run of other data', () => {
  it('is not remarked on while the data are those of the run, or grew from them', async () => {
    for (const text of Object.values(await said())) expect(text).not.toMatch(/holds other data/);
    await importRatings(home, ratings('more.csv', 105), { append: true });
    for (const text of Object.values(await said())) expect(text).not.toMatch(/holds other data/);
  });

  it('is remarked on by every command, the server and its routes, once the data were replaced', async () => {
    const remarks: string[] = [];
    const serving = await openServing(home, {
      backend: 'cpu',
      onRemark: (text) => remarks.push(text),
    });
    const app = createApp({ ...serving, home, logger: createLogger('silent') });
    try {
      expect((await request(app).get('/health/ready').expect(200)).body).toEqual({
        status: 'ready',
        modelVersion: second,
      });
      expect((await request(app).get('/models')).body.models[0].remark).toBeNull();
      expect(remarks).toEqual([]);

      await importRatings(home, ratings('second.csv', 500), { replace: true, name: 'second' });
      // A server that runs says so by itself.
      await vi.waitFor(() => expect(remarks[0]).toMatch(sentence(second, 'second')), 60_000);
      const { body } = await request(app).get('/health/ready').expect(200);
      expect(body.remarks).toEqual([expect.stringMatching(sentence(second, 'second'))]);
      const listed = await request(app).get('/models').expect(200);
      for (const { run, remark } of listed.body.models) {
        expect(remark).toMatch(sentence(run, 'second'));
      }
      const detail = await request(app).get(`/models/${first}`).expect(200);
      expect(detail.body.remark).toMatch(sentence(first, 'second'));
      const activated = await request(app).post(`/models/${first}/activate`).expect(200);
      expect(activated.body.remark).toMatch(sentence(first, 'second'));
      const back = await request(app).post('/models/rollback').expect(200);
      expect(back.body.remark).toMatch(sentence(second, 'second'));
      expect(remarks.at(-1)).toMatch(sentence(first, 'second'));
      expect(remarks).toHaveLength(2);
    } finally {
      await serving.close();
    }
    const answers = await said();
    const of = { 'recommend --run': first, activate: first };
    for (const [name, text] of Object.entries(answers)) {
      expect(text, name).toMatch(
        sentence((of as Record<string, string>)[name] ?? second, 'second'),
      );
    }
    expect(answers.compare).toMatch(sentence(first, 'second'));
    expect(answers.runs).toMatch(sentence(first, 'second'));
    const opened: string[] = [];
    const again = await openServing(home, {
      backend: 'cpu',
      onRemark: (text) => opened.push(text),
    });
    await again.close();
    expect(opened).toEqual([expect.stringMatching(sentence(second, 'second'))]);
  });
});
