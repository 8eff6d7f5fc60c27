"""The sealed audit trail: one hash chain per case, and one registry chain for everything else."""
