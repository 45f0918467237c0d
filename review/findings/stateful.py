"""Findings about destroyed or replaced resources that hold data, or an identity that others use."""

import re
from collections.abc import Iterator

from review.change import Change, dotted_path, value_at
from review.findings.finding import Finding
from review.redact import UNKNOWN, Redactor

STATEFUL = {
    "aws_acmpca_certificate_authority": "all certificates that it has signed",
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
    "aws_eip": "the address that others may have allowed",
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
    "aws_kms_external_key": "all data encrypted with it",
    "aws_kms_key": "all data encrypted with it",
    "aws_kms_replica_key": "all data encrypted with it",
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
"""Types of the AWS provider that hold data or an identity, and what is lost with them."""

LOCATION_SETTINGS = {
    "terraform": re.compile(r"^terraform\.(backend|cloud)\b"),
    "provider": re.compile(
        r"^provider\.\w+(\[\d+\])?\.(region|profile|assume_role|endpoints|allowed_account_ids)\b"
    ),
}
"""Settings of a synthesized stack that determine the location of the state and the resources."""

ACTION_REASONS = {
    "replace_because_tainted": "it is tainted: its last apply did not complete",
    "replace_by_request": "requested by `-replace`",
    "replace_by_triggers": "triggered by `replace_triggered_by`",
    "delete_because_no_resource_config": "it is no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_count_index": "its index is beyond `count`",
    "delete_because_each_key": "its key is no longer in `for_each`",
    "delete_because_wrong_repetition": "`count` or `for_each` was added or removed",
    "delete_because_no_move_target": "it was moved to an address that is not in the configuration",
}
"""Descriptions of Terraform's `action_reason`."""


def stateful_findings(changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """Yield what destroyed and replaced resources lose, and settings that make Terraform lose resources."""
    for change in changes:
        loss = STATEFUL.get(change.type)
        retained = change.retains_old or change.value_before("skip_destroy") is True
        if loss and change.action in ("delete", "replace") and not retained:
            verb = "destroyed" if change.action == "delete" else "replaced"
            causes = "".join(f"; {cause}" for cause in _causes(change, redactor))
            text = f"is **{verb}**, which loses {loss}{causes}"
            yield Finding("stateful", change, text, needs_human=True)
        for difference in change.differences if change.type in LOCATION_SETTINGS else ():
            if LOCATION_SETTINGS[change.type].search(difference.name):
                name = redactor.code(difference.name)
                text = f"{name} changes: Terraform would no longer find the deployed resources"
                yield Finding("stateful", change, text, needs_human=True)


def _causes(change: Change, redactor: Redactor) -> Iterator[str]:
    for path in change.forced_by:
        name = redactor.code(dotted_path(path))
        if change.is_sensitive(path):
            yield f"forced by {name} (sensitive)"
            continue
        unknown = value_at(change.unknown, path) is True
        before = redactor.value(change.type, path, change.value_before(*path))
        after = UNKNOWN if unknown else redactor.value(change.type, path, change.value_after(*path))
        yield f"forced by {name}: {redactor.code(before)} → {redactor.code(after)}"
    if change.reason in ACTION_REASONS:
        yield ACTION_REASONS[change.reason]
