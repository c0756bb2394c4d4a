"""DKLs23: threshold ECDSA in three rounds, and its key generation.   2023/765"""
