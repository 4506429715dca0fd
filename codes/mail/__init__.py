"""Letters to contributors: the outbox, what they are told, what proves that a receipt is theirs."""
