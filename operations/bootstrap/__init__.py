"""What has to be there before the first apply, once an account and region: `python -m operations.bootstrap`.

A place for Terraform's state (P2), and the role that API Gateway writes access logs with. Each thing is made
or set only where it is not so already, and said in a line; what is configured beyond it is left alone. Run
again, it changes nothing; broken off, it is completed by the next run.
"""

from operations.aws import Clients, identify
from operations.bootstrap.bucket import StateBucket
from operations.bootstrap.key import ensure_key
from operations.bootstrap.steps import Say, Tags


def ensure_state(
    clients: Clients, *, bucket: str, key_alias: str, region: str, tags: Tags, say: Say = lambda _: None
) -> None:
    """Make the place of Terraform's state, or what it lacks: a bucket and the KMS key that encrypts it (P2).

    The key rotates and has AWS's default policy, by which the account's IAM policies decide: the state is
    read and written by people and pipelines, never by a service. The bucket is versioned (old versions go
    after 90 days; unfinished uploads, and what is under `plans/`, after 7), encrypted with the key, blocked,
    owned by its account alone, and refuses plain HTTP.

    Args:
        clients: Makes a client of a service in a region: `operations.aws.ordinary_clients()`, or the `client`
            of a `sandbox.server.process.Server`.
        bucket: Its name.
        key_alias: Of the key, beginning with `alias/`.
        region: Of both.
        tags: On both, beside those that they have.
        say: Gets a line a thing: made, set, or as it should be.

    Raises:
        SetupError: The bucket is somebody else's or in another region, or the alias names a key that is not
            enabled.
        ClientError, BotoCoreError: AWS refused something, or cannot be reached.
    """
    caller = identify(clients, region)
    place = StateBucket(clients("s3", region), bucket, caller, say)
    place.make(region)  # first: a key costs by the month, and the bucket may be somebody else's, or elsewhere
    key_arn = ensure_key(clients("kms", region), key_alias, tags, say)
    place.configure(key_arn, tags)
