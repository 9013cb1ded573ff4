// What Digital Bazaar's library needs for a credential: {"unsigned", "signed", "documents", "count"} a line on standard input;
// {"issue", "verify"} in microseconds of processor time each, contexts and key at hand, after a round to warm up.
import {createInterface} from 'node:readline';
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {driver as didKey} from '@digitalbazaar/did-method-key';

const driver = didKey();
driver.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});

async function measured(count, work) {
  for(let i = 0; i < Math.min(count, 20); i++) {
    await work();
  }
  const start = process.cpuUsage();
  for(let i = 0; i < count; i++) {
    await work();
  }
  const {user, system} = process.cpuUsage(start);
  return (user + system) / count;
}

for await (const line of createInterface({input: process.stdin})) {
  const {unsigned, signed, documents, count} = JSON.parse(line);
  const known = new Map();
  const documentLoader = async url => {
    if(url in documents) {
      return {contextUrl: null, documentUrl: url, document: documents[url]};
    }
    if(url.startsWith('did:key:')) {
      if(!known.has(url)) {
        known.set(url, await driver.get({url}));
      }
      return {contextUrl: null, documentUrl: url, document: known.get(url)};
    }
    return vc.defaultDocumentLoader(url);
  };
  const pair = await Ed25519Multikey.generate();
  pair.controller = `did:key:${pair.publicKeyMultibase}`;
  pair.id = `${pair.controller}#${pair.publicKeyMultibase}`;
  const mine = {...unsigned, issuer: {...unsigned.issuer, id: pair.controller}};
  const issue = await measured(count, async () => {
    await vc.issue({credential: {...mine}, suite: new DataIntegrityProof({signer: pair.signer(), cryptosuite}), documentLoader});
  });
  const verify = await measured(count, async () => {
    const result = await vc.verifyCredential({
      credential: signed, suite: new DataIntegrityProof({cryptosuite}), documentLoader, checkStatus: async () => ({verified: true})});
    if(!result.verified) {
      throw result.error.errors?.[0] ?? result.error;
    }
  });
  process.stdout.write(JSON.stringify({issue, verify}) + '\n');
}
