/**
 * Where the replicas of a cluster test run: each in a network namespace of its own, joined to this machine by a virtual
 * cable that can be pulled; or, where the system does not allow that, all on 127.0.0.1.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** The port of every replica that has an address of its own. */
const port = 3000;

/** Removes the cables when stdin ends: when the test ends, and also when it is killed. The rest of the words are names. */
const watchdog = `
cat >/dev/null
for name in "$@"; do ip netns pids "$name" 2>/dev/null | xargs -r kill -9; ip netns del "$name" 2>/dev/null; ip link del "$name" 2>/dev/null; done
exit 0
`;

/** A place for one replica. */
export interface ReplicaPlace {
  /** Where HAProxy and the test reach it. */
  readonly host: string;
  readonly port: number;
  /** The address under which it reaches services of this machine. */
  readonly gateway: string;
  /** The words before a command that is to run there. */
  readonly prefix: readonly string[];
}

export interface ClusterNetwork {
  readonly kind: 'namespaces' | 'ports';
  /** Why replicas have no namespaces; null where they have. */
  readonly reason: string | null;
  readonly places: readonly ReplicaPlace[];
  /** The addresses of the replicas, for PostgreSQL's rules of access. */
  readonly subnet: string | null;
  /** Pulls the cable of a replica, or plugs it in; with ports it stops the replica's process, or lets it go on. */
  setCable(index: number, isPlugged: boolean, process: ChildProcess | null): void;
  close(): Promise<void>;
}

/** @param ports - free ports, for the case that there are no namespaces */
export function openNetwork(ports: readonly number[]): ClusterNetwork {
  const reason = whyNoNamespaces();
  return reason === null ? namespaces(ports.length) : onPorts(ports, reason);
}

function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  const name = `mv${process.pid}try`;
  const made = ip('netns', 'add', name);
  if (made !== null) return `no network namespaces: ${made}`;
  const cable = ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  ip('netns', 'del', name);
  return cable === null ? null : `no virtual cables: ${cable}`;
}

function namespaces(count: number): ClusterNetwork {
  // Private addresses that hardly any network uses; several tests may run beside each other.
  const net = `10.${180 + (process.pid % 60)}.${process.pid % 250}`;
  const names = Array.from({ length: count }, (_, k) => `mv${process.pid}r${k}`);
  const guard = spawn('sh', ['-c', watchdog, 'multvae-cluster', ...names], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  const places = names.map((name, k): ReplicaPlace => {
    const gateway = `${net}.${4 * k + 1}`;
    const host = `${net}.${4 * k + 2}`;
    const steps = [
      ['netns', 'add', name],
      ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name],
      ['addr', 'add', `${gateway}/30`, 'dev', name],
      ['link', 'set', name, 'up'],
      ['-n', name, 'addr', 'add', `${host}/30`, 'dev', 'eth0'],
      ['-n', name, 'link', 'set', 'eth0', 'up'],
      ['-n', name, 'link', 'set', 'lo', 'up'],
    ];
    for (const words of steps) {
      const failure = ip(...words);
      if (failure !== null) throw new Error(`ip ${words.join(' ')}: ${failure}`);
    }
    return { host, port, gateway, prefix: ['ip', 'netns', 'exec', name] };
  });
  return {
    kind: 'namespaces',
    reason: null,
    places,
    subnet: `${net}.0/24`,
    setCable: (index, isPlugged) => {
      const name = names[index]!;
      // A queue without room drops all packets in silence, as a cut between two machines does. A link that is down would be
      // noticed, and its packets would take another way.
      const queue = ['root', 'pfifo', 'limit', '0'];
      const failure = isPlugged
        ? (run('tc', 'qdisc', 'del', 'dev', name, 'root') ??
          run('tc', '-n', name, 'qdisc', 'del', 'dev', 'eth0', 'root'))
        : (run('tc', 'qdisc', 'replace', 'dev', name, ...queue) ??
          run('tc', '-n', name, 'qdisc', 'replace', 'dev', 'eth0', ...queue));
      if (failure !== null) throw new Error(failure);
    },
    close: async () => {
      guard.ref();
      const ended = once(guard, 'exit');
      guard.stdin!.end();
      await ended;
    },
  };
}

function onPorts(ports: readonly number[], reason: string): ClusterNetwork {
  const host = '127.0.0.1';
  return {
    kind: 'ports',
    reason,
    places: ports.map((own) => ({ host, port: own, gateway: host, prefix: [] })),
    subnet: null,
    setCable: (_index, isPlugged, process) => {
      process?.kill(isPlugged ? 'SIGCONT' : 'SIGSTOP');
    },
    close: async () => undefined,
  };
}

const ip = (...words: readonly string[]) => run('ip', ...words);

/** What a program says against it; null where it did it. */
function run(program: string, ...words: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? null : stderr.trim() || `exit ${status}`;
}
