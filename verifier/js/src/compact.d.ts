// Types of the verifier for compact tokens alone. See index.d.ts for the whole.

export declare const Verdict: Readonly<{
  ACCEPTED: 'accepted';
  REJECTED: 'rejected';
  INDETERMINATE: 'indeterminate';
}>;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export declare const Outcome: Readonly<{
  PASSED: 'passed';
  FAILED: 'failed';
  UNKNOWN: 'unknown';
  SKIPPED: 'skipped';
}>;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export declare const Code: Readonly<{
  VALID: 'valid';
  MALFORMED: 'malformed';
  WRONG_TYPE: 'wrong_type';
  TRUST_UNAVAILABLE: 'trust_unavailable';
  UNTRUSTED_ISSUER: 'untrusted_issuer';
  UNKNOWN_KEY: 'unknown_key';
  KEY_COMPROMISED: 'key_compromised';
  BAD_SIGNATURE: 'bad_signature';
  PROFILE_VIOLATION: 'profile_violation';
  NOT_YET_VALID: 'not_yet_valid';
  EXPIRED: 'expired';
  STATUS_UNAVAILABLE: 'status_unavailable';
  STATUS_INVALID: 'status_invalid';
  REVOKED: 'revoked';
  SUPERSEDED: 'superseded';
  SUSPENDED: 'suspended';
  STATUS_STALE: 'status_stale';
  STATUS_HISTORY_UNAVAILABLE: 'status_history_unavailable';
  DOMAIN_MISMATCH: 'domain_mismatch';
}>;
export type Code = (typeof Code)[keyof typeof Code];

export type CheckName =
  | 'form' | 'type' | 'trust' | 'issuer' | 'key' | 'signature' | 'profile' | 'validity' | 'status' | 'domain';
export declare const CHECKS: readonly CheckName[];

export interface Check {
  readonly name: CheckName;
  readonly outcome: Outcome;
  readonly detail: string;
}

/** A credential as Reports show it. A compact token states a handful of it; the rest is null or empty. */
export interface Credential {
  readonly id: string;
  readonly securing: 'vc+jwt' | 'openbadge' | 'compact';
  readonly issuer: string;
  readonly issuerName: string | null;
  readonly number: string;
  readonly edition: number;
  /** The certificate's page. */
  readonly url: string;
  /** ISO dates, both included. */
  readonly validFrom: string;
  readonly validThrough: string;
  readonly issuedAt: string | null;
  readonly certificate: Readonly<Record<string, string | number>>;
  readonly holder: Readonly<{
    legalName: string;
    tradingNames?: readonly string[];
    country?: string;
    registration?: Readonly<{ scheme: string; id: string }>;
    lei?: string;
    domains: readonly Readonly<{ name: string; method?: string; checkedOn?: string }>[];
  }>;
  readonly scope: Readonly<{
    statement: string;
    level?: string;
    modalities?: readonly string[];
    [part: string]: unknown;
  }>;
  readonly dataBasis: readonly Readonly<Record<string, unknown>>[];
  readonly evidence: readonly Readonly<Record<string, unknown>>[];
  readonly decision: Readonly<{ reviewer: string; decider: string; separation: string }> | null;
  readonly status: Readonly<{ uri: string; idx: number }> | null;
}

export declare class Report {
  readonly verdict: Verdict;
  readonly code: Code;
  readonly sentence: string;
  readonly checks: readonly Check[];
  /** Null unless the signature verified. */
  readonly credential: Credential | null;
  readonly asOf: Readonly<{ keys: Date | null; status: Date | null; journal: Date | null }>;
  readonly at: Date;
  readonly knownAt: Date | null;
  readonly currentEdition: string | null;
  /** The credential, or throws NotAccepted. */
  requireAccepted(): Credential;
  toJSON(): Record<string, unknown>;
}

/** A Date, or an RFC 3339 time with an offset. */
export type Instant = Date | string;

export interface Question {
  /** The instant judged; now when left out. */
  at?: Instant | null;
  /** Whose knowledge counts; that of the newest evidence when left out. */
  knownAt?: Instant | null;
  /** Also asks whether the badge may stand on this host. */
  domain?: string | null;
}

