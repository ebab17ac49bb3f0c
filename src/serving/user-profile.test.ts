/** A user's history and place in the latent space. */
import { describe, expect, it } from 'vitest';
import { UnknownUserError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import { type ProfileModel, type ProfileSource, userProfile } from './user-profile.js';

const entries = [
  { itemId: 'b', title: 'B', rating: 5, source: 'import' },
  { itemId: 'z', title: 'Z', rating: 1, source: 'feedback' },
];
const store = {
  userHistory: async (id: string) => (id === 'u' ? entries : null),
  dataset: async () => ({ scale: [1, 5] }),
  itemFields: async () => [{ name: 'price', type: 'number' }],
  storedItems: async (ids: readonly string[]) => ids.map((id) => ({ fields: { price: id } })),
} as unknown as ProfileSource;

class Latent extends Popularity {
  async encode(rows: { readonly rows: number; row(u: number): ArrayLike<number> }) {
    const mean = Float32Array.of(rows.row(0)[0]!, rows.rows);
    return { dimensions: 2, mean, spread: Float32Array.of(1, 1) };
  }

  async decode() {
    return new Float32Array(2);
  }
}

function seenWith(clicks: number[], recommender = new Latent([1, 2])): ProfileModel {
  const recommendations = {
    vocabulary: { indexOf: (id: string) => ({ a: 0, b: 1 })[id] },
    clicks: () => clicks,
  };
  const model = { run: { id: 'r' }, recommender };
  return { model, recommendations } as unknown as ProfileModel;
}

describe('userProfile', () => {
  it('shows history and scale while no run is active', async () => {
    expect(await userProfile(store, 'u', null)).toEqual({
      userId: 'u',
      modelVersion: null,
      latent: null,
      scale: [1, 5],
      history: entries.map((entry) => ({ ...entry, inModel: false })),
    });
    const empty = { ...store, dataset: async () => null };
    expect((await userProfile(empty, 'u', null)).scale).toBeNull();
  });

  it('shows which items the model knows, and the code of the clicks', async () => {
    const { history, latent, modelVersion } = await userProfile(store, 'u', seenWith([1]));
    expect(history.map(({ inModel }) => inModel)).toEqual([true, false]);
    expect([modelVersion, latent]).toEqual(['r', { dimensions: 2, mean: [1, 1], spread: [1, 1] }]);
    expect((await userProfile(store, 'u', seenWith([]))).latent).toBeNull();
    const plain = new Popularity([1, 2]) as Latent;
    expect((await userProfile(store, 'u', seenWith([1], plain))).latent).toBeNull();
  });

  it('adds the chosen fields of each item', async () => {
    const { history } = await userProfile(store, 'u', null, { fields: ['price'] });
    expect(history.map(({ fields }) => fields)).toEqual([{ price: 'b' }, { price: 'z' }]);
  });

  it('knows nobody of another name', async () => {
    await expect(userProfile(store, 'v', null)).rejects.toThrow(UnknownUserError);
  });
});
