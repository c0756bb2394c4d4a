"""What ``counterfoil doctor`` looks at."""
