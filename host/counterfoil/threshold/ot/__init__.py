"""Oblivious transfer between two parties: base, extension, and multiplication on top.

Roles: S multiplies by its own scalars and is the receiver of the base OT (its choice bits are Delta);
V multiplies by a random chi and is the sender of the base OT.
"""
