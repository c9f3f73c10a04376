"""Status lists: `packing`, `bitstring`, `token` are pure codecs; `check` says whether a list is authentic."""
