"""Commissioners, who pay, and localities, for where."""
