/** HAProxy in front of the replicas of a cluster test, with the configuration of `deploy/`. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const shipped = fileURLToPath(new URL('../../../deploy/haproxy.cfg', import.meta.url));

/** Why there is no HAProxy; null where there is one. */
export function proxyMissing(): string | null {
  const { status, stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });
  if (status !== 0) return 'haproxy is not installed (on Debian: apt-get install haproxy)';
  const [, major = 0, minor = 0] = /version (\d+)\.(\d+)/.exec(stdout) ?? [];
  const isNew = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 6);
  return isNew ? null : `haproxy ${major}.${minor} is older than 2.6`;
}

/**
 * The shipped configuration with other servers and another port. Each answer names its replica in `X-Replica`, and each
 * retry is counted in it.
 */
export function proxyConfiguration(
  port: number,
  servers: readonly { readonly host: string; readonly port: number }[],
): string {
  let seen = 0;
  return readFileSync(shipped, 'utf8')
    .replace('bind :8080', `bind 127.0.0.1:${port}\n  http-response set-header X-Replica %s`)
    .replace(/(?:^ {2}server replica1(-alive)? .*\n)(?:^ {2}server .*\n)+/gm, (_, alive = '') => {
      seen++;
      return servers
        .map(({ host, port: own }, k) => {
          const looks = alive === '' ? 'check' : `track live/replica${k} backup`;
          return `  server replica${k}${alive} ${host}:${own} ${looks}\n`;
        })
        .join('');
    })
    .concat(
      seen === 3 ? '' : '# the shipped configuration has other backends than this test knows\nbad',
    );
}

export interface Proxy {
  readonly url: string;
  /** What it has logged: among other things, which server it found up or down. */
  log(): string;
  stop(): Promise<void>;
}

export async function startProxy(
  folder: string,
  port: number,
  servers: readonly { readonly host: string; readonly port: number }[],
): Promise<Proxy> {
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(path, proxyConfiguration(port, servers));
  const child: ChildProcess = spawn('haproxy', ['-db', '-f', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      out = (out + chunk).slice(-200_000);
    });
  }
  const exited = once(child, 'exit');
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`haproxy did not start:\n${out}`);
    await delay(50);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    log: () => out,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
