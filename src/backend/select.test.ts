/** Choosing a backend, in a process and in a thread. */

import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors.js';
import { backendNames } from './engine.js';
import { backendForThread, openEngine, parseBackendName, surveyBackends } from './select.js';

describe('openEngine', () => {
  it('opens the backend that the survey calls chosen', async () => {
    const survey = await surveyBackends();
    expect(survey.map(({ name }) => name)).toEqual([...backendNames]);
    const chosen = survey.filter((report) => report.chosen);
    expect(chosen).toHaveLength(1);
    const engine = await openEngine();
    expect(engine.name).toBe(chosen[0]!.name);
    expect(engine.tf.getBackend()).toBe(engine.name);
  });

  it('says why a backend that is not here cannot be forced', async () => {
    const survey = await surveyBackends();
    for (const report of survey) {
      expect(report.why === null, report.name).toBe(report.chosen);
      const opened = openEngine(report.name);
      if (report.found) expect((await opened).name).toBe(report.name);
      else await expect(opened).rejects.toThrow(report.why!);
    }
  });

  it('always has the JavaScript backend', async () => {
    expect((await openEngine('cpu')).device).toBe('cpu');
  });

  it('refuses a name that is no backend', () => {
    expect(() => parseBackendName('cuda')).toThrow(ArgumentError);
    expect(() => parseBackendName('cuda')).toThrow(/tensorflow, webgpu, native, wasm, cpu/);
  });
});

describe('backendForThread', () => {
  it('keeps TensorFlow, and nothing else, where it is asked for', async () => {
    expect(await backendForThread('tensorflow')).toBeNull();
    expect(await backendForThread('cpu')).toEqual({ name: 'cpu' });
  });

  it('decides what the thread would only find out by loading TensorFlow', async () => {
    const survey = await surveyBackends();
    const chosen = survey.find((report) => report.chosen)!.name;
    const isThere = survey.some(({ name, found }) => name === 'tensorflow' && found);
    const expected = chosen === 'tensorflow' ? null : { name: isThere ? chosen : undefined };
    expect(await backendForThread()).toEqual(expected);
  });
});
