/** Writes a generated shop as the files that a shop has: its products, and the lines of its orders. */
import { type GeneratedRows, textBlocks, writeGeneratedFiles } from './generated-files.js';
import type { SyntheticShop } from './shop.js';

/**
 * Writes `products.csv` and `orders.csv`.
 *
 * @param progress - called now and then with the number of order lines written
 * @throws as `writeGeneratedFiles`
 */
export async function writeShopFiles(
  shop: SyntheticShop,
  folder: string,
  progress: (lines: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  const header = 'order_id,customer_email,sku,qty,ordered_at';
  const files = [
    { name: 'products.csv', text: productLines(shop) },
    { name: 'orders.csv', text: textBlocks(header, orderLines(shop), progress) },
  ];
  await writeGeneratedFiles(folder, files, signal);
}

function* productLines(shop: SyntheticShop): Generator<string> {
  yield 'sku,name,category,price,image,in_stock\n';
  for (const { sku, name, category, priceCents, image, isInStock } of shop.products) {
    // Names hold commas, and no quotes.
    yield `${sku},"${name}",${category},${(priceCents / 100).toFixed(2)},${image},${isInStock}\n`;
  }
}

function* orderLines(shop: SyntheticShop): Generator<GeneratedRows> {
  for (const { orderId, customer, product, quantity, date } of shop.orderLines()) {
    yield { text: `${orderId},${customer},${product.sku},${quantity},${date}\n`, rows: 1 };
  }
}
