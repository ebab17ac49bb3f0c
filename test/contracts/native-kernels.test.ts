/** The kernels of `native`, compared with those of the JavaScript backend. */

import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../src/backend/engine.js';
import { openEngine } from '../../src/backend/select.js';
import { RandomStream } from '../../src/random.js';
import { loadableBackends } from './loadable-backends.js';

type Numbers = (...shape: number[]) => Tensor;
type Case = (tf: TensorFlow, numbers: Numbers) => Tensor | Tensor[];

const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-30];

/** Everything that `native` computes otherwise than the JavaScript backend. */
const cases: Record<string, Case> = {
  'product, as it lies': (tf, n) => tf.matMul(n(37, 19), n(19, 53)),
  'product, left transposed': (tf, n) => tf.matMul(n(19, 37), n(19, 53), true),
  'product, right transposed': (tf, n) => tf.matMul(n(37, 19), n(53, 19), false, true),
  'product, both transposed': (tf, n) => tf.matMul(n(19, 37), n(53, 19), true, true),
  'products of a batch': (tf, n) => tf.matMul(n(3, 7, 5), n(3, 5, 9)),
  'products of a batch, one matrix for all': (tf, n) => tf.matMul(n(3, 7, 5), n(1, 5, 9)),
  'products of a batch that is broadcast in part': (tf, n) =>
    tf.matMul(n(2, 1, 4, 5), n(1, 3, 5, 2)),
  ...Object.fromEntries(
    (['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'] as const).map(
      (activation): [string, Case] => [
        `product with bias and ${activation}`,
        (tf, n) =>
          tf.fused.matMul({
            a: n(6, 5) as never,
            b: n(5, 8) as never,
            bias: n(8),
            activation,
            ...(activation === 'prelu' && { preluActivationWeights: n(8) }),
            ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.3 }),
          }),
      ],
    ),
  ),
  'product with a bias of every row': (tf, n) =>
    tf.fused.matMul({ a: n(4, 5) as never, b: n(5, 4) as never, bias: n(4, 1) }),
  ...Object.fromEntries(
    (
      [
        'neg',
        'abs',
        'square',
        'sqrt',
        'rsqrt',
        'reciprocal',
        'exp',
        'expm1',
        'log',
        'log1p',
        'tanh',
        'sigmoid',
        'softplus',
        'relu',
        'relu6',
        'elu',
        'step',
      ] as const
    ).map((name): [string, Case] => [name, (tf, n) => tf[name](n(9, 31))]),
  ),
  // The JavaScript kernel makes 0 of NaN.
  'sign of numbers': (tf) => tf.sign(tf.tensor1d([-3, 0, 2, -Infinity, Infinity])),
  'step with a slope': (tf, n) => tf.step(n(40), 0.5),
  'abs of integers': (tf) => tf.abs(tf.tensor1d([-3, 4], 'int32')),
  ...Object.fromEntries(
    (['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference'] as const).flatMap(
      (name): [string, Case][] => [
        [`${name}, same shapes`, (tf, n) => tf[name](n(7, 33), n(7, 33))],
        [`${name}, a row`, (tf, n) => tf[name](n(7, 33), n(33))],
        [`${name}, a column`, (tf, n) => tf[name](n(7, 1), n(7, 33))],
        [`${name}, both spread`, (tf, n) => tf[name](n(4, 1, 3), n(5, 1))],
        [`${name}, a number`, (tf, n) => tf[name](n(65), n())],
        [`${name}, five axes`, (tf, n) => tf[name](n(2, 1, 2, 1, 2), n(2, 2, 2, 2, 1))],
      ],
    ),
  ),
  'add integers': (tf) => tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([5, 6], 'int32')),
  'product of integers and truths cast to numbers': (tf, n) =>
    tf.mul(
      tf.cast(tf.tensor1d([-3, 4], 'int32'), 'float32'),
      tf.cast(tf.greater(n(2), 0), 'float32'),
    ),
  'add nothing': (tf) => tf.add(tf.zeros([0, 3]), tf.zeros([3])),
  ...Object.fromEntries(
    (['sum', 'mean', 'max'] as const).flatMap((name): [string, Case][] => [
      [`${name} of all`, (tf, n) => tf[name](n(5, 6, 7))],
      [`${name} of rows`, (tf, n) => tf[name](n(5, 67), 1)],
      [`${name} of columns, kept`, (tf, n) => tf[name](n(5, 67), 0, true)],
      [`${name} of the middle`, (tf, n) => tf[name](n(3, 5, 4), -2)],
      [`${name} of the first two`, (tf, n) => tf[name](n(3, 5, 4), [1, 0])],
      [`${name} of axes apart`, (tf, n) => tf[name](n(3, 5, 4), [0, 2], true)],
    ]),
  ),
  softmax: (tf, n) => tf.softmax(n(8, 41)),
  'log of softmax': (tf, n) => tf.logSoftmax(n(8, 41)),
  transpose: (tf, n) => tf.transpose(n(13, 40)),
  'transpose of four axes': (tf, n) => tf.transpose(n(2, 3, 4, 5), [2, 0, 3, 1]),
  'transpose of five axes': (tf, n) => tf.transpose(n(2, 3, 1, 4, 2), [4, 2, 0, 3, 1]),
  slice: (tf, n) => tf.slice(n(7, 9), [2, 3], [4, -1]),
  'slice of nothing': (tf, n) => tf.slice(n(7, 9), [2, 3], [0, 2]),
  'a slice, after its tensor is gone': (tf, n) => {
    const whole = n(2000, 3);
    const part = tf.tidy(() => tf.split(tf.tanh(whole), 4)[1]!);
    const other = tf.exp(n(2000, 3));
    return [part, other];
  },
  concat: (tf, n) => tf.concat([n(3, 4), n(3, 1), n(3, 6)], 1),
  'concat of rows, one empty': (tf, n) => tf.concat([n(3, 4), tf.zeros([0, 4]), n(2, 4)]),
  split: (tf, n) => tf.split(n(4, 6), 2, 1),
  'split into unequal parts': (tf, n) => tf.split(n(4, 6, 2), [1, 3, 2], -2),
  gather: (tf, n) => tf.gather(n(5, 3, 2), tf.tensor2d([4, 0, 0, 2], [2, 2], 'int32')),
  'gather of columns': (tf, n) => tf.gather(n(5, 3), tf.tensor1d([2, 0], 'int32'), 1),
  fill: (tf) => tf.fill([3, 5], 2.5),
  'zeros and ones like': (tf, n) => [tf.zerosLike(n(3, 4)), tf.onesLike(n(3, 4))],
  'gradient of a network': (tf, n) => {
    const loss = (...[x, w]: Tensor[]) =>
      tf.mean(tf.square(tf.elu(tf.concat([tf.softmax(tf.matMul(x!, w!)), x!], 1)))) as never;
    return tf.grads(loss)([n(6, 5), n(5, 4)]);
  },
};

