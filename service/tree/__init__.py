"""The log as a Merkle tree: its entries, their hashes, and proofs; pure functions without a store.

The tree is that of RFC 6962 and RFC 9162, cut into tiles of 256 hashes as C2SP's tlog-tiles does.
"""
