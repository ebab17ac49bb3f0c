/** The listening server: draining, addresses and message classes. */

import { once } from 'node:events';
import {
  Agent,
  get,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AddressError } from '../errors.js';
import { expressMessages } from './express-speed.js';
import { listen } from './server.js';

/** A server whose answers wait for `answerAll`. */
async function slowServer() {
  const waiting: (() => void)[] = [];
  let arrived: () => void = () => undefined;
  const handler: RequestListener = (_request, response) => {
    waiting.push(() => response.end('done'));
    arrived();
  };
  const server = await listen(handler, { host: '127.0.0.1', port: 0 });
  return {
    server,
    nextRequest: () =>
      new Promise<void>((resolve) => {
        arrived = resolve;
      }),
    answerAll: () => {
      for (const answer of waiting.splice(0)) answer();
    },
  };
}

async function fetchText(
  url: string,
  agent: Agent,
): Promise<{ text: string; message: IncomingMessage }> {
  const [message] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of message) text += chunk;
  return { text, message };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('drain', () => {
  it('finishes requests under way and accepts no connection', async () => {
    const { server, nextRequest, answerAll } = await slowServer();
    const agent = new Agent({ keepAlive: true });
    const arrived = nextRequest();
    const answer = fetchText(server.url, agent);
    await arrived;
    let drained = false;
    const drain = server.drain(60_000).then((cut) => {
      drained = true;
      return cut;
    });
    await expect(fetchText(server.url, new Agent())).rejects.toThrow(/ECONNREFUSED/);
    expect(drained).toBe(false);
    answerAll();
    const { text, message } = await answer;
    expect(text).toBe('done');
    expect(message.headers.connection).toBe('close');
    expect(await drain).toBe(0);
    agent.destroy();
  });

  it('closes a kept-alive connection after an answer that has already started', async () => {
    let finish: () => void = () => undefined;
    const server = await listen(
      (_request, response) => {
        response.write('do');
        finish = () => response.end('ne');
      },
      { host: '127.0.0.1', port: 0 },
    );
    const agent = new Agent({ keepAlive: true });
    const [message] = (await once(get(server.url, { agent }), 'response')) as [IncomingMessage];
    expect(message.headers.connection).toBe('keep-alive');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const drain = server.drain(60_000);
    // Idle connections are closed then, but this one is not idle.
    vi.advanceTimersByTime(1000);
    finish();
    let text = '';
    for await (const chunk of message) text += chunk;
    expect(text).toBe('done');
    expect(await drain).toBe(0);
    agent.destroy();
  });

  it('closes idle connections soon, whether they were used or not', async () => {
    const { server, nextRequest, answerAll } = await slowServer();
    const agent = new Agent({ keepAlive: true });
    const arrived = nextRequest();
    const answer = fetchText(server.url, agent);
    await arrived;
    answerAll();
    await answer;
    const silent = connect(server.port, '127.0.0.1');
    await once(silent, 'connect');
    // A round trip of another connection: by then the server knows the silent one.
    const next = nextRequest();
    const other = fetchText(server.url, new Agent());
    await next;
    answerAll();
    await other;
    const closed = once(silent, 'close');
    expect(await server.drain(60_000)).toBe(0);
    await closed;
    agent.destroy();
  });

  it('answers a request that arrives just afterwards on an open connection, then closes it', async () => {
    const { server, nextRequest, answerAll } = await slowServer();
    const agent = new Agent({ keepAlive: true });
    for (const isDraining of [false, true]) {
      const drain = isDraining ? server.drain(60_000) : undefined;
      const arrived = nextRequest();
      const answer = fetchText(server.url, agent);
      await arrived;
      answerAll();
      const { text, message } = await answer;
      expect(text).toBe('done');
      expect(message.headers.connection).toBe(isDraining ? 'close' : 'keep-alive');
      if (drain) expect(await drain).toBe(0);
    }
    agent.destroy();
  });

  it('cuts connections that do not end in time', async () => {
    const { server, nextRequest } = await slowServer();
    const arrived = nextRequest();
    const answer = fetchText(server.url, new Agent());
    const failure = expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/);
    await arrived;
    expect(await server.drain(1)).toBe(1);
    await failure;
  });
});

