/** What leaves the server of an error, and with which status. */
import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  BusyError,
  HomeError,
  StorageError,
  UnavailableError,
  UnknownItemError,
} from '../errors.js';
import { errorProblem, ProblemError } from './problem.js';
import { createLogger, logRequests } from './request-log.js';

/** What a server answers whose handler throws this. */
async function answerTo(thrown: unknown) {
  const app = express();
  app.use(logRequests(createLogger('silent')));
  app.get('/', () => {
    throw thrown;
  });
  app.use(errorProblem('/srv/home'));
  return request(app).get('/');
}

const parserError = (status: unknown, more: object = {}) =>
  Object.assign(new Error('raw'), { expose: true, status, ...more });

describe('errorProblem', () => {
  it.each([
    [new ArgumentError('n is 0'), 400, 'E_ARGUMENT', undefined],
    [new UnknownItemError('no item'), 404, 'E_UNKNOWN_ITEM', undefined],
    [new UnavailableError('later'), 503, 'E_UNAVAILABLE', '1'],
    [new BusyError('busy'), 503, 'E_BUSY', '2'],
    [new HomeError('no home'), 503, 'E_HOME', '60'],
    [new StorageError('replaced', 'x'), 503, 'E_HOME', '1'],
    [new StorageError('gone', 'x'), 503, 'E_HOME', '2'],
    [new StorageError('full', 'x'), 503, 'E_HOME', '60'],
    [
      new ProblemError(418, 'tea', { code: 'E_TEA', headers: { 'Retry-After': '7' } }),
      418,
      'E_TEA',
      '7',
    ],
  ])('%s', async (error, status, code, retryAfter) => {
    const answer = await answerTo(error);
    expect(answer.status).toBe(status);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status, code, detail: error.message });
    expect(answer.get('Retry-After')).toBe(retryAfter);
  });

  it('has a name in the log', () => {
    expect(new ProblemError(400, 'x')).toMatchObject({ name: 'ProblemError', headers: {} });
  });

  it('leaves the place of the home out', async () => {
    const { body } = await answerTo(new HomeError('/srv/home/multvae.db is damaged'));
    expect(body.detail).toBe('multvae.db is damaged');
  });

  it.each([
    [parserError(413, { limit: 2e6 }), 413, 'the body is larger than 2 MB'],
    [parserError(413), 413, 'the body is larger than 1 MB'],
    [parserError(415), 415, /^the body is in an encoding that is not understood/],
    [parserError(400), 400, /^the body is not JSON/],
    [parserError(499), 499, 'the request is malformed'],
    [Object.assign(new URIError('raw'), { expose: true, status: 400 }), 400, /percent-encoded$/],
    [parserError(500), 500, /^the server failed; its log knows more under /],
    [parserError(399), 500, /^the server failed/],
    [parserError('400'), 500, /^the server failed/],
    [Object.assign(new Error('raw'), { status: 400 }), 500, /^the server failed/],
    [{ expose: true, status: 400 }, 500, /^the server failed/],
    [new TypeError('raw /srv/home'), 500, /^the server failed/],
    [
      Object.assign(new Error('raw'), { code: 'ENOENT', syscall: 'open' }),
      500,
      /^the server failed/,
    ],
    [
      Object.assign(new Error('raw'), { code: 'ENOSPC', syscall: 'write' }),
      503,
      /^a file of the server cannot/,
    ],
  ])('tells %o with %i', async (error, status, detail) => {
    const answer = await answerTo(error);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toMatch(detail);
    expect(JSON.stringify(answer.body)).not.toMatch(/raw/);
  });

  it('cuts an answer that was begun, and adds nothing to one that is whole', async () => {
    const app = express();
    app.use(logRequests(createLogger('silent')));
    app.get('/whole', (_request, response) => {
      response.end('whole');
      throw new Error('late');
    });
    app.get('/half', (_request, response) => {
      response.write('half');
      throw new Error('late');
    });
    app.use(errorProblem('/srv/home'));
    app.use(((_error, _request, response, _next) =>
      response.destroy()) as express.ErrorRequestHandler);
    const whole = await request(app).get('/whole');
    expect([whole.status, whole.text]).toEqual([200, 'whole']);
    await expect(request(app).get('/half')).rejects.toThrow();
  });
});
