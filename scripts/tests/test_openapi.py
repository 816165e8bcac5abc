"""/openapi.json as a whole ecosystem gives it: every type by its name and once, every example one that its schema takes."""

import json

import ecosystem
import jsonschema
import openapi_spec_validator
import pytest

SECRETS = {"access_token", "refresh_token", "token", "api_key", "password", "secret", "otpauth_uri", "recovery_codes", "qr_svg"}


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    place = tmp_path_factory.mktemp("openapi")
    services = "{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}"
    with ecosystem.up(ecosystem.topology(place, kms="scrypt: {ln: 4, r: 1, p: 1}", services=services), place / "log") as client:
        yield client


@pytest.fixture(scope="module")
def document(edge):
    return edge.ok("GET", "/openapi.json")


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def resolved(document, value):
    while "$ref" in value:
        kind, name = value["$ref"].removeprefix("#/components/").split("/")
        value = document["components"][kind][name]
    return value


def every(value):
    """The value and all that is within it."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from every(inner)


def test_it_is_valid(document):
    openapi_spec_validator.validate(document)


def test_every_object_has_a_name_and_no_two_are_alike(document):
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        assert name.isidentifier() and not name[-1].isdigit(), f"{name}: two types have one name"
        inner = [part for part in every(schema) if part is not schema and isinstance(part, dict)]
        assert not [part for part in inner if part.get("properties")], f"{name} has an object without a name within it"
    anonymous = [part for part in every(document["paths"]) if isinstance(part, dict) and part.get("properties")]
    assert not anonymous
    texts = [json.dumps(schema, sort_keys=True) for schema in schemas.values()]
    assert len(set(texts)) == len(texts)
    expected = {"Problem", "FailureField", "Tokens", "Credentials", "CreateElement", "SequenceElement", "SearchRequest", "Health", "ElementType"}
    assert expected <= set(schemas), expected - set(schemas)


def test_what_is_named_is_used_and_what_is_used_is_there(document):
    used = {part["$ref"] for part in every(document) if isinstance(part, dict) and "$ref" in part}
    there = {f"#/components/{kind}/{name}" for kind, parts in document["components"].items() for name in parts}
    assert used <= there
    assert {name for name in there - used if "/securitySchemes/" not in name} == set()


def test_every_example_is_one_that_its_schema_takes(document):
    seen = 0
    for part in every(document):
        if not isinstance(part, dict):
            continue
        examples = part.get("examples") if "type" in part else None
        if "example" in part and "schema" in part:
            examples, part = [part["example"]], part["schema"]
        for example in examples or []:
            seen += 1
            jsonschema.Draft202012Validator({**part, "components": document["components"]}).validate(example)
    assert seen > 20


def test_every_operation_says_what_comes_with_each_answer(document):
    pages = {"/", "/health", "/ready", "/ready/gateway", "/docs", "/docs.js", "/docs.css", "/openapi.json", "/postman.json", "/metrics", "/problems"}
    assert pages < set(document["paths"])
    for method, path, operation in operations(document):
        assert operation["summary"] and operation["operationId"] and operation["tags"]
        for status, answer in operation["responses"].items():
            answer = resolved(document, answer)
            where = f"{method} {path} {status}"
            assert {"X-Request-Id", "traceparent", "Server-Timing"} <= set(answer["headers"]), where
            assert answer["description"] and ("content" in answer) == (status not in ("204", "304")), where
            assert ("Retry-After" in answer["headers"]) or status not in ("429", "503"), where
            assert ("WWW-Authenticate" in answer["headers"]) or status != "401", where
            for content in answer.get("content", {}).values():
                assert content["schema"], where


def test_links_lead_from_what_was_made_to_its_reading_and_from_page_to_page(document):
    made = document["paths"]["/service_a/sequence"]["post"]["responses"]["201"]["links"]
    assert made["service_a.sequence.read"]["parameters"] == {
        "elementType": "$request.body#/elementType", "elementId": "$request.body#/elementId",
    }
    page = document["paths"]["/service_a/sequence"]["get"]["responses"]["200"]["links"]["next"]
    assert page["operationId"] == "service_a.sequence.list" and page["parameters"]["after"] == "$response.body#/next"
    ids = {operation["operationId"] for _, _, operation in operations(document)}
    for _, _, operation in operations(document):
        for answer in operation["responses"].values():
            for link in resolved(document, answer).get("links", {}).values():
                assert link["operationId"] in ids


def test_what_is_read_holds_no_secret_since_it_may_be_compressed(document):
    for method, path, operation in operations(document):
        if method != "get" or "application/json" not in operation["responses"]["200"].get("content", {}):
            continue
        names, open_ = set(), [operation["responses"]["200"]]
        seen = []
        while open_:
            part = open_.pop()
            if part in seen:
                continue
            seen.append(part)
            for inner in every(part):
                if isinstance(inner, dict):
                    names |= set(inner.get("properties", {}))
                    if "$ref" in inner:
                        open_.append(resolved(document, inner))
        assert not names & SECRETS, f"{path} answers {names & SECRETS}"
