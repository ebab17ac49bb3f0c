/** The environment variables of this package. */

/** Those of the program, then those of its tests and benchmarks. Each has its check where it is read. */
const variables = [
  'MULTVAE_HOME',
  'MULTVAE_STORE',
  'MULTVAE_API_KEYS',
  'MULTVAE_REDIS',
  'MULTVAE_ISA',
] as const;
const ofDevelopment = new Set([
  'MULTVAE_CHROMIUM',
  'MULTVAE_DATASETS',
  'MULTVAE_FUZZ_RUNS',
  'MULTVAE_POSTGRES_BIN',
  'MULTVAE_SERVER',
]);

/** Kubernetes sets these where a service is called multvae. */
const ofKubernetes = /^MULTVAE_(SERVICE_|PORT(_|$))/;

/** Remarks on each variable of another name, because a misspelt one changes nothing and says nothing. */
export function remarkUnknownVariables(
  env: NodeJS.ProcessEnv,
  onRemark: (text: string) => void,
): void {
  // The process that started this one has said it.
  if (env.NODE_UNIQUE_ID !== undefined) return;
  const known = new Set<string>(variables);
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('MULTVAE_') || known.has(name)) continue;
    if (ofDevelopment.has(name) || ofKubernetes.test(name)) continue;
    onRemark(
      `${name} is no variable of multvae and changes nothing; it has ${variables.join(', ')}`,
    );
  }
}
