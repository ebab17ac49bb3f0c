/** `npm start`: sets up the clone, then runs `multvae start` in this same process, so that signals reach it. */

import { setUpOrExit } from './setup.mjs';

await setUpOrExit();
process.argv.splice(2, 0, 'start');
await import('../dist/cli/main.js');
