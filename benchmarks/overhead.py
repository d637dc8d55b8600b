"""What the client costs above bare httpx, in process: `python benchmarks/overhead.py`.

Both sides send through the same transport, which answers at once, so that only the work of the
client is left. Runs are interleaved and the median counts; only the ratios mean anything.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

import httpx

from apple_music_ratings import Item, RatingsClient

ROUNDS = 15
CALLS = {"get_rating": 200, "set_rating": 200, "get_ratings, 100 ids": 20}
BASE_URL = "https://api.music.apple.com"
TOKENS = {"Authorization": "Bearer developer-token", "Music-User-Token": "user-token"}
SONGS = [Item("songs", str(number)) for number in range(100)]


def answer(request: httpx.Request) -> httpx.Response:
    """Answer with a like for whatever is asked."""
    path, _, asked = request.url.raw_path.decode().partition("?ids=")
    ids = asked.split(",") if asked else [path.rpartition("/")[2]]
    data = [
        {"id": id, "type": "ratings", "href": f"{path}/{id}", "attributes": {"value": 1}}
        for id in ids
    ]
    return httpx.Response(200, json={"data": data})


def seconds(call: Callable[[], object], times: int) -> float:
    """Time so many calls."""
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start


def main() -> None:
    """Measure, and print one line for each call."""
    transport = httpx.MockTransport(answer)
    bare = httpx.Client(transport=transport, base_url=BASE_URL, headers=TOKENS)
    ours = RatingsClient(
        developer_token="developer-token", music_user_token="user-token", transport=transport
    )
    one, several = f"/v1/me/ratings/{SONGS[0]}", ",".join(song.id for song in SONGS)
    body = {"type": "rating", "attributes": {"value": 1}}
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "get_rating": (
            lambda: json.loads(bare.get(one).content),
            lambda: ours.get_rating(SONGS[0]),
        ),
        "set_rating": (
            lambda: json.loads(bare.put(one, json=body).content),
            lambda: ours.like(SONGS[0]),
        ),
        "get_ratings, 100 ids": (
            lambda: json.loads(bare.get(f"/v1/me/ratings/songs?ids={several}").content),
            lambda: ours.get_ratings(SONGS),
        ),
    }
    print("call                    ratio to bare httpx (quartiles)")
    for name, (theirs, own) in pairs.items():
        ratios = []
        for _ in range(ROUNDS):
            floor = seconds(theirs, CALLS[name])
            ratios.append(seconds(own, CALLS[name]) / floor)
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"{name:<24}{middle:.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
