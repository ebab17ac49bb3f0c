/** The addon in processes and worker threads. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { instructionSets } from '../../src/backend/native/operations.js';
import { isas, native, whySkipped } from './support.js';

const run = promisify(execFile);

/** Runs a program that finds the addon as `kernels`. */
async function inProcess(code: string, env: Record<string, string> = {}): Promise<string> {
  const program = `const kernels = require(${JSON.stringify(native.path)}); ${code}`;
  const { stdout } = await run(process.execPath, ['-e', program], {
    env: { ...process.env, ...env },
    timeout: 150_000,
  });
  return stdout.trim();
}

const work = `
  const n = 300, a = new Float32Array(n * n).fill(1), out = new Float32Array(n * n);
  const multiply = () => {
    kernels.multiply(out, a, a, n, n, n, false, false, 1, 1, 1, null, 0);
    if (out[5] !== n) throw new Error('wrong product ' + out[5]);
  };
  multiply();`;

describe.skipIf(whySkipped)(`the addon in a process ${whySkipped}`, () => {
  it('uses the instruction set that MULTVAE_ISA names', async () => {
    for (const isa of isas) {
      const code = `${work} console.log(kernels.info().isa)`;
      expect(await inProcess(code, { MULTVAE_ISA: isa })).toBe(isa);
    }
  });

  it('lists the instruction sets when MULTVAE_ISA names an unknown one', async () => {
    await expect(inProcess('', { MULTVAE_ISA: 'mmx' })).rejects.toThrow(
      /MULTVAE_ISA: "mmx" is not an instruction set; it must be one of .*portable/,
    );
    const missing = instructionSets.find((name) => !isas.includes(name))!;
    await expect(inProcess('', { MULTVAE_ISA: missing })).rejects.toThrow(
      `MULTVAE_ISA: this processor has no ${missing}; it has ${isas.join(', ')}`,
    );
  });

  it('ends while its threads sleep, right after work, and on process.exit', async () => {
    expect(
      await inProcess(`kernels.setThreads(4); ${work} setTimeout(() => console.log('end'), 30)`),
    ).toBe('end');
    expect(await inProcess(`kernels.setThreads(4); ${work} console.log('end')`)).toBe('end');
    expect(
      await inProcess(`kernels.setThreads(4); ${work} console.log('end'); process.exit()`),
    ).toBe('end');
  });

  it('computes in several worker threads at once, whichever ends first', async () => {
    const code = `
      const { Worker } = require('node:worker_threads');
      const program = ${JSON.stringify(`
        const kernels = require(require('node:worker_threads').workerData);
        ${work} for (let i = 0; i < 20; i++) multiply();`)};
      const start = () => new Promise((resolve, reject) =>
        new Worker(program, { eval: true, workerData: ${JSON.stringify(native.path)} })
          .on('error', reject).on('exit', resolve));
      kernels.setThreads(3);
      ${work}
      (async () => {
        const running = [start(), start(), start()];
        for (let i = 0; i < 20; i++) multiply();
        kernels.setThreads(2);
        multiply();
        await Promise.all(running);
        await start();
        multiply();
        console.log('end');
      })();`;
    expect(await inProcess(code)).toBe('end');
  });

  it('unloads with the only worker that used it', async () => {
    const program = `
      const { Worker } = require('node:worker_threads');
      const code = ${JSON.stringify(`
        const kernels = require(require('node:worker_threads').workerData);
        kernels.setThreads(4); ${work}`)};
      const start = () => new Promise((resolve) =>
        new Worker(code, { eval: true, workerData: ${JSON.stringify(native.path)} }).on('exit', resolve));
      start().then(start).then(() => setTimeout(() => console.log('end'), 50));`;
    const { stdout } = await run(process.execPath, ['-e', program], { timeout: 150_000 });
    expect(stdout.trim()).toBe('end');
  });
});
