"""Safe accounts: addresses, acts and signatures as bytes, all pure.   Safe 1.4.1, safe-passkey 0.2.0, safe-4337 0.3.0"""
