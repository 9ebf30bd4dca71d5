"""From claims to an answer: origins, cells, policies, support and flags."""
