"""Schemathesis finds no difference between the contract and the mock, in both of its modes.

Documented: the contract, against documented bodies and strict ids. Observed: the contract with
`observed.overlay.yaml` applied, against the mock's defaults. No check is left out.
`SCHEMATHESIS_MAX_EXAMPLES` asks for more cases than a pull request has time for, and
`SCHEMATHESIS_SEED` for others.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from attrs import field, frozen
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection
from schemathesis.specs.openapi.schemas import OpenApiSchema
from support.asgi_client import DirectClient
from support.contract import (
    CONTRACT,
    DOCUMENTED_ITEMS,
    RESOURCE_TYPES,
    Operation,
    follow_references,
    list_operations,
    observed_contract,
)
from support.sent_requests import is_valid_as_sent

import apple_music_ratings
import apple_music_ratings_client
from apple_music_ratings_mock import Behaviors, LibraryEntry, MockService

if TYPE_CHECKING:
    from schemathesis.engine.recorder import ScenarioRecorder
    from schemathesis.generation.stateful import APIStateMachine
    from schemathesis.generation.stateful.state_machine import StepInput, StepOutput

# Random cases per operation, and fewer where they would be the same again: with one seed, a list of
# albums is drawn as a list of songs is. What a schema has as examples and edges is always sent.
WISHED = os.environ.get("SCHEMATHESIS_MAX_EXAMPLES")
MAX_EXAMPLES = int(WISHED or "25")
SIBLING_EXAMPLES = int(WISHED or "5")
SCENARIO_EXAMPLES = int(WISHED or "8")
SIBLINGS = [resource_type for resource_type in RESOURCE_TYPES if resource_type != "songs"]
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "1"))
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
    client: DirectClient
    developer_token: str
    # By method and path.
    operations: dict[str, Operation]
    # The operations that were seen to reject a request without valid tokens.
    protected: set[str] = field(factory=set)

    def call(self, case: schemathesis.Case[Any]) -> Response:
        """Send a case."""
        return case.call(session=self.client)

    def validate(
        self,
        case: schemathesis.Case[Any],
        response: Response,
        recorder: ScenarioRecorder | None = None,
    ) -> None:
        """Run all checks.

        As in the program `schemathesis`, an operation rejects requests without valid tokens if it
        has rejected those of one successful case. And a request that is valid as it was sent may
        be accepted.
        """
        sent = response.request
        is_signed = (sent.headers.get("Authorization"), sent.headers.get("Music-User-Token")) == (
            f"Bearer {self.developer_token}",
            USER_TOKEN,
        )
        is_accepted = response.status_code < 300
        excluded = [ignored_auth] if is_signed and case.operation.label in self.protected else []
        if is_accepted and is_valid_as_sent(
            case, str(sent.url), self.operations[case.operation.label]
        ):
            excluded.append(negative_data_rejection)
        case.validate_response(response, excluded_checks=excluded, recorder=recorder)
        if is_signed and is_accepted:
            self.protected.add(case.operation.label)


def a_mode(
    contract: dict[str, Any], behaviors: Behaviors, *, library: list[LibraryEntry] | None = LIBRARY
) -> Mode:
    """Build a mode; without a library any library id can be rated."""
    service = MockService(behaviors=behaviors, library=library, error_ids=SEED)
    developer_token = service.developer_token()
    config = {
        "seed": SEED,
        "generation": {"deterministic": True, "max-examples": MAX_EXAMPLES, "database": "none"},
        # Valid data succeeds, or the id has no rating; it is never rejected.
        "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404"]}},
        "operations": [
            {"include-tag": SIBLINGS, "generation": {"max-examples": SIBLING_EXAMPLES}},
            {
                "include-operation-id": "deleteFavorites",
                "checks": {"positive_data_acceptance": {"expected-statuses": ["400"]}},
            },
        ],
        # Only the links of the contract.
        "phases": {"stateful": {"inference": {"algorithms": []}}},
        "auth": {
            "openapi": {
                "developerToken": {"bearer": developer_token},
                "musicUserToken": {"api_key": USER_TOKEN},
            }
        },
    }
    schema = schemathesis.openapi.from_dict(contract, config=SchemathesisConfig.from_dict(config))
    schema.app = service.asgi
    operations = {
        f"{each.method} {each.path}": each for each in list_operations(follow_references(contract))
    }
    return Mode(schema, service, DirectClient(service.asgi), developer_token, operations)


# Method, link, status of the next response, and the number of ratings in it.
Link = tuple[str, str, int, int]
EXPECTED_LINKS = {
    ("PUT", "get", 200, 1),
    ("PUT", "list", 200, 1),
    ("PUT", "delete", 204, 0),
    ("DELETE", "get", 404, 0),
}
SCENARIOS = settings(
    max_examples=SCENARIO_EXAMPLES,
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

    response = mode.call(case)

    mode.validate(case, response)
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
def test_links_are_followed_to_their_operations(mode_name: str) -> None:
    """Scenarios along the links pass all checks, and each link gets its expected response."""
    # With ids that the mock knows; the overlay admits any text.
    contract = deepcopy(CONTRACTS[mode_name])
    contract["components"]["schemas"] = CONTRACT["components"]["schemas"]
    behaviors = {"documented": DOCUMENTED, "observed": OBSERVED}[mode_name]
    mode = a_mode(contract, behaviors, library=None)
    met: set[Link] = set()

    # Which links a seed meets depends on every literal of the project; see `load_all_modules`.
    for first_seed in range(SEED, SEED + 5):
        for number, resource_type in enumerate(RESOURCE_TYPES):
            scenario = seed(first_seed + 10 * number)(a_scenario(mode, resource_type, met))
            scenario.run(settings=SCENARIOS)
        if met >= EXPECTED_LINKS:
            break

    assert met >= EXPECTED_LINKS


def a_scenario(mode: Mode, resource_type: str, met: set[Link]) -> type[APIStateMachine]:
    """Build the state machine of one type, which adds the links that it follows to a set."""

    class Scenario(mode.schema.include(tag=resource_type).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            mode.service.reset()

        def call(self, case: schemathesis.Case[Any], **_: object) -> Response:
            return mode.call(case)

        def validate_response(
            self, response: Response, case: schemathesis.Case[Any], **_: object
        ) -> None:
            mode.validate(case, response, recorder=self.recorder)

        def step(self, input: StepInput) -> StepOutput:
            if input.transition is None and input.case.method == "DELETE":
                # Otherwise hardly any is followed by another step.
                with suppress(ValueError):
                    item_id = str(input.case.path_parameters["id"])
                    mode.service.set_rating(USER_TOKEN, resource_type, item_id, 1)
            output: StepOutput = super().step(input)
            if input.transition is not None and input.is_applied:
                # Such as "PUT /v1/… -> [200] list -> GET /v1/…".
                source, link, _ = input.transition.id.split(" -> ")
                status = output.response.status_code
                ratings = len(output.response.json()["data"]) if status == 200 else 0
                met.add((source.split()[0], link.split()[1], status, ratings))
            return output

    return Scenario
