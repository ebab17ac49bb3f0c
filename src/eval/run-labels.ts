import type { StoredRun } from '../runs/format.js';

/**
 * Short names that tell runs apart: the model's, and where several runs are of one model, the hyper-parameters
 * in which these differ; where they differ in none, the end of the run's id.
 *
 * @returns in the order of the runs, each different
 */
export function runLabels(runs: readonly Pick<StoredRun, 'id' | 'config'>[]): string[] {
  const labels = runs.map(({ config }) => {
    const alike = runs.filter((run) => run.config.model === config.model);
    const differing = Object.entries(config).filter(([name, value]) =>
      alike.some((run) => JSON.stringify(settingOf(run.config, name)) !== JSON.stringify(value)),
    );
    return [config.model, ...differing.map(([name, value]) => `${name} ${shown(value)}`)].join(
      ', ',
    );
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

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
