"""Schemathesis finds no difference between the contract and the mock, in both of its modes.

Documented: the contract, against documented bodies and strict ids. Observed: the contract with
`observed.overlay.yaml` applied, against the mock's defaults. No check is left out.
`SCHEMATHESIS_MAX_EXAMPLES` asks for more cases than a pull request has time for.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.schemas import OpenApiSchema
from support.contract import CONTRACT, DOCUMENTED_ITEMS, observed_contract

import apple_music_ratings
import apple_music_ratings_client
from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService

if TYPE_CHECKING:
    from schemathesis.generation.stateful.state_machine import StepInput, StepOutput

MAX_EXAMPLES = int(os.environ.get("SCHEMATHESIS_MAX_EXAMPLES", "25"))
SEED = 1
USER_TOKEN = "user"
CATALOG_IDS = {"i.7PJNN4mfXlD68R": "907242702", "l.qrRWYhq": "1138988512"}
# Every library item of Apple's examples, so that each can be rated.
LIBRARY = [
    LibraryEntry(resource_type, item_id, CATALOG_IDS.get(item_id), name=f"Item {item_id}")
    for resource_type, item_id in DOCUMENTED_ITEMS
    if resource_type.startswith("library-")
]
DOCUMENTED = Behaviors(error_bodies="documented", id_check="strict", library_ids="any")
OBSERVED = Behaviors()
# Observed alone: neither operation ever succeeds.
UNAVAILABLE = {"getFavorites", "deleteFavorites"}


@frozen
class Mode:
    """A reading of the contract, and the mock that has to agree with it."""

    schema: OpenApiSchema
    service: MockService


def a_mode(
    contract: dict[str, Any], behaviors: Behaviors, *, library: list[LibraryEntry] | None = LIBRARY
) -> Mode:
    """Build a mode; without a library any library id can be rated."""
    service = MockService(behaviors=behaviors, library=library, error_ids=SEED)
    config = {
        "seed": SEED,
        "generation": {"deterministic": True, "max-examples": MAX_EXAMPLES, "database": "none"},
        # Valid data succeeds, or the id has no rating; it is never rejected.
        "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404"]}},
        "operations": [
            {
                "include-operation-id": "deleteFavorites",
                "checks": {"positive_data_acceptance": {"expected-statuses": ["400"]}},
            }
        ],
        # Only the links of the contract.
        "phases": {"stateful": {"inference": {"algorithms": []}}},
        "auth": {
            "openapi": {
                "developerToken": {"bearer": service.developer_token()},
                "musicUserToken": {"api_key": USER_TOKEN},
            }
        },
    }
    schema = schemathesis.openapi.from_dict(contract, config=SchemathesisConfig.from_dict(config))
    schema.app = service.asgi
    return Mode(schema, service)


SCENARIOS = settings(
    max_examples=MAX_EXAMPLES,
    stateful_step_count=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    # Scenarios are long, and many steps fit none, which is not an error of the contract.
    suppress_health_check=list(HealthCheck),
)


def load_all_modules() -> None:
    """Load our packages whole.

    Hypothesis mixes in literals of the loaded local modules. With all of them loaded the cases do
    not depend on the tests that ran before in this process.
    """
    for package in (apple_music_ratings, apple_music_ratings_client):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


load_all_modules()
CONTRACTS = {"documented": CONTRACT, "observed": observed_contract()}
documented = a_mode(CONTRACTS["documented"], DOCUMENTED)
observed = a_mode(CONTRACTS["observed"], OBSERVED)


@pytest.fixture
def expected() -> Iterator[Counter[bool]]:
    """How often a response was the expected one; a test that saw none has proved nothing."""
    counter: Counter[bool] = Counter()
    yield counter
    assert counter[True], counter


def check(mode: Mode, case: schemathesis.Case[Any]) -> int:
    """Send a case to the mock, with every documented item rated, and run all checks."""
    mode.service.reset()
    for resource_type, item_id in DOCUMENTED_ITEMS:
        mode.service.set_rating(USER_TOKEN, resource_type, item_id, 1)

    response = case.call()

    case.validate_response(response)
    return int(response.status_code)


@documented.schema.parametrize()
# The counter is one for all cases of an operation, which is its purpose.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_documented_mode_agrees_with_the_contract(
    case: schemathesis.Case[Any], expected: Counter[bool]
) -> None:
    """Documented examples, edges of every schema and random cases pass all checks."""
    expected[check(documented, case) // 100 == 2] += 1


@observed.schema.parametrize()
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_default_mode_agrees_with_the_observed_contract(
    case: schemathesis.Case[Any], expected: Counter[bool]
) -> None:
    """The mode that people use passes all checks of the contract with the overlay applied."""
    status = check(observed, case)
    is_unavailable = case.operation.definition.raw["operationId"] in UNAVAILABLE
    expected[status in {400, 404} if is_unavailable else status // 100 == 2] += 1


def test_no_operation_is_left_out(all_operations: list[Any]) -> None:
    """Schemathesis reads the same operations out of the contract as the other tests do."""
    found = [each for each in documented.schema.get_all_operations() if isinstance(each, Ok)]
    tested = {each.ok().definition.raw["operationId"] for each in found}

    assert tested == {operation.id for operation in all_operations}


@pytest.mark.parametrize("mode_name", ["documented", "observed"])
def test_links_are_followed_to_their_operations(mode_name: str, resource_type: str) -> None:
    """Scenarios along the links pass all checks, and each link gets its expected response."""
    # With ids that the mock knows; the overlay admits any text.
    contract = deepcopy(CONTRACTS[mode_name])
    contract["components"]["schemas"] = CONTRACT["components"]["schemas"]
    behaviors = {"documented": DOCUMENTED, "observed": OBSERVED}[mode_name]
    mode = a_mode(contract, behaviors, library=None)
    met: set[tuple[str, str, int, int]] = set()

    class Scenario(mode.schema.include(tag=resource_type).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            mode.service.reset()

        def step(self, input: StepInput) -> StepOutput:
            output: StepOutput = super().step(input)
            if input.transition is not None and input.is_applied:
                # Such as "PUT /v1/… -> [200] list -> GET /v1/…".
                source, link, _ = input.transition.id.split(" -> ")
                status = output.response.status_code
                ratings = len(output.response.json()["data"]) if status == 200 else 0
                met.add((source.split()[0], link.split()[1], status, ratings))
            return output

    Scenario.run(settings=SCENARIOS)

    assert met >= {
        ("PUT", "get", 200, 1),
        ("PUT", "list", 200, 1),
        ("PUT", "delete", 204, 0),
        ("DELETE", "get", 404, 0),
    }
