// Faults of the caller or the machine. Hostile input never rejects out of `Verifier.verify`: it yields a Report.

/** Base of every error this package throws on purpose. */
export class LcertError extends Error {
  constructor(message) {
    super(message);
    this.name = this.constructor.name;
  }
}

/** Input that is not of the form it claims: token, key, list, image, bundle. */
export class Malformed extends LcertError {}

/** A claim that breaks the profile; `path` is the claim as written, e.g. `dataBasis[0].basis`. */
export class ClaimError extends Malformed {
  constructor(path, message) {
    super(path ? `${path}: ${message}` : message);
    this.path = path;
  }
}

/** Evidence that could not be had: unreachable, timed out, refused, not in the bundle. */
export class EvidenceUnavailable extends LcertError {}

/** The origin answered, and has no such document (404 or 410). */
export class NotPublished extends EvidenceUnavailable {}

/** A status list signed by a key that this trust does not have: newer trust may. */
export class UnknownListKey extends EvidenceUnavailable {}

/** This platform's WebCrypto lacks an algorithm, so a signature could not be checked either way. */
export class Unsupported extends EvidenceUnavailable {}

/** Trust that is absent, expired, forged or wrongly configured. */
export class TrustError extends LcertError {}

/** A bundle that cannot be used. */
export class BundleError extends LcertError {}

/** Evidence older than, or inconsistent with, what was seen before. */
export class RollbackError extends BundleError {}

/** Thrown by `Report.requireAccepted()`; carries the Report as `report`. */
export class NotAccepted extends LcertError {
  constructor(report, message) {
    super(message);
    this.report = report;
  }
}
