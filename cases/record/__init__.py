"""The record of cases as it leaves the service or is forgotten: packs, exports, who looked, retention, erasure."""
