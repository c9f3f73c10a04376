"""The issuer's records: tables, transactions, the journal, status indices, and the migrations that make them."""
