"""What browsers need to find Counterfoil on this computer: the extension's folder and the host manifests."""
