"""Corrections of MiniStack 1.5.33 where it differs from AWS.

One module a service or part of one, one function a difference. Each docstring states what AWS does, what
MiniStack does, and the source. The functions replace functions of MiniStack's modules, which look them up at
every call, so they run in the server process (`sandbox/server/program.py`), before its first request.

Every patch has a test in `tests/integration/sandbox/patches` that fails without it. After an upgrade of
MiniStack, run each test without its patch to see whether the patch is still needed.
"""

from sandbox.patches import (
    apigateway,
    aws_lambda,
    cloudwatch,
    credentials,
    ec2,
    iam,
    lambda_layers,
    rest_api_deployments,
    rest_api_import,
    rest_api_mock,
    s3,
    secretsmanager,
    stepfunctions,
)

PATCHES = (
    apigateway.generate_value_for_empty_api_key,
    apigateway.omit_empty_quota_of_usage_plan,
    apigateway.keep_types_of_patched_members,
    aws_lambda.import_only_what_lambda_has,
    aws_lambda.let_invocations_finish,
    aws_lambda.run_only_current_code,
    aws_lambda.unpack_code_once,
    cloudwatch.describe_alarms_completely_in_xml,
    cloudwatch.notify_topics_as_their_policies_allow,
    credentials.verify_signatures_of_root,
    credentials.refuse_calls_without_key,
    credentials.verify_hashes_of_bodies,
    credentials.randomize_credentials_of_functions,
    ec2.describe_quotas_of_addresses,
    ec2.keep_policies_groups_and_private_dns_of_endpoints,
    ec2.keep_role_interval_and_tags_of_flow_logs,
    ec2.offer_endpoints_of_all_services,
    iam.add_attributes_of_updates_to_request_context,
    iam.add_namespace_to_request_context,
    iam.add_precondition_to_request_context,
    iam.authorize_converse_as_invoke_model,
    lambda_layers.refuse_unknown_runtimes_of_layers,
    rest_api_deployments.serve_snapshots_of_deployments,
    rest_api_import.import_openapi_documents,
    rest_api_mock.evaluate_responses_of_mock_integrations,
    s3.block_sse_c_in_new_buckets,
    s3.end_forms_with_their_file,
    s3.keep_tags_of_multipart_uploads,
    s3.override_headers_of_versions,
    secretsmanager.refuse_name_that_is_scheduled_for_deletion,
    stepfunctions.keep_tracing_configuration,
)


def apply_all() -> None:
    """Apply every patch to this process."""
    for patch in PATCHES:
        patch()
