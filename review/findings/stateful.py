"""What holds data, or what others hold on to, and is destroyed or made anew."""

import re
from collections.abc import Iterator

from review.change import Change, at, dotted
from review.findings.finding import Finding
from review.redact import UNKNOWN, Redactor

STATEFUL = {
    "aws_acmpca_certificate_authority": "all that it has signed",
    "aws_ami": "the image",
    "aws_api_gateway_api_key": "its clients' key",
    "aws_api_gateway_domain_name": "the name its clients call",
    "aws_api_gateway_rest_api": "the URL its clients call",
    "aws_apigatewayv2_api": "the URL its clients call",
    "aws_apprunner_service": "the URL its clients call",
    "aws_appsync_graphql_api": "the URL its clients call",
    "aws_backup_vault": "its recovery points",
    "aws_bedrockagent_knowledge_base": "its knowledge",
    "aws_cloudfront_distribution": "the name its clients call",
    "aws_cloudtrail_event_data_store": "its events",
    "aws_cloudwatch_event_archive": "its events",
    "aws_cloudwatch_log_group": "its logs",
    "aws_codeartifact_repository": "its packages",
    "aws_codecommit_repository": "its commits",
    "aws_cognito_identity_pool": "its identities",
    "aws_cognito_user": "the user",
    "aws_cognito_user_pool": "its users",
    "aws_cognito_user_pool_client": "the client id that apps use",
    "aws_cognito_user_pool_domain": "the name its clients call",
    "aws_db_cluster_snapshot": "the snapshot",
    "aws_db_instance": "its data",
    "aws_db_snapshot": "the snapshot",
    "aws_docdb_cluster": "its data",
    "aws_dsql_cluster": "its data",
    "aws_dynamodb_global_table": "its items",
    "aws_dynamodb_table": "its items",
    "aws_dynamodb_table_item": "the item",
    "aws_dynamodb_table_replica": "the replica's items",
    "aws_ebs_snapshot": "the snapshot",
    "aws_ebs_volume": "its data",
    "aws_ecr_repository": "its images",
    "aws_ecrpublic_repository": "its images",
    "aws_efs_file_system": "its files",
    "aws_eip": "the address that others may let in",
    "aws_elasticache_cluster": "its data",
    "aws_elasticache_replication_group": "its data",
    "aws_elasticache_serverless_cache": "its data",
    "aws_elasticsearch_domain": "its indices",
    "aws_fsx_lustre_file_system": "its files",
    "aws_fsx_ontap_file_system": "its files",
    "aws_fsx_openzfs_file_system": "its files",
    "aws_fsx_windows_file_system": "its files",
    "aws_glacier_vault": "its archives",
    "aws_glue_catalog_table": "its definition",
    "aws_iam_access_key": "the key that others use",
    "aws_instance": "its disks",
    "aws_keyspaces_table": "its rows",
    "aws_kinesis_stream": "its records",
    "aws_kms_external_key": "all that it has encrypted",
    "aws_kms_key": "all that it has encrypted",
    "aws_kms_replica_key": "all that it has encrypted",
    "aws_lambda_function_url": "the URL its clients call",
    "aws_lb": "the name its clients call",
    "aws_lightsail_database": "its data",
    "aws_memorydb_cluster": "its data",
    "aws_mq_broker": "its messages",
    "aws_msk_cluster": "its topics",
    "aws_neptune_cluster": "its data",
    "aws_neptunegraph_graph": "its data",
    "aws_opensearch_domain": "its indices",
    "aws_opensearchserverless_collection": "its indices",
    "aws_prometheus_workspace": "its metrics",
    "aws_qldb_ledger": "its ledger",
    "aws_rds_cluster": "its data",
    "aws_rds_global_cluster": "its data",
    "aws_redshift_cluster": "its data",
    "aws_redshiftserverless_namespace": "its data",
    "aws_route53_zone": "its records and name servers",
    "aws_s3_bucket": "its objects",
    "aws_s3_directory_bucket": "its objects",
    "aws_s3tables_table": "its rows",
    "aws_s3tables_table_bucket": "its tables",
    "aws_secretsmanager_secret": "its values",
    "aws_secretsmanager_secret_version": "the value",
    "aws_sfn_state_machine": "its executions and their history",
    "aws_sns_topic": "its subscriptions",
    "aws_sqs_queue": "its messages",
    "aws_ssm_parameter": "its value and history",
    "aws_timestreamwrite_database": "its records",
    "aws_timestreamwrite_table": "its records",
    "aws_transfer_server": "the name its clients call",
    "aws_workspaces_workspace": "its disks",
}
"""Types of the AWS provider that hold something, and what is lost with them."""

ELSEWHERE = {
    "terraform": re.compile(r"^terraform\.(backend|cloud)\b"),
    "provider": re.compile(
        r"^provider\.\w+(\[\d+\])?\.(region|profile|assume_role|endpoints|allowed_account_ids)\b"
    ),
}
"""What of a synthesized stack's settings says where the state and the resources are."""

REASONS = {
    "replace_because_tainted": "the last apply left it half made (tainted)",
    "replace_by_request": "`-replace` asks for it",
    "replace_by_triggers": "`replace_triggered_by` asks for it",
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_count_index": "its index is beyond `count`",
    "delete_because_each_key": "its key is no longer in `for_each`",
    "delete_because_wrong_repetition": "`count` or `for_each` was added or removed",
    "delete_because_no_move_target": "it was moved to an address that is not in the configuration",
}
"""Terraform's `action_reason` in words."""


def stateful(changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """What is lost with each destroy or replace, what forces it, and what would not be found again."""
    for change in changes:
        lost = STATEFUL.get(change.type)
        kept = change.leaves_behind or change.was("skip_destroy") is True
        if lost and change.action in ("delete", "replace") and not kept:
            verb = "destroyed" if change.action == "delete" else "replaced"
            because = "".join(f"; {each}" for each in _because(change, redactor))
            yield Finding("stateful", change, f"is **{verb}**, and {lost} with it{because}", needs_human=True)
        for difference in change.differences if change.type in ELSEWHERE else ():
            if ELSEWHERE[change.type].search(difference.name):
                text = f"{redactor.code(difference.name)} changes: what is deployed would not be found again"
                yield Finding("stateful", change, text, needs_human=True)


def _because(change: Change, redactor: Redactor) -> Iterator[str]:
    for path in change.forced_by:
        if change.hides(path):
            yield f"forced by {redactor.code(dotted(path))}, which is sensitive"
            continue
        unknown = at(change.unknown, path) is True
        before = redactor.value(change.type, path, change.was(*path))
        after = UNKNOWN if unknown else redactor.value(change.type, path, change.becomes(*path))
        yield f"forced by {redactor.code(dotted(path))}: {redactor.code(before)} → {redactor.code(after)}"
    if change.reason in REASONS:
        yield REASONS[change.reason]
