"""The record of what was done, which nobody can change afterwards."""
