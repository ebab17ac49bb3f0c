// A shop's own Express application: recommendations on the product page, for the basket and for the known customer.
//
//   node examples/express-shop.mjs [HOME] [PORT]
import express from 'express';
import { expressRouter, openHome, UnknownItemError } from 'multvae';

const [folder = '.multvae', port = '3000'] = process.argv.slice(2);
const home = await openHome(folder);
/** How many products are shown, and all that products.csv says of them: price, image … */
const shown = { n: 4, fields: ['*'] };

const shop = express();
shop.use(express.json());
shop.get('/', (_request, response) => {
  response.send('the shop');
});

// The product page: what customers of this product also bought.
shop.get('/products/:sku', async (request, response) => {
  const { items } = await home.similar(request.params.sku, shown);
  response.json({ sku: request.params.sku, alsoBought: items });
});

// The basket of somebody who is not logged in.
shop.post('/basket', async (request, response) => {
  const { items } = await home.recommendTo(request.body.skus, shown);
  response.json({ goesWith: items });
});

// The start page of a known customer, with the products that lie in the basket.
shop.get('/customers/:email', async (request, response) => {
  const basket = [request.query.basket ?? []].flat();
  const { items } = await home.recommend(request.params.email, { items: basket, ...shown });
  response.json({ forYou: items });
});

// The whole HTTP API: feedback, search, products, rules.
shop.use('/recs', await expressRouter(home));

shop.use((error, _request, response, next) => {
  if (error instanceof UnknownItemError) response.status(404).json({ error: error.message });
  else next(error);
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
