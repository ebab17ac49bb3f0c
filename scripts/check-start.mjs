/**
 * Checks `npm start` as a user runs it, first with a new home and then with the same home again.
 *
 * It waits for the printed address, requests a recommendation, sends SIGTERM to npm's own process, and checks that npm
 * exits with 0 and leaves no process behind.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const home = mkdtempSync(join(tmpdir(), 'multvae-start-'));

/** Ids of all processes that npm started, directly or not: their environment names our home. */
function ours() {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`MULTVAE_HOME=${home}`);
      } catch {
        return false; // the process has ended, or belongs to another user
      }
    });
}

async function startAndStop(label) {
  const began = performance.now();
  const npm = spawn('npm', ['start'], {
    env: { ...process.env, MULTVAE_HOME: home, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise((resolve) =>
    npm.on('exit', (code, signal) => resolve({ code, signal })),
  );
  let output = '';
  const request = await new Promise((resolve, reject) => {
    npm.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      output += chunk;
      const curl = /curl (?:-s )?'?(http:\/\/127\.0\.0\.1:\d+\/recommend\/\S+?)'?\s/.exec(output);
      if (curl) resolve(curl[1]);
    });
    void exit.then(({ code }) =>
      reject(new Error(`npm start ended with ${code} before it served`)),
    );
  });
  const seconds = (performance.now() - began) / 1000;

  const answer = await fetch(request);
  const body = await answer.json();
  if (answer.status !== 200 || body.items.length === 0 || body.source !== 'model') {
    throw new Error(`${request} answered ${answer.status}: ${JSON.stringify(body)}`);
  }
  const page = /^explore it at (\S+)$/m.exec(output)?.[1] ?? '';
  const explorer = await (await fetch(page)).text();
  if (!explorer.includes('<title>multvae explorer</title>')) {
    throw new Error(`${page} is not the explorer page: ${explorer.slice(0, 200)}`);
  }
  npm.kill('SIGTERM');
  const { code, signal } = await exit;
  if (code !== 0)
    throw new Error(`npm start ended with ${code ?? signal} after SIGTERM, not with 0`);
  const left = ours();
  if (left.length > 0) throw new Error(`processes left behind: ${left.join(', ')}`);
  console.log(
    `${label} npm start: served after ${seconds.toFixed(1)} s, drained and exited with 0`,
  );
}

try {
  await startAndStop('first');
  await startAndStop('second');
} finally {
  for (const pid of ours()) process.kill(Number(pid), 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
}
