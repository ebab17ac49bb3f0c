// A shop's own Express application, with recommendations under /recs.
//
//   node examples/express-shop.mjs [HOME] [PORT]
import express from 'express';
import { expressRouter, openHome } from 'multvae';

const [folder = '.multvae', port = '3000'] = process.argv.slice(2);
const home = await openHome(folder);

const shop = express();
shop.use('/recs', await expressRouter(home));
shop.get('/', (_request, response) => {
  response.send('the shop');
});

const server = shop.listen(Number(port), '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`the shop is at ${url}/`);
  console.log(`curl '${url}/recs/recommend/7?n=5'`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    // First the last requests, then the models and the database.
    server.close(() => home.close());
  });
}
