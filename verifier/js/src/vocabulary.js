// The shared words: types, claim names, limits, status values.

export const CONTEXT_VC = 'https://www.w3.org/ns/credentials/v2';
/** Path of our own JSON-LD context below the issuer's base URL. */
export const CONTEXT_PATH = '/contexts/l/v1';
export const BITSTRING_ENTRY = 'BitstringStatusListEntry';
export const BITSTRING_LIST_CREDENTIAL = 'BitstringStatusListCredential';

/** Entries of every status list. */
export const LIST_ENTRIES = 131_072;
/** The latest time in seconds that any claim may hold. */
export const MAX_INSTANT = 2 ** 33;
export const MAX_EDITION = 999_999;
export const MAX_LISTS = 1_000_000;
export const NUMBER = 'LC-[0-9]{4}-[0-9]{4,9}';
/** Milliseconds that a clock may differ by. */
export const LEEWAY = 60_000;

/** How a credential is secured. */
export const Securing = Object.freeze({ VC_JWT: 'vc+jwt', OPENBADGE: 'openbadge', COMPACT: 'compact' });

/** Two-bit values of a token status list. */
export const StatusValue = Object.freeze({ VALID: 0, INVALID: 1, SUSPENDED: 2, SUPERSEDED: 3 });
