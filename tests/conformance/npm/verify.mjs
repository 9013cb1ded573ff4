// Digital Bazaar's verifier on standard input: a request a line, {"credential", "documents": {url: document}}; an answer a
// line, {"verified", "status": {purpose: bit}, "error"}. Contexts and status lists come from `documents` or over https.
import {createInterface} from 'node:readline';
import * as vc from '@digitalbazaar/vc';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {CachedResolver} from '@digitalbazaar/did-io';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {driver as didKey} from '@digitalbazaar/did-method-key';
import {driver as didWeb} from '@digitalbazaar/did-method-web';

const key = didKey();
key.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});
const web = didWeb();
web.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});
const resolver = new CachedResolver();
resolver.use(key);
resolver.use(web);

function loader(documents) {
  return async url => {
    if(url in documents) {
      return {contextUrl: null, documentUrl: url, document: documents[url]};
    }
    if(url.startsWith('did:')) {
      return {contextUrl: null, documentUrl: url, document: await resolver.get({did: url})};
    }
    if(url.startsWith('https://localhost:')) {
      return {contextUrl: null, documentUrl: url, document: await (await fetch(url)).json()};
    }
    return vc.defaultDocumentLoader(url);
  };
}

for await (const line of createInterface({input: process.stdin})) {
  const {credential, documents} = JSON.parse(line);
  const documentLoader = loader(documents);
  const suite = new DataIntegrityProof({cryptosuite});
  let answer;
  try {
    const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus: async options => {
      const status = await checkStatus(options);
      answer = {status: Object.fromEntries((status.results ?? []).map(r => [r.credentialStatus.statusPurpose, r.status]))};
      return status;
    }});
    const error = result.error && [result.error, ...(result.error.errors ?? [])].map(e => e.message).join('; ');
    answer = {verified: result.verified, status: {}, ...answer, error: error ?? null};
  } catch(error) {
    answer = {verified: false, status: {}, error: String(error)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
