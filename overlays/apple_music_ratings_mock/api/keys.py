"""The keys behind developer tokens: checking with one, signing with another.

The only module that needs PyJWT, and loaded only when a key is.
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

# Made up, and in the form that Apple gives them (official).
_KEY_ID = "MOCKKEY001"
_TEAM_ID = "MOCKTEAM01"


def verifier(pem: bytes) -> Verify:
    """Make the check that a public key allows.

    Args:
        pem: The public key, as PEM.

    Raises:
        InvalidKeyError: It is no PEM, no public key, or not one on the curve P-256,
            which ES256 needs.
    """
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKeyError(_key_advice(pem)) from error
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        algorithm = ECAlgorithm(ECAlgorithm.SHA256)
        return lambda message, signature: algorithm.verify(message, key, signature)
    raise InvalidKeyError("the key is not on the curve P-256, which ES256 needs")


def _key_advice(pem: bytes) -> str:
    if b"PRIVATE KEY" in pem:
        return (
            "this is a private key; make the public one with "
            "'openssl pkey -in PRIVATE.p8 -pubout -out PUBLIC.pem'"
        )
    return "this is not a public key in PEM form"


class Signer:
    """Signs developer tokens with a key made for the occasion."""

    def __init__(self) -> None:
        self._key = generate_private_key(SECP256R1())

    def sign(self, *, issued_at: float, lifetime: float) -> str:
        """Make a developer token."""
        claims = {"iss": _TEAM_ID, "iat": int(issued_at), "exp": int(issued_at + lifetime)}
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": _KEY_ID})
