"""What `make bench` runs: costs and delays, measured, beside what we set out to reach."""
