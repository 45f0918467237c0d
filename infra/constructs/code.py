"""Code of functions, in the deploy bucket."""

from cdktf import AssetType, TerraformAsset
from cdktf_cdktf_provider_aws.lambda_layer_version import LambdaLayerVersion
from cdktf_cdktf_provider_aws.s3_object import S3Object
from constructs import Construct

from infra.constructs.bucket import Bucket
from infra.packaging import Archive

PYTHON_VERSION = "3.14"
"""The newest Python that Lambda, the AWS provider (from 6.20) and MiniStack accept (P8)."""

RUNTIME = f"python{PYTHON_VERSION}"


class Code(Construct):
    """A zip in the versioned deploy bucket; functions name the very version that was uploaded (P9).

    The hash is the zip's own: `TerraformAsset.asset_hash` is none that Lambda knows, so the functions would
    be updated by every apply.

    Attributes:
        bucket, key, version: where it lies in S3.
        sha256: base64, for `source_code_hash`.
    """

    def __init__(self, scope: Construct, id: str, *, archive: Archive, bucket: Bucket) -> None:
        super().__init__(scope, id)
        asset = TerraformAsset(self, "asset", path=str(archive.path), type=AssetType.FILE)
        uploaded = S3Object(
            self,
            "object",
            bucket=bucket.versioned_name,
            key=f"{id}.zip",
            source=asset.path,
            source_hash=archive.sha256,
        )
        self.bucket: str = bucket.name
        self.key: str = uploaded.key
        self.version: str = uploaded.version_id
        self.sha256 = archive.sha256


class Layer(Construct):
    """A Lambda layer of third-party packages, one for all functions.

    Attributes:
        arn: of this version.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, code: Code, architecture: str) -> None:
        super().__init__(scope, id)
        version = LambdaLayerVersion(
            self,
            "version",
            layer_name=name,
            s3_bucket=code.bucket,
            s3_key=code.key,
            s3_object_version=code.version,
            source_code_hash=code.sha256,
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[architecture],
        )
        self.arn: str = version.arn
