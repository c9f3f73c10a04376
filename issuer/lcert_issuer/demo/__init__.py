"""The demo certifier: eleven fictional certificates in every state, and the frauds that must not pass."""
