"""Terraform destroys a resource with its data if its address changes."""

from tests.template import Template

STATEFUL_ADDRESSES = {
    "aws_dynamodb_table.files_files-table_8483A794",
    "aws_dynamodb_table.records_records-table_BEB04876",
    "aws_dynamodb_table.requests_requests-table_48ACC77C",
    "aws_dynamodb_table.tasks_idempotency_table_2EA0E09B",
    "aws_dynamodb_table.tasks_sessions_table_316FDF56",
    "aws_kms_key.platform_key_1FA601B7",
    "aws_kms_key.tasks_cursors_key_B49E8BFD",
    "aws_s3_bucket.files_documents_bucket_5F30AB10",
    "aws_s3_bucket.platform_deploy-bucket_6ABD3011",
    "aws_s3_bucket.platform_log-bucket_179094FC",
    "aws_s3_bucket.requests_payloads_bucket_193A86DE",
    "aws_s3_bucket.uploads_files_bucket_AAE2300B",
    "aws_secretsmanager_secret.uploads_secret_12E294D9",
}


def test_addresses_of_stateful_resources_never_change(stack: Template) -> None:
    resource_types = {address.partition(".")[0] for address in STATEFUL_ADDRESSES}
    assert set(stack.resources(*resource_types)) == STATEFUL_ADDRESSES
