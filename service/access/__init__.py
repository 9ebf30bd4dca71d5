"""Who asks, and what they may do: principals, roles, tokens, sessions, rates."""
