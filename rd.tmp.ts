import { readers } from './bench/soak/readers/readers.js';
const [n, seed] = process.argv.slice(2);
const t=performance.now();
console.log(JSON.stringify(await readers(Number(n), Number(seed)),null,1), performance.now()-t);
