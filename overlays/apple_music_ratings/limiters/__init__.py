"""Rate limiters, which keep several clients within one budget.

`RedisLimiter` is in `limiters.redis`, because it needs the extra `redis`.
"""

from __future__ import annotations

from .protocol import Limiter
from .rate_limiter import RateLimiter

__all__ = ["Limiter", "RateLimiter"]
