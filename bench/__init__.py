"""How fast this is, as ratios: every row sets our work beside a physical limit, and beside what others need for it.

Run by `make bench`; README.md here says how to add a row.
"""
