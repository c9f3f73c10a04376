// Types of @lcert/verifier.

import { CompactVerifier, PublishedSource } from './compact.js';
import type {
  EvidenceSource, FetchedList, PublishedOptions, Question, Read, Report, Trust, TrustView, VerifierOptions,
} from './compact.js';

export {
  CHECKS, Code, CompactVerifier, Outcome, PinnedSource, PublishedSource, Report, Trust, Verdict,
} from './compact.js';
export type {
  Check, CheckName, Credential, EvidenceSource, FetchedList, Instant, Jwk, OnlineOptions, PublishedOptions, Question,
  Read, TrustOptions, TrustView, VerifierOptions,
} from './compact.js';

export declare const Securing: Readonly<{ VC_JWT: 'vc+jwt'; OPENBADGE: 'openbadge'; COMPACT: 'compact' }>;

/** Base of every error this package throws on purpose. */
export declare class LcertError extends Error {}
export declare class Malformed extends LcertError {}
export declare class ClaimError extends Malformed {
  readonly path: string;
}
export declare class EvidenceUnavailable extends LcertError {}
export declare class NotPublished extends EvidenceUnavailable {}
export declare class Unsupported extends EvidenceUnavailable {}
export declare class TrustError extends LcertError {}
export declare class BundleError extends LcertError {}
export declare class RollbackError extends BundleError {}
export declare class NotAccepted extends LcertError {
  readonly report: Report;
}

/** Published evidence that can tell the past as well: it reads the whole journal when that is asked about. */
export declare class JournalSource extends PublishedSource {
  constructor(read: Read, options?: PublishedOptions);
}

export interface BundleOptions extends VerifierOptions {
  pin?: string | null;
  /** The bytes of the history file that goes with a bundle whose journal is too long to lie in it. */
  history?: Uint8Array | ArrayBuffer | null;
}

/** Evidence from one bundle: never fresh, never fetched. */
export declare class BundleSource implements EvidenceSource {
  private constructor();
  static open(data: Uint8Array, options?: BundleOptions): Promise<BundleSource>;
  readonly offline: true;
  trust(now: number): Promise<TrustView>;
  statusList(uri: string): Promise<FetchedList>;
  bitstringList(uri: string): Promise<FetchedList>;
  record(number: string): Promise<Record<string, unknown> | null>;
  proof(digest: string): Promise<Uint8Array | null>;
  journalTime(): number;
}

/** `read(path)` over HTTP for the published paths of one origin; TypeError when it is none. */
export declare function readerOf(
  origin: string,
  options?: { fetch?: typeof globalThis.fetch; deadline?: number },
): Read;

/** The one token baked into a PNG or SVG, unjudged; throws Malformed. */
export declare function extractToken(data: Uint8Array): string;

/** Judges tokens of every securing, and badges, by the evidence of its sources. */
export declare class Verifier extends CompactVerifier {
  /** Offline, by the bytes of a trust bundle; rejects with BundleError or TrustError when it cannot be used. */
  static fromBundle(bytes: Uint8Array | ArrayBuffer, options?: BundleOptions): Promise<Verifier>;
  /** The Report on a baked PNG or SVG: on the Open Badge in it, the only securing that images carry. */
  verifyBadge(bytes: Uint8Array | ArrayBuffer, question?: Question): Promise<Report>;
}
