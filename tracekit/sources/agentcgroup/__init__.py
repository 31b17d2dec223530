"""agentcgroup: declaration, mapping, errata, claims and sample."""
