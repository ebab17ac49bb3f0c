/** Short names for runs in tables and charts. */
import type { StoredRun } from '../runs/format.js';

/**
 * Labels runs: with the name of the model, and the hyper-parameters in which runs of the same model differ. Runs that
 * differ in none get the end of their id.
 *
 * @returns one label a run, in their order, all different
 */
export function runLabels(runs: readonly Pick<StoredRun, 'id' | 'config'>[]): string[] {
  const labels = runs.map(({ config }) => {
    const alike = runs.filter((run) => run.config.model === config.model);
    const differing = Object.entries(config).filter(([name, value]) =>
      alike.some((run) => JSON.stringify(settingOf(run.config, name)) !== JSON.stringify(value)),
    );
    return [
      config.model,
      ...differing.map(([name, value]) => `${name} ${settingText(value)}`),
    ].join(', ');
  });
  return labels.map((label, r) =>
    labels.indexOf(label) === labels.lastIndexOf(label)
      ? label
      : `${label}, ${runs[r]!.id.slice(-4)}`,
  );
}

function settingOf(config: object, name: string): unknown {
  return Object.entries(config).find(([key]) => key === name)?.[1];
}

function settingText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
