/** The choice of a backend where this package's own does not load. */

import { createRequire } from 'node:module';
import { afterEach, expect, it, vi } from 'vitest';
import { ArgumentError } from '../errors.js';
import { oneLine } from './engine.js';
import { requireModuleFile } from './javascript.js';
import { checkInstructionSet, refusedInstructionSet } from './native/instruction-set.js';

/** The choice, where `native` fails with an error of this package. */
async function choiceWithout(
  name: 'BackendError' | 'ArgumentError',
  message: string,
): Promise<typeof import('./select.js')> {
  vi.resetModules();
  const error = new (await import('../errors.js'))[name](message);
  vi.doMock('./native/engine.js', () => ({ loadNative: () => Promise.reject(error) }));
  // TensorFlow, where it is installed, is no slower backend.
  vi.doMock('./tensorflow.js', () => ({
    isTensorflowInstalled: () => false,
    loadTensorflow: () => Promise.reject(new Error('is not installed')),
  }));
  return import('./select.js');
}

afterEach(() => {
  vi.doUnmock('./native/engine.js');
  vi.doUnmock('./tensorflow.js');
  vi.unstubAllEnvs();
});

it('says why a slower backend computes, unless it was asked for', async () => {
  const { openEngine } = await choiceWithout('BackendError', 'libm.so is\n  too old');
  const remarks: string[] = [];
  const onRemark = (text: string) => remarks.push(text);
  expect((await openEngine('cpu', { onRemark })).name).toBe('cpu');
  expect(remarks).toEqual([]);
  const { name } = await openEngine(undefined, { onRemark });
  expect(remarks).toContain(
    `computing on ${name}, which is many times slower, as native does not load: libm.so is too old`,
  );
});

it('refuses to fall back where a variable is wrong', async () => {
  const { openEngine, surveyBackends } = await choiceWithout('ArgumentError', 'MULTVAE_ISA is');
  const name = openEngine().then((engine) => engine.name);
  await expect(name).rejects.toThrow('MULTVAE_ISA is');
  await expect(name).rejects.toMatchObject({ exitCode: 2 });
  const survey = await surveyBackends();
  expect(survey.find(({ name }) => name === 'native')).toMatchObject({ why: 'MULTVAE_ISA is' });
  expect(survey.some(({ chosen }) => chosen)).toBe(false);
});

it('checks the name in MULTVAE_ISA on every backend', async () => {
  vi.stubEnv('MULTVAE_ISA', 'foo');
  const { openEngine } = await import('./select.js');
  const answer = openEngine('cpu').then(({ name }) => name);
  await expect(answer).rejects.toThrow(/MULTVAE_ISA is "foo"; give one of portable, avx2, /);
  await expect(answer).rejects.toMatchObject({ exitCode: 2 });
  for (const MULTVAE_ISA of [undefined, '', 'portable', 'neon'])
    expect(() => checkInstructionSet({ MULTVAE_ISA })).not.toThrow();
});

it('reads from the addon which instruction sets the processor has', () => {
  const message = 'MULTVAE_ISA: this processor has no neon; it has avx2, portable';
  const error = Object.assign(new Error(message), { code: 'E_NATIVE_ARGUMENT' });
  const refused = refusedInstructionSet(error);
  expect(refused).toBeInstanceOf(ArgumentError);
  expect(refused?.message).toBe(
    'MULTVAE_ISA is "neon", which this processor lacks; give one of avx2, portable, or unset it for the best',
  );
  expect(refusedInstructionSet(new Error(message))).toBeNull();
});

it('puts the error of a package into one line', () => {
  const error = new Error("Cannot find module 'x'\nRequire stack:\n- /a.js\n- /b.js");
  expect(oneLine(error)).toBe("Cannot find module 'x'");
  expect(oneLine(new Error("The module 'y'\nwas compiled against another.\n"))).toBe(
    "The module 'y' was compiled against another",
  );
});

it('says which file of the WebAssembly backend is missing', () => {
  const script = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  expect(() => requireModuleFile(script)).not.toThrow();
  expect(() => requireModuleFile('/nowhere/dist/script.js')).toThrow(
    /^\/nowhere\/dist\/tfjs-backend-wasm-simd\.wasm is missing; `npm install @tensorflow/,
  );
});
