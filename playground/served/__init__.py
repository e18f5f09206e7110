"""Models that are asked over the network: one request, its client, and the one reader of what comes back. No torch."""
