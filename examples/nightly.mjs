// Nightly training from an application: node-cron starts `multvae refresh` in a process of its own, so that the
// application answers meanwhile. The lock of the home sees to it that two nights never meet.
//
//   npm install node-cron
//   node examples/nightly.mjs ORDERS.csv [HOME] ['15 3 * * *']
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { schedule } from 'node-cron';

const [orders = 'incoming/orders.csv', home = '.multvae', when = '15 3 * * *'] =
  process.argv.slice(2);

async function night() {
  const words = ['multvae', 'refresh', orders, '--home', home];
  const refresh = spawn('npx', words, { stdio: 'inherit' });
  const [code] = await once(refresh, 'exit');
  // The run before goes on serving, and the next night tries again.
  if (code !== 0) console.error(`the night failed with exit code ${code}`);
}

schedule(when, night, { noOverlap: true });
