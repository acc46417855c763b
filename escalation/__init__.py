"""The guides' desk, protocols and cases, and the engine that lets nothing lie still."""
