"""The roles that a bearer token may name."""

from enum import StrEnum


class Role(StrEnum):
    L1 = "l1"
    ENGINEER = "engineer"
    ADMIN = "admin"
    OWNER = "owner"
