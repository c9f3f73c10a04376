// The verifier for <l-cert-badge>, as a file of its own so that pages paint before it is fetched. It judges canonical
// tokens alone, by what their issuer publishes.

import { CompactVerifier } from '../../verifier/js/src/compact.js';
import { checkVc } from '../../verifier/js/src/policy_full.js';

class PageVerifier extends CompactVerifier {
  static profiles = { 'vc+jwt': checkVc };
}

globalThis[Symbol.for('l-cert-verifier-1')] = (origin) => PageVerifier.online(origin);
