/**
 * A Stryker plugin that says what survives as soon as it does, with the score so far, so that a run which is ended early
 * is of use.
 */
import { relative } from 'node:path';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';

const unnoticed = ['Survived', 'NoCoverage'];

class AsItGoes {
  #killed = 0;
  #unnoticed = 0;

  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (status === 'Killed' || status === 'Timeout') this.#killed++;
    if (status !== 'Timeout' && !unnoticed.includes(status)) return;
    if (unnoticed.includes(status)) this.#unnoticed++;
    const { start } = location;
    const place = `${relative(process.cwd(), fileName)}:${start.line}:${start.column}`;
    const text = (replacement ?? '').replaceAll(/\s+/g, ' ').slice(0, 100);
    const score = `${this.#killed} of ${this.#killed + this.#unnoticed}`;
    process.stdout.write(`[${status}, ${score}] ${place} ${mutatorName}: ${text}\n`);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'as-it-goes', AsItGoes)];
