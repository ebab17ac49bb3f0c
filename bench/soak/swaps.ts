/** Soak test: switching the served model under load. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { soakHome, users } from './home.js';
import { startServer } from './server.js';

const readers = 16;

/** The result of the swaps. */
export interface SwapsOutcome {
  readonly swaps: number;
  /** Refused activations of a corrupt run; all must be refused. */
  readonly refused: number;
  readonly requests: number;
  /** Requests refused because the server was overloaded. */
  readonly shed: number;
  /** Answers to readers other than 200, and activations with an unexpected result. */
  readonly errors: number;
  readonly examples: readonly string[];
  /** Lists that differ from those of the model that they name. */
  readonly mixed: number;
}

/** Switches the served model under load. Every tenth run is corrupt. */
export async function swaps(count: number): Promise<SwapsOutcome> {
  const { home, runs, remove } = await soakHome(3);
  const corrupt = `${runs[2]}-corrupt`.replace(/-[0-9a-f]{5}-corrupt$/, '-dead');
  cpSync(join(home, 'runs', runs[2]!), join(home, 'runs', corrupt), { recursive: true });
  const weights = join(home, 'runs', corrupt, 'weights.safetensors');
  const bytes = readFileSync(weights);
  bytes[bytes.length - 5]! ^= 0x40;
  writeFileSync(weights, bytes);

  const server = await startServer(home);
  const ask = async (user: number, run = '') => {
    const response = await fetch(`${server.url}/recommend/${user}?n=20${run && `&run=${run}`}`);
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const expected = new Map<string, unknown>();
  for (const run of runs) {
    for (let user = 0; user < users; user++) {
      expected.set(`${run} ${user}`, (await ask(user, run)).body.items);
    }
  }
  const examples: string[] = [];
  const fail = (what: string) => {
    errors++;
    examples.push(what);
  };
  let isOver = false;
  let requests = 0;
  let errors = 0;
  let mixed = 0;
  let refused = 0;
  let shed = 0;
  const read = async (reader: number) => {
    for (let k = 0; !isOver; k++) {
      const user = (reader + k * readers) % users;
      const { status, body } = await ask(user);
      requests++;
      if (status === 503 && body.code === 'E_OVERLOAD') shed++;
      else if (status !== 200) fail(`${status} ${JSON.stringify(body)}`);
      else if (!isDeepStrictEqual(body.items, expected.get(`${body.modelVersion} ${user}`)))
        mixed++;
    }
  };
  const reading = Array.from({ length: readers }, (_, reader) => read(reader));
  for (let swap = 0; swap < count; swap++) {
    const isBad = swap % 10 === 9;
    const run = isBad ? corrupt : runs[swap % runs.length]!;
    const response = await fetch(`${server.url}/models/${run}/activate`, { method: 'POST' });
    const body = (await response.json()) as { active?: string };
    if (isBad && response.status === 409) refused++;
    else if (isBad || response.status !== 200 || body.active !== run) {
      fail(`activate ${run}: ${response.status} ${JSON.stringify(body)}`);
    }
  }
  isOver = true;
  await Promise.all(reading);
  server.process.kill('SIGTERM');
  const [code] = await server.exited;
  remove();
  if (code !== 0) fail(`exit ${code}`);
  return { swaps: count, refused, requests, shed, errors, examples: examples.slice(0, 5), mixed };
}

interface Answer {
  readonly code?: string;
  readonly modelVersion: string;
  readonly items: unknown;
}
