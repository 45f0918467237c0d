"""What has to exist before the first apply in an account and region: `python -m operations.bootstrap`.

It is the storage of Terraform's state (P2), and the role with which API Gateway writes access logs. Each part
is created or set only where it is missing or differs, and reported in one line. Further configuration is not
changed. A second run changes nothing; an interrupted run is completed by the next one.
"""

from operations.aws import Clients, Report, identify
from operations.bootstrap.bucket import StateBucket
from operations.bootstrap.key import ensure_key
from operations.bootstrap.steps import Tags


def ensure_state(
    clients: Clients,
    *,
    bucket: str,
    key_alias: str,
    region: str,
    tags: Tags,
    report: Report = lambda _: None,
) -> None:
    """Create the storage of Terraform's state, or what it lacks: a bucket and the KMS key that encrypts it.

    The key is rotated and has AWS's default policy, which leaves the decision to the account's IAM policies:
    people and pipelines read and write the state, services do not. The bucket is versioned (old versions
    expire after 90 days; incomplete uploads and objects under `plans/` after 7), is encrypted with the key,
    blocks public access and ACLs, and denies plain HTTP.

    Args:
        clients: Returns a client of a service in a region: `operations.aws.default_clients()`, or the
            `client` of a `sandbox.server.process.Server`.
        bucket: The name of the bucket.
        key_alias: The alias of the key, beginning with `alias/`.
        region: The region of both.
        tags: Added to the tags of both.
        report: Receives a line for each part.

    Raises:
        SetupError: The bucket belongs to another account or is in another region, or the alias names a key
            that is not enabled or has another policy.
        ClientError, BotoCoreError: AWS refuses a call, or cannot be reached.
    """
    caller = identify(clients, region)
    state_bucket = StateBucket(clients("s3", region), bucket, caller, report)
    state_bucket.create(region)  # first, as its name may be taken: a key without it would cost by the month
    key_arn = ensure_key(clients("kms", region), key_alias, tags, report)
    state_bucket.configure(key_arn, tags)
