"""Code of functions and layers in the deploy bucket."""

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
    """A zip archive in the versioned deploy bucket; functions refer to the uploaded version (P9).

    `sha256` is the hash of the archive. `TerraformAsset.asset_hash` differs from the hash that Lambda
    reports, so every apply would update the functions.

    Args:
        archive: Archive to upload.
        bucket: Deploy bucket.

    Attributes:
        bucket: Name of the bucket.
        key: Key of the object.
        version: Version of the object.
        sha256: Base64 of the archive's SHA-256, for `source_code_hash`.
    """

    def __init__(self, scope: Construct, id: str, *, archive: Archive, bucket: Bucket) -> None:
        super().__init__(scope, id)
        asset = TerraformAsset(self, "asset", path=str(archive.path), type=AssetType.FILE)
        s3_object = S3Object(
            self,
            "object",
            bucket=bucket.versioned_name,
            key=f"{id}.zip",
            source=asset.path,
            source_hash=archive.sha256,
        )
        self.bucket: str = bucket.name
        self.key: str = s3_object.key
        self.version: str = s3_object.version_id
        self.sha256 = archive.sha256


class Layer(Construct):
    """A Lambda layer with third-party packages.

    Args:
        name: Name of the layer.
        code: Archive of the layer.
        architecture: `arm64` or `x86_64`.

    Attributes:
        arn: ARN of this version.
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
