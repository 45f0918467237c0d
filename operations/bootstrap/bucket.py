"""The bucket of Terraform's state."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.policy import deny_insecure_transport
from operations.aws import Caller, Client, SetupError, code, found, region_of_bucket, taken
from operations.bootstrap.steps import Say, Tags, ensure, tag_set

PUBLIC = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
LIFECYCLE: list[dict[str, Any]] = [
    {
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        # Each run of Terraform puts and deletes its lock, which leaves a marker in a versioned bucket.
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
    {
        "ID": "plans",  # saved plans hold state, and wait there to be applied
        "Status": "Enabled",
        "Filter": {"Prefix": "plans/"},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "Expiration": {"Days": 7},
    },
]
"""Where both apply, S3 does what comes first
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html)."""


class StateBucket:
    """The bucket, step by step; every call says whose it has to be, so that it can never be another's."""

    def __init__(self, s3: Client, bucket: str, caller: Caller, say: Say) -> None:
        self._s3 = s3
        self._name = bucket
        self._caller = caller
        self._where = {"Bucket": bucket, "ExpectedBucketOwner": caller.account}
        self._say = say

    def make(self, region: str) -> None:
        """Make it in a region, or see that it is there."""
        there = region_of_bucket(self._s3, self._name, self._caller)
        if there not in {None, region}:
            raise SetupError(
                f"bucket {self._name} is in {there}, not in {region}:"
                f" set STATE_REGION={there}, or STATE_BUCKET to another name"
            )
        what = f"bucket {self._name}"
        ensure(self._say, what, there is not None, lambda: self._create(region), did="made")

    def _create(self, region: str) -> None:
        # us-east-1 is where a bucket goes that is told nothing, and cannot be told.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self._s3.create_bucket(Bucket=self._name, **place)
        except ClientError as error:
            if code(error) == "BucketAlreadyExists":
                raise SetupError(taken(self._name)) from None
            raise
        self._s3.get_waiter("bucket_exists").wait(**self._where)

    def configure(self, key_arn: str, tags: Tags) -> None:
        """Give it what it lacks."""
        self._keep_versions()
        self._encrypt(key_arn)
        self._block_public_access()
        self._own()
        self._refuse_plain_http()
        self._tidy_up()
        self._tag(tags)

    def _get(self, look: Callable[..., Any], *nothing: str) -> Any:  # noqa: ANN401 - what boto3 gives
        return found(lambda: look(**self._where), *nothing)

    def _put(self, what: str, right: bool, put: Callable[..., Any], **content: Any) -> None:  # noqa: ANN401
        ensure(self._say, f"bucket {self._name}: {what}", right, lambda: put(**self._where, **content))

    def _keep_versions(self) -> None:
        s3, wanted = self._s3, {"Status": "Enabled"}
        right = self._get(s3.get_bucket_versioning).get("Status") == "Enabled"
        self._put("versioning", right, s3.put_bucket_versioning, VersioningConfiguration=wanted)

    def _encrypt(self, key_arn: str) -> None:
        s3 = self._s3
        there = self._get(s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError")
        (rule,) = there.get("ServerSideEncryptionConfiguration", {"Rules": [{}]})["Rules"]
        wanted = {
            **rule,  # it may also say which encryptions are refused
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn},
            "BucketKeyEnabled": True,
        }
        content = {"Rules": [wanted]}
        self._put(
            "encryption",
            rule == wanted,
            s3.put_bucket_encryption,
            ServerSideEncryptionConfiguration=content,
        )

    def _block_public_access(self) -> None:
        s3, wanted = self._s3, dict.fromkeys(PUBLIC, True)
        there = self._get(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration")
        right = there.get("PublicAccessBlockConfiguration") == wanted
        self._put(
            "no public access", right, s3.put_public_access_block, PublicAccessBlockConfiguration=wanted
        )

    def _own(self) -> None:
        s3, wanted = self._s3, {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        there = self._get(s3.get_bucket_ownership_controls, "OwnershipControlsNotFoundError")
        right = there.get("OwnershipControls") == wanted
        self._put("ownership", right, s3.put_bucket_ownership_controls, OwnershipControls=wanted)

    def _refuse_plain_http(self) -> None:
        s3, arn = self._s3, f"arn:aws:s3:::{self._name}"
        there = self._get(s3.get_bucket_policy, "NoSuchBucketPolicy").get("Policy")
        policy = json.loads(there) if there else {"Version": "2012-10-17", "Statement": []}
        statements = _listed(policy["Statement"])
        denial = deny_insecure_transport(["s3:*"], [arn, f"{arn}/*"])
        right = _plain(denial) in map(_plain, statements)
        whole = json.dumps({**policy, "Statement": [*statements, denial]})
        self._put("no plain HTTP", right, s3.put_bucket_policy, Policy=whole)

    def _tidy_up(self) -> None:
        s3, ours = self._s3, [rule["ID"] for rule in LIFECYCLE]
        there = self._get(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration")
        rules = there.get("Rules", [])
        others = [rule for rule in rules if rule.get("ID") not in ours]
        name = "TransitionDefaultMinimumObjectSize"  # it is put with the rules, or lost
        self._put(
            "lifecycle",
            all(rule in rules for rule in LIFECYCLE),
            s3.put_bucket_lifecycle_configuration,
            LifecycleConfiguration={"Rules": [*others, *LIFECYCLE]},
            **({name: there[name]} if name in there else {}),
        )

    def _tag(self, tags: Tags) -> None:
        s3 = self._s3
        there = self._get(s3.get_bucket_tagging, "NoSuchTagSet").get("TagSet", [])
        tagged = {each["Key"]: each["Value"] for each in there}
        right = tags.items() <= tagged.items()
        self._put("tags", right, s3.put_bucket_tagging, Tagging={"TagSet": tag_set({**tagged, **tags})})


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - of a policy
    """What a policy may write as a list or, alone, without one."""
    return value if isinstance(value, list) else [value]


def _plain(statement: Mapping[str, Any]) -> dict[str, Any]:
    """A statement in one form, without its name."""
    return {name: sorted(map(str, _listed(value))) for name, value in statement.items() if name != "Sid"}
