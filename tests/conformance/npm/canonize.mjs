// Digital Bazaar's rdf-canonize on standard input: a JSON text of N-Quads a line; the canonical N-Quads as a JSON text a line.
import {createInterface} from 'node:readline';
import {canonize} from 'rdf-canonize';

for await (const line of createInterface({input: process.stdin})) {
  const canonical = await canonize(JSON.parse(line), {algorithm: 'RDFC-1.0', inputFormat: 'application/n-quads',
    format: 'application/n-quads', maxWorkFactor: Infinity});
  process.stdout.write(JSON.stringify(canonical) + '\n');
}
