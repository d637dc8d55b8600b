"""Schemathesis finds nothing in the mock that the contract does not say, over all operations.

With documented bodies and strict ids no check is left out. `SCHEMATHESIS_MAX_EXAMPLES`
asks for more cases than a pull request has time for.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

import apple_music_ratings
import apple_music_ratings_client
from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService

if TYPE_CHECKING:
    from schemathesis.generation.stateful.state_machine import StepInput, StepOutput

CONTRACT = Path(__file__).resolve().parents[2] / "openapi.yaml"
MAX_EXAMPLES = int(os.environ.get("SCHEMATHESIS_MAX_EXAMPLES", "25"))
SEED = 1
USER_TOKEN = "somebody"
LIBRARY = [
    LibraryEntry("library-songs", "i.7PJNN4mfXlD68R", "907242702", name="Morning Ferry"),
    LibraryEntry("library-albums", "l.qrRWYhq", "1138988512", name="Tides"),
    LibraryEntry("library-music-videos", "i.NJv00rkTEaLK51", name="Harbor at Night"),
    LibraryEntry("library-playlists", "p.MoGJYM3CYXW09B", name="Quiet Evenings"),
]
SERVICE = MockService(
    behaviors=Behaviors(error_bodies="documented", id_check="strict", library_ids="any"),
    library=LIBRARY,
    error_ids=SEED,
)
CONFIG = {
    "seed": SEED,
    "generation": {"deterministic": True, "max-examples": MAX_EXAMPLES, "database": "none"},
    # Valid data is answered, or there is no rating for the id; it is never refused.
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404"]}},
    # Only the links that the contract has.
    "phases": {"stateful": {"inference": {"algorithms": []}}},
    "auth": {
        "openapi": {
            "developerToken": {"bearer": SERVICE.developer_token()},
            "musicUserToken": {"api_key": USER_TOKEN},
        }
    },
}
SCENARIOS = settings(
    max_examples=MAX_EXAMPLES,
    stateful_step_count=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    # Scenarios are long, and many steps fit none; that is no fault of the contract.
    suppress_health_check=list(HealthCheck),
)


def load_all_modules() -> None:
    """Load our packages whole.

    Hypothesis mixes in literals of whatever local modules are loaded. With all of them loaded
    the cases are the same, whichever tests ran before in this process.
    """
    for package in (apple_music_ratings, apple_music_ratings_client):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


load_all_modules()
schema = schemathesis.openapi.from_path(str(CONTRACT), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = SERVICE.asgi


@pytest.fixture
def statuses() -> Iterator[Counter[int]]:
    """How often each status was answered; without a good answer a test has proved nothing."""
    counter: Counter[int] = Counter()
    yield counter
    assert any(200 <= status < 300 for status in counter), counter


@schema.parametrize()
# The counter is one for all cases of an operation, which is what it is for.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_is_one_that_the_contract_describes(
    case: schemathesis.Case[Any], statuses: Counter[int], documented_items: list[tuple[str, str]]
) -> None:
    """Documented examples, edges of every schema and random cases pass all checks."""
    SERVICE.reset()
    for resource_type, item_id in documented_items:
        SERVICE.set_rating(USER_TOKEN, resource_type, item_id, 1)

    response = case.call()
    statuses[response.status_code] += 1

    case.validate_response(response)


def test_no_operation_is_left_out(all_operations: list[Any]) -> None:
    """Schemathesis reads the same operations out of the contract as the other tests do."""
    results: Iterator[Any] = schema.get_all_operations()
    tested = {result.ok().definition.raw["operationId"] for result in results}

    assert tested == {operation.id for operation in all_operations}


def test_links_are_followed_to_where_they_say(resource_type: str) -> None:
    """Scenarios along the links pass all checks, and each link is met with what it leads to."""
    met: set[tuple[str, str, int, int]] = set()

    class LibraryPager(schema.include(tag=resource_type).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            SERVICE.reset()

        def step(self, input: StepInput) -> StepOutput:
            output: StepOutput = super().step(input)
            if input.transition is not None and input.is_applied:
                # Such as "PUT /v1/… -> [200] list -> GET /v1/…".
                source, link, _ = input.transition.id.split(" -> ")
                status = output.response.status_code
                ratings = len(output.response.json()["data"]) if status == 200 else 0
                met.add((source.split()[0], link.split()[1], status, ratings))
            return output

    LibraryPager.run(settings=SCENARIOS)

    assert met >= {
        ("PUT", "get", 200, 1),
        ("PUT", "list", 200, 1),
        ("PUT", "delete", 204, 0),
        ("DELETE", "get", 404, 0),
    }
