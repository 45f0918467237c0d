from functools import cache

import botocore.session
import pytest
from botocore.model import ServiceModel, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engines.loader.mapping import UnknownAttributeError, parameters, tag_parameter
from synthesized.stack import JSON


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


def shape(service: str, operation: str) -> StructureShape:
    input_shape = _model(service).operation_model(operation).input_shape
    assert input_shape is not None
    return input_shape


@pytest.mark.parametrize(
    ("service", "operation", "names", "attributes", "expected"),
    [
        # spelling
        ("apigateway", "CreateResource", {}, {"rest_api_id": "a"}, {"restApiId": "a"}),
        ("ec2", "CreateVpc", {}, {"cidr_block": "10.0.0.0/16"}, {"CidrBlock": "10.0.0.0/16"}),
        # nulls are left out
        ("ec2", "CreateVpc", {}, {"cidr_block": None}, {}),
        # renamed attributes: nested, beside another, and into a map
        (
            "lambda",
            "CreateFunction",
            {"s3_bucket": "Code.S3Bucket", "s3_key": "Code.S3Key"},
            {"s3_bucket": "b", "s3_key": "k"},
            {"Code": {"S3Bucket": "b", "S3Key": "k"}},
        ),
        (
            "sns",
            "CreateTopic",
            {"display_name": "Attributes.DisplayName"},
            {"display_name": "n"},
            {"Attributes": {"DisplayName": "n"}},
        ),
        # a block, alone or in a list of one; a scalar that is the only member of a structure
        (
            "lambda",
            "CreateFunction",
            {},
            {"vpc_config": [{"subnet_ids": ["s"]}]},
            {"VpcConfig": {"SubnetIds": ["s"]}},
        ),
        (
            "lambda",
            "CreateFunction",
            {},
            {"vpc_config": {"subnet_ids": ["s"]}},
            {"VpcConfig": {"SubnetIds": ["s"]}},
        ),
        (
            "ec2",
            "ModifyVpcAttribute",
            {},
            {"enable_dns_support": True},
            {"EnableDnsSupport": {"Value": True}},
        ),
        # a repeated block, whose member is plural and contains a renamed attribute
        (
            "s3",
            "PutBucketLifecycleConfiguration",
            {"rule": "LifecycleConfiguration.Rules", "rule.id": "ID"},
            {"rule": [{"id": "r", "transition": {"days": "3", "storage_class": "GLACIER"}}]},
            {
                "LifecycleConfiguration": {
                    "Rules": [{"ID": "r", "Transitions": [{"Days": 3, "StorageClass": "GLACIER"}]}]
                }
            },
        ),
        # pairs
        (
            "cloudwatch",
            "PutMetricAlarm",
            {},
            {"dimensions": {"F": "x"}},
            {"Dimensions": [{"Name": "F", "Value": "x"}]},
        ),
        # strings, numbers and booleans are converted
        (
            "cloudwatch",
            "PutMetricAlarm",
            {},
            {"threshold": 5, "period": "300"},
            {"Threshold": 5.0, "Period": 300},
        ),
        ("apigateway", "CreateApiKey", {}, {"enabled": "false"}, {"enabled": False}),
        (
            "apigateway",
            "PutMethod",
            {},
            {"request_parameters": {"a": "true"}},
            {"requestParameters": {"a": True}},
        ),
        ("apigateway", "PutGatewayResponse", {}, {"status_code": 404}, {"statusCode": "404"}),
        ("apigateway", "CreateStage", {}, {"variables": {"on": True}}, {"variables": {"on": "true"}}),
        ("s3", "PutObject", {}, {"body": b"\xff"}, {"Body": b"\xff"}),
    ],
)
def test_attributes_are_mapped_to_parameters(
    service: str,
    operation: str,
    names: dict[str, str],
    attributes: dict[str, JSON],
    expected: dict[str, JSON],
) -> None:
    assert parameters(shape(service, operation), attributes, names) == expected


@pytest.mark.parametrize(
    ("service", "operation", "attributes", "message"),
    [
        ("ec2", "CreateVpc", {"cidr": "x"}, r"^cidr: unknown attribute \(not in CreateVpcRequest\), got 'x'"),
        (
            "lambda",
            "CreateFunction",
            {"vpc_config": [{"subnet": "s"}]},
            r"^vpc_config\.subnet: unknown attribute",
        ),
        (
            "lambda",
            "CreateFunction",
            {"vpc_config": [{}, {}]},
            r"^vpc_config: a single block is expected, got \[\{\}, \{\}\]",
        ),
        ("lambda", "CreateFunction", {"layers": "one"}, r"^layers: a list is expected, got 'one'"),
        (
            "lambda",
            "CreateFunction",
            {"timeout": "soon"},
            r"^timeout: a value of type integer is expected, got 'soon'",
        ),
        ("lambda", "CreateFunction", {"runtime": ["x"]}, r"^runtime: a value of type string is expected"),
        (
            "apigateway",
            "CreateApiKey",
            {"enabled": "yes"},
            r"^enabled: a value of type boolean is expected, got 'yes'",
        ),
        ("apigateway", "CreateStage", {"variables": "x"}, r"^variables: a map is expected, got 'x'"),
        ("s3", "PutObject", {"expires": "2030"}, r"^expires: a value of type timestamp is expected"),
    ],
)
def test_attributes_that_do_not_fit_are_refused(
    service: str, operation: str, attributes: dict[str, JSON], message: str
) -> None:
    with pytest.raises(UnknownAttributeError, match=message):
        parameters(shape(service, operation), attributes, {})


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        (
            "ec2",
            "CreateVpc",
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "k", "Value": "v"}]}]},
        ),
        ("kms", "CreateKey", {"Tags": [{"TagKey": "k", "TagValue": "v"}]}),
        ("iam", "CreateRole", {"Tags": [{"Key": "k", "Value": "v"}]}),
        ("lambda", "CreateFunction", {"Tags": {"k": "v"}}),
        ("apigateway", "CreateStage", {"tags": {"k": "v"}}),
        ("s3", "PutBucketTagging", {"Tagging": {"TagSet": [{"Key": "k", "Value": "v"}]}}),
        ("s3", "PutObject", {"Tagging": "k=v"}),
        ("stepfunctions", "CreateStateMachine", {"tags": [{"key": "k", "value": "v"}]}),
        ("iam", "PutRolePolicy", None),
    ],
)
def test_tags_have_the_form_of_the_service(
    service: str, operation: str, expected: dict[str, JSON] | None
) -> None:
    assert tag_parameter(shape(service, operation), {"k": "v"}, "vpc") == expected


@given(st.sampled_from(sorted(shape("lambda", "CreateFunction").members)))
def test_every_member_is_matched_by_its_snake_case_name(member: str) -> None:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in member).strip("_")
    with pytest.raises(UnknownAttributeError) as raised:
        parameters(shape("lambda", "CreateFunction"), {snake: [[]]}, {})
    assert "unknown attribute" not in str(raised.value)
