"""`python -m operations.plans save|fetch DIRECTORY`: keep a reviewed plan until it is applied.

A saved plan contains parts of the state, and so secrets. It is stored where the state is: in the state
bucket, encrypted with the state's key, under `plans/`, whose objects expire after seven days. DIRECTORY is a
synthesized stack: the one in which `terraform plan -out=plan.tfplan` ran, or the one in which the plan is
applied.

The key of a plan contains the SHA-256 of the `cdk.tf.json` that it was made of, which contains the hashes of
the code. So every commit that synthesizes to the same stack (a merge, a squash or a rebase) finds the plan,
and no other commit does. The bucket has to belong to the account of the credentials: a plan is neither given
to nor taken from a bucket of the same name in another account.

The credentials need `s3:PutObject` (save), `s3:GetObject` and `s3:ListBucket` (fetch) under `plans/`, and
`kms:GenerateDataKey` or `kms:Decrypt` with the key. Exit code: 0 if the plan is saved or fetched, 1 if not.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import typer

from commands import application, run
from operations.aws import Clients, SetupError, default_clients, exit_on_aws_error, identify
from synthesized.stack import FILE, Stack, StackError, reading

PLAN_FILE = "plan.tfplan"
LOCK_FILE = ".terraform.lock.hcl"
"""The versions that `terraform init` chose. A plan can only be applied with the same providers."""

app = application("Keep a reviewed plan in the state bucket until it is applied.")


class PlanError(SetupError):
    """There is no plan to save or fetch, or another than the reviewed one; the message contains the fix."""


@dataclass(frozen=True)
class PlanLocation:
    """Where the plan of a synthesized stack is kept.

    Attributes:
        bucket: The state bucket.
        prefix: The prefix of the plan and its lock file; ends with a slash.
        region: The region of the bucket.
        kms_key: The id, ARN or alias of the key that encrypts the state.
    """

    bucket: str
    prefix: str
    region: str
    kms_key: str

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Return the location for the synthesized stack in a directory.

        Raises:
            PlanError: The directory contains no synthesized stack with a backend in S3.
        """
        file = directory / FILE
        try:
            stack = Stack.read(file)
            with reading(file):
                backend = stack.backend
                return cls(
                    bucket=backend["bucket"],
                    prefix=f"plans/{backend['key']}/{hashlib.sha256(file.read_bytes()).hexdigest()}/",
                    region=backend["region"],
                    kms_key=backend["kms_key_id"],
                )
        except StackError as error:
            raise PlanError(str(error)) from None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


def save(directory: Path, clients: Clients) -> str:
    """Put the plan in `directory` and its lock file into the state bucket, over an older plan of the stack.

    Args:
        directory: The synthesized stack.
        clients: Returns a client of a service in a region.

    Returns:
        The URI of their prefix.

    Raises:
        PlanError: One of the files does not exist.
        ClientError, BotoCoreError: Permissions on the bucket or the key are missing.
    """
    location = PlanLocation.of(directory)
    try:
        # The lock file first: when the plan can be fetched, the lock file can be as well.
        contents = {name: (directory / name).read_bytes() for name in (LOCK_FILE, PLAN_FILE)}
    except OSError as error:
        raise PlanError(
            f"{error.filename} cannot be read: run terraform plan -out={PLAN_FILE} first"
        ) from None
    s3, owner = clients("s3", location.region), identify(clients, location.region).account
    for name, content in contents.items():
        s3.put_object(
            Bucket=location.bucket,
            ExpectedBucketOwner=owner,
            Key=f"{location.prefix}{name}",
            Body=content,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=location.kms_key,
        )
    return str(location)


def fetch(directory: Path, clients: Clients, *, sha256: str | None = None) -> str:
    """Write the saved plan of the stack in `directory`, and its lock file, into the directory.

    Args:
        directory: The synthesized stack.
        clients: Returns a client of a service in a region.
        sha256: The SHA-256 that the plan must have; by default any.

    Returns:
        The SHA-256 of the plan.

    Raises:
        PlanError: There is no saved plan, or another than required. Nothing is written.
        ClientError, BotoCoreError: Permissions on the bucket or the key are missing.
    """
    location = PlanLocation.of(directory)
    s3, owner = clients("s3", location.region), identify(clients, location.region).account
    try:
        contents = {
            name: s3.get_object(
                Bucket=location.bucket, ExpectedBucketOwner=owner, Key=f"{location.prefix}{name}"
            )["Body"].read()
            for name in (PLAN_FILE, LOCK_FILE)
        }
    except s3.exceptions.NoSuchKey:
        raise PlanError(
            f"{location} contains no plan of this stack: it is over seven days old, or another stack was"
            " planned; plan again, and read the review"
        ) from None
    saved_sha256 = hashlib.sha256(contents[PLAN_FILE]).hexdigest()
    if sha256 not in (None, saved_sha256):
        raise PlanError(f"the plan in {location} is {saved_sha256}, but {sha256} was reviewed: plan again")
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return saved_sha256


Directory = Annotated[Path, typer.Argument(help="A synthesized stack: cdktf.out/stacks/serverless.")]


@app.command("save")
def save_plan(directory: Directory) -> None:
    """Put the plan in DIRECTORY into the state bucket."""
    with exit_on_aws_error("cannot save the plan"):
        typer.echo(f"saved in {save(directory, default_clients())}")


@app.command("fetch")
def fetch_plan(
    directory: Directory,
    sha256: Annotated[str | None, typer.Option(help="Require this SHA-256 of the plan.")] = None,
) -> None:
    """Write the plan of the stack in DIRECTORY into it, and print its SHA-256."""
    with exit_on_aws_error("cannot fetch the plan"):
        typer.echo(fetch(directory, default_clients(), sha256=sha256))


if __name__ == "__main__":
    run(app, "python -m operations.plans")
