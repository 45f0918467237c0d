"""The review reads the documents of the stack's own APIs."""

import json

from review import synths
from review.report import Report, review
from synthesized.stack import path_in_stack
from tests.synthesis import Synthesize
from tests.template import Template

REST_API = "aws_api_gateway_rest_api"


def reviewed(base: Template, head: Template) -> Report:
    return review(synths.compare_stacks(base, head))


def texts(report: Report) -> list[str]:
    return [finding.text for finding in report.findings if finding.change.type == REST_API]


def test_less_authorization_of_an_api_is_a_finding_for_each_method(synthesize: Synthesize) -> None:
    iam, api_key = (synthesize(WORKLOADS="tasks", TASKS_AUTH=auth) for auth in ("iam", "api_key"))
    routes = [name for name, method in api_key.methods("tasks/api/api").items() if not method.is_mock]
    assert texts(reviewed(iam, api_key)) == [
        f"requires only an API key for `{route}`, no authorization" for route in routes
    ]
    assert texts(reviewed(api_key, iam)) == []


def test_cors_that_opens_is_a_finding_for_each_api(synthesize: Synthesize) -> None:
    one, every = (synthesize(WORKLOADS="tasks", CORS_ORIGINS=origins) for origins in ("https://a.com", "*"))
    assert texts(reviewed(one, every)) == [
        "lets pages of every origin call `/tasks`, `/tasks/{id}` (CORS `*`)"
    ]
    assert texts(reviewed(every, one)) == []


def test_a_route_that_goes_and_a_body_that_widens_are_findings(synthesize: Synthesize) -> None:
    base = synthesize(WORKLOADS="files")
    document = json.loads(json.dumps(base.document))
    (api,) = document["resource"][REST_API].values()
    assert path_in_stack(api) == "files/rest-api/api"
    body = json.loads(api["body"])
    del body["paths"]["/files/{id}"]["get"]
    del body["components"]["schemas"]["NewFile"]["properties"]["name"]["maxLength"]
    api["body"] = json.dumps(body)
    assert texts(reviewed(base, Template(document))) == [
        "no longer has `GET /files/{id}`, which its clients call",
        "accepts more in `application/json` bodies of `POST /files`: `name.maxLength` `255` → `none`",
    ]
