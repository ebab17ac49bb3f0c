/** The program's help, arguments and exit codes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchCommand } from '../../src/cli/commands/fetch.js';
import { generateCommand } from '../../src/cli/commands/generate.js';
import { importCommand } from '../../src/cli/commands/import.js';
import { runsCommand } from '../../src/cli/commands/runs.js';
import { serveCommand } from '../../src/cli/commands/serve.js';
import { splitCommand } from '../../src/cli/commands/split.js';
import { trainCommand } from '../../src/cli/commands/train.js';
import { importRatings } from '../../src/data/import.js';
import { ArgumentError, ConfigError, HomeError } from '../../src/errors.js';
import { checkerboard } from '../fixtures/checkerboard.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** An instruction set of other processors. */
const foreignIsa = process.arch === 'arm64' ? 'avx2' : 'neon';
let folder: string;
let home: string;
let file: string;

function start(words: string[], env: NodeJS.ProcessEnv = {}) {
  return spawn(process.execPath, [main, ...words], {
    env: { ...process.env, MULTVAE_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the whole program, as a script would. */
async function multvae(words: string[], env?: NodeJS.ProcessEnv) {
  const child = start(words, env);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-command-line-'));
  home = join(folder, 'home');
  file = join(folder, 'ratings.csv');
  const clicks = checkerboard(60, 30, 8, 1);
  const lines = ['userId,movieId,rating'];
  for (let u = 0; u < clicks.rows; u++) {
    for (const item of clicks.row(u)) lines.push(`${u + 1},m${item},5`);
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
  await importRatings(home, file);
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the program', () => {
  it('ends with the documented code, results on stdout and one sentence on stderr', async () => {
    const answers = [
      [await multvae(['datasets']), 0, /sample/, /^$/],
      [await multvae(['bogus']), 2, /^$/, /unknown command 'bogus'/],
      [await multvae(['serve'], { PORT: 'abc' }), 2, /^$/, /--port \(or PORT\) is "abc"; give an/],
      [await multvae(['serve']), 3, /^$/, /no run is active in .*train one with/],
      [
        await multvae(['train'], { MULTVAE_ISA: foreignIsa }),
        2,
        /^$/,
        /MULTVAE_ISA is "\w+", which this processor lacks; give one of .*portable/,
      ],
    ] as const;
    for (const [{ code, out, err }, expected, stdout, stderr] of answers) {
      expect(code).toBe(expected);
      expect(out).toMatch(stdout);
      expect(err).toMatch(stderr);
      expect(err).not.toMatch(/^ {4}at /m);
    }
  });

  it('exits cleanly when the reader of stdout leaves early', async () => {
    const child = start(['datasets']);
    child.stdout.destroy();
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    expect([...(await once(child, 'close')), err]).toEqual([0, null, '']);
  });
});

describe('arguments', () => {
  const refused: readonly (readonly [() => Command, string, RegExp])[] = [
    [runsCommand, '--home=', /--home \(or MULTVAE_HOME\) is empty; give a folder/],
    [serveCommand, '--host=', /--host is empty; give an address/],
    [splitCommand, '--out x --threshold 0x4', /--threshold is "0x4"; give a number/],
    [splitCommand, '--out=', /--out is empty; give a folder/],
    [generateCommand, '--shape 20x20x150 --out=', /--out is empty; give a folder/],
    [trainCommand, '--config=', /--config is empty; give a file/],
    [trainCommand, '--resume=', /--resume is empty; give the id of a run/],
    [fetchCommand, 'ml-1m --mirror=', /--mirror is empty; give an http/],
    [splitCommand, '--home HOME --heldout-users 5 --out FILE', /the files cannot be written to /],
    [generateCommand, '--shape 20x20x150 --out FILE', /--out .*ratings\.csv: .*cannot be made/],
    [generateCommand, '--shape 20x20x150 --out FOLDER', /the folder is not empty/],
  ];
  it.each(refused)('%o %s', async (command, text, sentence) => {
    const places: Record<string, string> = { HOME: home, FILE: file, FOLDER: folder };
    const words = text.split(' ').map((word) => places[word] ?? word);
    const answer = command().parseAsync(words, { from: 'user' });
    await expect(answer).rejects.toThrow(ArgumentError);
    await expect(answer).rejects.toThrow(sentence);
  });

  it('says why a configuration file cannot be read', async () => {
    const answer = trainCommand().parseAsync(['--config', 'NOWHERE'], { from: 'user' });
    await expect(answer).rejects.toThrow(ConfigError);
    await expect(answer).rejects.toThrow(/--config NOWHERE cannot be read: there is no such file/);
  });

  it.each(['dangling', 'dangling/home', 'ratings.csv', 'ratings.csv/home'])(
    'refuses the home %s, which cannot be made',
    async (name) => {
      const flags = ['--home', join(folder, name)];
      const answers = [
        importCommand().parseAsync([file, ...flags], { from: 'user' }),
        fetchCommand().parseAsync(['ml-1m', '--mirror', 'http://127.0.0.1:1', ...flags], {
          from: 'user',
        }),
      ];
      for (const answer of await Promise.allSettled(answers)) {
        expect(answer).toMatchObject({ reason: expect.any(HomeError) });
        expect(answer).toMatchObject({
          reason: {
            message: expect.stringMatching(
              /(cannot be made: .*|is a file, not a folder;).*another folder with --home/,
            ),
          },
        });
      }
    },
  );
});
