"""The rows, one module a subject: `NAMES`, and `rows(stack)`, which gives what it measures; `bench` finds them."""
