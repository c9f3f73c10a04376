"""The programming interface: certificates, changes, limits, and the OpenAPI document that is made from the code."""
