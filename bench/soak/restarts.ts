/** Soak test: a server that restarts under load. */

import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { RandomStream } from '../../src/random.js';
import { soakHome, users } from './home.js';
import { startServer } from './server.js';

const readers = 16;

/** The result of the restarts. */
export interface RestartsOutcome {
  readonly restarts: number;
  readonly answers: number;
  /** Answers that were cut off, were not JSON, or had another status than 200. */
  readonly broken: number;
  /** Requests on a kept-alive connection that the server closed before it accepted them. Clients repeat those. */
  readonly notTaken: number;
  /** Servers that exited with another code than 0. */
  readonly badExits: number;
}

/** Repeatedly ends a server with SIGTERM under load and starts it again on the same port. */
export async function restarts(count: number, seed = 1): Promise<RestartsOutcome> {
  const { home, remove } = await soakHome(1);
  const random = new RandomStream(seed, 'restarts');
  const port = await freePort();
  const agent = new Agent({ keepAlive: true, maxSockets: readers });
  let isOver = false;
  let answers = 0;
  let broken = 0;
  let notTaken = 0;
  let badExits = 0;
  const read = async (reader: number) => {
    for (let k = 0; !isOver; k++) {
      const user = (reader + k * readers) % users;
      const request = get(`http://127.0.0.1:${port}/recommend/${user}?n=50`, { agent });
      let message: IncomingMessage;
      try {
        [message] = (await once(request, 'response')) as [IncomingMessage];
      } catch (error) {
        // While no server listens, connections are refused.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') notTaken++;
        await delay(5);
        continue;
      }
      try {
        let text = '';
        for await (const chunk of message) text += chunk;
        JSON.parse(text);
        if (message.statusCode !== 200 || !message.complete) broken++;
        answers++;
      } catch {
        broken++;
      }
    }
  };
  const reading = Array.from({ length: readers }, (_, reader) => read(reader));
  for (let restart = 0; restart < count; restart++) {
    const server = await startServer(home, ['--port', String(port)]);
    // Waits for answers and not for time alone, so that there is work to drain on any machine.
    const enough = answers + readers;
    while (answers < enough && server.process.exitCode === null) await delay(1);
    await delay(random.integer(200));
    server.process.kill('SIGTERM');
    const [code] = await server.exited;
    if (code !== 0) badExits++;
  }
  isOver = true;
  await Promise.all(reading);
  agent.destroy();
  remove();
  return { restarts: count, answers, broken, notTaken, badExits };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