describe('listen', () => {
  it('closes every response of a lost connection, pipelined ones too', async () => {
    const underWay = new Set<ServerResponse>();
    let came = 0;
    let sixCame = (): void => undefined;
    const server = await listen(
      (_request, response) => {
        underWay.add(response);
        response.once('close', () => underWay.delete(response));
        if (++came === 6) sixCame();
      },
      { host: '127.0.0.1', port: 0 },
    );
    const all = new Promise<void>((resolve) => {
      sixCame = resolve;
    });
    const client = connect(server.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(6));
    await all;
    const responses = [...underWay];
    client.destroy();
    await expect.poll(() => underWay.size).toBe(0);
    expect(responses.map(({ destroyed }) => destroyed)).toEqual(new Array(6).fill(true));
    for (const response of responses) response.end('nobody reads this');
    await server.drain(1000);
  });

  it('answers malformed and oversized requests with a problem', async () => {
    const server = await listen(() => undefined, { host: '127.0.0.1', port: 0 });
    const cases = [
      ['GARBAGE\r\n\r\n', 400],
      [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431],
    ] as const;
    for (const [request, status] of cases) {
      const socket = connect(server.port, '127.0.0.1').end(request);
      let answer = '';
      for await (const chunk of socket) answer += chunk;
      const [head, body] = answer.split('\r\n\r\n');
      expect(head).toContain(`HTTP/1.1 ${status} `);
      expect(head).toContain('Content-Type: application/problem+json');
      expect(head).toContain(`Content-Length: ${body!.length}`);
      expect(JSON.parse(body!)).toMatchObject({ type: 'about:blank', status });
    }
    await server.drain(1);
  });

  /** Sends bytes over a connection of its own, and a byte every few milliseconds until the server closes it. */
  async function drip(port: number, bytes: string): Promise<string> {
    const client = connect(port, '127.0.0.1');
    client.write(bytes);
    const dripping = setInterval(() => client.writable && client.write('x'), 10);
    client.on('error', () => undefined);
    let answers = '';
    client.on('data', (chunk) => {
      answers += chunk;
    });
    await once(client, 'close');
    clearInterval(dripping);
    return answers;
  }

  const statusesOf = (answers: string) =>
    [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  const post = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{';
  const impatient = { host: '127.0.0.1', port: 0, arrivalTimeoutMs: 100 };

  it('answers a body that drips with 408, once, whatever the handler does', async () => {
    const handlers: Record<string, RequestListener> = {
      'waits for the body': (request, response) => {
        request.resume().on('end', () => response.end('whole'));
      },
      'answers when it is told that the body broke off': (request, response) => {
        request.resume().on('close', () => response.writeHead(400).end('late'));
      },
      'answers too late': (_request, response) => {
        response.once('finish', () => response.end('a second answer'));
      },
    };
    for (const [name, handler] of Object.entries(handlers)) {
      const server = await listen(handler, impatient);
      const answers = await drip(server.port, post);
      expect(statusesOf(answers), name).toEqual([408]);
      expect(answers, name).toContain('Content-Type: application/problem+json');
      expect(answers, name).toMatch(/"detail":"the request did not arrive in time"\}$/);
      await server.drain(0);
    }
  });

  it('sends nothing after an answer that came before the end of the body', async () => {
    const server = await listen(
      (_request, response) => response.writeHead(401).end('no'),
      impatient,
    );
    const answers = await drip(server.port, post);
    expect(statusesOf(answers)).toEqual([401]);
    expect(answers).toMatch(/no\r\n0\r\n\r\n$/);
    await server.drain(0);
  });

  it.each([
    ['a line that is no request', 'GARBAGE\r\n\r\n', 400],
    ['headers that drip', 'GET / HTTP/1.1\r\nX: ', 408],
    [
      'a body with a broken chunk',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
  ])('answers %s after the requests before it', async (_name, bytes, status) => {
    const server = await listen((request, response) => {
      if (request.method === 'POST') request.resume().on('end', () => response.end());
      else setTimeout(() => response.end('first'), 200);
    }, impatient);
    const answers = await drip(server.port, `GET / HTTP/1.1\r\nHost: localhost\r\n\r\n${bytes}`);
    expect(statusesOf(answers)).toEqual([200, status]);
    await server.drain(0);
  });

  it('drops no header, however many there are', async () => {
    const server = await listen(
      (request, response) => response.end(String(request.headers.authorization)),
      { host: '127.0.0.1', port: 0 },
    );
    const head = `GET / HTTP/1.1\r\nHost: a\r\n${'a:\r\n'.repeat(2100)}Authorization: mine\r\n`;
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${head}Connection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/mine$/);
    await server.drain(0);
  });

  it('refuses an expectation that it does not know with a problem', async () => {
    const server = await listen(() => undefined, { host: '127.0.0.1', port: 0 });
    const head = 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n';
    const answers = await drip(server.port, `${head}x`);
    expect(statusesOf(answers)).toEqual([417]);
    expect(answers).toContain('application/problem+json');
    await server.drain(0);
  });

  it('says who has the port', async () => {
    const { server } = await slowServer();
    const second = listen(() => undefined, { host: '127.0.0.1', port: server.port });
    await expect(second).rejects.toThrow(AddressError);
    await expect(second).rejects.toThrow(new RegExp(`port ${server.port}: another program`));
    await server.drain(1);
  });

  it('says when this machine does not have the address', async () => {
    await expect(listen(() => undefined, { host: '203.0.113.1', port: 0 })).rejects.toThrow(
      /choose another --host/,
    );
  });

  it('gives an address that a client can use', async () => {
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      const server = await listen((_request, response) => response.end('here'), { host, port: 0 });
      expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
      expect((await fetchText(server.url, new Agent())).text).toBe('here');
      await server.drain(1000);
    }
  });
});

describe('the messages of an Express application', () => {
  it('come with the prototypes that Express would give them', async () => {
    const app = express();
    const classes = expressMessages(app);
    const prototypes: unknown[] = [];
    const note = (...messages: object[]) => prototypes.push(...messages.map(Object.getPrototypeOf));
    app.get('/users/:user', (request, response) => {
      note(request, response);
      response.status(201).json({ user: request.params.user, host: request.hostname });
    });
    const handler: RequestListener = (request, response) => {
      note(request, response);
      app(request, response);
    };
    const server = await listen(handler, { host: '127.0.0.1', port: 0, classes });
    const response = await fetch(`${server.url}/users/u7`);
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ user: 'u7', host: '127.0.0.1' });
    // The server creates them with these prototypes, and Express keeps them.
    const own = [classes.IncomingMessage.prototype, classes.ServerResponse.prototype];
    expect(prototypes.map((prototype) => own.indexOf(prototype as never))).toEqual([0, 1, 0, 1]);
    await server.drain(0);
  });
});
