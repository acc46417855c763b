"""How members are told: a list of their own, letters, and nudges on their phone."""
