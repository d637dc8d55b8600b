"""Keys of developer tokens: verifying signatures with one, signing with another.

The only module that needs PyJWT; it is imported when a key is first used.
"""

from __future__ import annotations

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm

from .developer_tokens import InvalidKeyError, Verify

# Invented, in the documented form.
_KEY_ID = "MOCKKEY001"
_TEAM_ID = "MOCKTEAM01"


def verifier(pem: bytes) -> Verify:
    """Return a function that verifies signatures with a public key.

    Args:
        pem: The public key, as PEM.

    Raises:
        InvalidKeyError: It is not PEM, not a public key, or not on the curve P-256, which ES256
            requires.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKeyError(_key_advice(pem)) from error
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        algorithm = ECAlgorithm(ECAlgorithm.SHA256)
        return lambda message, signature: algorithm.verify(message, key, signature)
    raise InvalidKeyError("the key is not on the curve P-256, which ES256 requires")


def _key_advice(pem: bytes) -> str:
    if b"PRIVATE KEY" in pem:
        return (
            "this is a private key; derive the public one with "
            "'openssl pkey -in PRIVATE.p8 -pubout -out PUBLIC.pem'"
        )
    return "this is not a public key in PEM form"


class Signer:
    """Signs developer tokens with a new key."""

    def __init__(self) -> None:
        self._key = generate_private_key(SECP256R1())

    def sign(self, *, issued_at: float, lifetime: float) -> str:
        """Return a signed developer token."""
        claims = {"iss": _TEAM_ID, "iat": int(issued_at), "exp": int(issued_at + lifetime)}
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": _KEY_ID})