export type Jwk = Readonly<Record<string, unknown>>;

export interface TrustOptions {
  name?: string;
  purposes?: readonly ('issuer' | 'status')[];
}

/** The keys of one issuer. */
export declare class Trust {
  readonly issuer: string;
  readonly baseUrl: string;
  readonly name: string;
  readonly version: number;
  readonly problems: readonly string[];
  static pinned(issuer: string, jwks: readonly Jwk[], options?: TrustOptions): Promise<Trust>;
  static fromJwks(issuer: string, jwks: object | Uint8Array, options?: TrustOptions): Promise<Trust>;
  static fromDidDocument(
    document: object | Uint8Array,
    options?: TrustOptions & { issuer?: string },
  ): Promise<Trust>;
}

/** Gives the bytes at a published path, or rejects with EvidenceUnavailable. */
export type Read = (path: string) => Promise<Uint8Array>;

export interface TrustView {
  trust: Trust;
  /** Milliseconds. */
  fetchedAt: number;
  /** Whether an unknown key may be rejected: these are the keys the issuer publishes now. */
  fresh: boolean;
}

export interface FetchedList {
  token: string;
  fetchedAt: number;
}

/** Evidence about one issuer; `now` is in milliseconds. */
export interface EvidenceSource {
  readonly offline: boolean;
  trust(now: number, options?: { refresh?: boolean }): Promise<TrustView>;
  statusList(uri: string, now: number): Promise<FetchedList>;
  bitstringList(uri: string, now: number): Promise<FetchedList>;
  record(number: string, now: number): Promise<Record<string, unknown> | null>;
  proof(digest: string): Promise<Uint8Array | null>;
  journalTime(): number | null;
}

export interface PublishedOptions {
  /** The origin that the trust statement must be about. */
  baseUrl?: string | null;
  /** Thumbprint of the issuer's root key. */
  pin?: string | null;
  /** Seconds. */
  listTtl?: number;
  trustTtl?: number;
  maxAge?: number;
  monotonic?: () => number;
}

export declare class PublishedSource implements EvidenceSource {
  constructor(read: Read, options?: PublishedOptions);
  readonly offline: false;
  trust(now: number, options?: { refresh?: boolean }): Promise<TrustView>;
  statusList(uri: string, now: number): Promise<FetchedList>;
  bitstringList(uri: string, now: number): Promise<FetchedList>;
  record(number: string, now: number): Promise<Record<string, unknown> | null>;
  proof(digest: string): Promise<Uint8Array | null>;
  journalTime(): number | null;
}

export declare class PinnedSource implements EvidenceSource {
  constructor(trust: Trust, status?: ((uri: string) => Promise<string>) | null);
  readonly offline: false;
  trust(now: number): Promise<TrustView>;
  statusList(uri: string, now: number): Promise<FetchedList>;
  bitstringList(uri: string, now: number): Promise<FetchedList>;
  record(): Promise<null>;
  proof(): Promise<null>;
  journalTime(): null;
}

export interface VerifierOptions {
  /** The present; only it judges freshness. */
  clock?: () => Date;
}

export interface OnlineOptions extends VerifierOptions {
  pin?: string | null;
  fetch?: typeof globalThis.fetch;
}

export declare class CompactVerifier {
  constructor(sources: readonly EvidenceSource[], options?: VerifierOptions);
  static online<T extends typeof CompactVerifier>(this: T, origin: string, options?: OnlineOptions): InstanceType<T>;
  static pinned<T extends typeof CompactVerifier>(
    this: T,
    trust: Trust,
    options?: VerifierOptions & { status?: (uri: string) => Promise<string> },
  ): InstanceType<T>;
  /** Whatever `token` holds, this resolves; it rejects only for times that are none. */
  verify(token: string | Uint8Array, question?: Question): Promise<Report>;
  verifyMany(
    tokens: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
    question?: Question,
  ): AsyncGenerator<Report, void, undefined>;
}
