"""What key generation and resharing have in common: committed polynomials, pairwise set-up, confirmation."""