/** The results of every case, with and without odd numbers in the inputs. */
async function results(tf: TensorFlow): Promise<Map<string, (number[] | string)[]>> {
  const computed = new Map<string, (number[] | string)[]>();
  for (const [name, compute] of Object.entries(cases)) {
    for (const share of [0, 0.1]) {
      const random = new RandomStream(1, name);
      const numbers: Numbers = (...shape) => {
        const size = shape.reduce((product, length) => product * length, 1);
        const values = Float32Array.from({ length: size }, () =>
          random.float() < share ? odd[random.integer(odd.length)]! : 2 * random.normal(),
        );
        return tf.tensor(values, shape);
      };
      const tensors = tf.tidy(() => [compute(tf, numbers)].flat());
      const values: (number[] | string)[] = [];
      for (const tensor of tensors) {
        values.push(`${tensor.dtype} [${tensor.shape}]`, Array.from(await tensor.data()));
        tensor.dispose();
      }
      computed.set(`${name}, ${share} odd`, values);
    }
  }
  return computed;
}

const native = (await loadableBackends()).filter(({ label }) => label.startsWith('native'));

describe.each(native)('the kernels of $label', ({ open }) => {
  let ours: Awaited<ReturnType<typeof results>>;
  let reference: Awaited<ReturnType<typeof results>>;
  let tensorsLeft: number;
  beforeAll(async () => {
    reference = await results((await openEngine('cpu')).tf);
    const { tf } = await open();
    const before = tf.memory().numTensors;
    ours = await results(tf);
    tensorsLeft = tf.memory().numTensors - before;
  });
  afterAll(() => open());

  it.each(Object.keys(cases))('%s', (name) => {
    for (const share of [0, 0.1]) {
      const actual = ours.get(`${name}, ${share} odd`)!;
      const expected = reference.get(`${name}, ${share} odd`)!;
      expect(actual.length).toBe(expected.length);
      for (const [k, part] of actual.entries()) {
        if (typeof part === 'string') expect(part).toBe(expected[k]);
        else expectAlike(part, expected[k] as number[]);
      }
    }
  });

  it('leaves no tensor behind', () => {
    expect(tensorsLeft).toBe(0);
  });
});

function expectAlike(actual: readonly number[], expected: readonly number[]): void {
  const wrong = actual.findIndex((value, k) => {
    const exact = expected[k]!;
    if (Object.is(value, exact) || value === exact) return false;
    return !(Math.abs(value - exact) <= 1e-5 + 2e-5 * Math.abs(exact));
  });
  expect(wrong, `${actual[wrong]} for ${expected[wrong]}`).toBe(-1);
}
