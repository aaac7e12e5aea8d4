"""The HTTP API fuzzed by its own OpenAPI description: no answer is a 5xx, and all are as said."""

from __future__ import annotations

import shutil
from collections import Counter
from http import HTTPStatus
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import waygraph
from tests.app.web.conftest import BASE, BEARER, TOKEN
from waygraph.app.web.server import make_app
from waygraph.config import Workspace

pytestmark = pytest.mark.slow
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


# These start processes: an ingest, a copy of the workspace for each example.
COSTLY = ("/api/ingest", "/api/preview")
OPTIONS = settings(
    max_examples=15,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)


@pytest.fixture(scope="module")
def api(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> BaseSchema:
    """The description of a server over a copy of the sample."""
    root = tmp_path_factory.mktemp("fuzzed") / "corpus"
    shutil.copytree(sample.root, root)
    app = make_app(waygraph.open_workspace(root), TOKEN, write=True)
    headers = {**BEARER, "host": BASE.removeprefix("http://")}
    return schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=headers)


def test_no_request_is_too_strange(api: BaseSchema) -> None:
    asked: Counter[str] = Counter()
    for found in api.get_all_operations():
        operation = cast(Any, found).ok()
        costly = operation.path in COSTLY

        @settings(OPTIONS, max_examples=5 if costly else OPTIONS.max_examples)
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            asked[case.operation.path] += 1
            answer = case.call_and_validate(base_url=BASE, headers=BEARER, checks=CHECKS)
            if answer.status_code == HTTPStatus.ACCEPTED:
                jobs = api["/api/jobs/{job}"]["DELETE"]
                jobs.Case(path_parameters={"job": answer.json()["id"]}).call(
                    base_url=BASE, headers=BEARER
                )

        ask()
    assert asked.total() > 300
    assert all(asked[path] for path in COSTLY)


def test_the_description_is_whole(api: BaseSchema) -> None:
    for path, methods in api.raw_schema["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (path, method)
            schema = operation["responses"]["422"]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}, (path, method)
