"""Routes of the public site and the verifier: each parses, makes one call and renders."""
