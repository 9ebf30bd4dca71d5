"""The formats in which others read and check the log; bytes in, values out.

Signed notes, checkpoints, cosignatures, receipts, policies and the requests of witnesses are those of
C2SP (c2sp.org), so that tools that we did not write read them; receipts in COSE are those of RFC 9942.
"""
