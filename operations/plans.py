"""`python -m operations.plans save|fetch DIRECTORY`: a plan, from its review to its apply.

A saved plan holds state, and so what is secret in it. It waits where the state is: in the state bucket,
encrypted with the state's key, for the seven days that the bucket keeps what is under `plans/`. DIRECTORY
is a synthesized stack: one in which `terraform plan -out=plan.tfplan` was run, or in which to apply it.

A plan is filed under the SHA-256 of the `cdk.tf.json` that it was made of, which names the code by hash
too. So it is found again from any commit that synthesizes to the same stack, be it a merge, a squash or a
rebase, and from no other. It needs `s3:PutObject` (save), `s3:GetObject` and `s3:ListBucket` (fetch) under
`plans/`, and `kms:GenerateDataKey` or `kms:Decrypt` with the key.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import typer

from operations.aws import Clients, SetupError, one_line, ordinary_clients
from synthesized.stack import FILE, Stack, StackError, reading

PLAN = "plan.tfplan"
LOCK = ".terraform.lock.hcl"
"""What `terraform init` chose. A plan applies with the very same providers and no others."""

app = typer.Typer(help="Keep a reviewed plan in the state bucket until it is applied.", add_completion=False)


class PlanError(SetupError):
    """There is no plan to save or to fetch, or not this one; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """Where the plan of a synthesized stack waits.

    Attributes:
        bucket: that of the state.
        prefix: of the plan and its lock file; ends with a slash.
        region: of the bucket.
        kms_key: id, ARN or alias of the key that encrypts the state.
    """

    bucket: str
    prefix: str
    region: str
    kms_key: str

    @classmethod
    def of(cls, directory: Path) -> Self:
        """The place that a synthesized stack's backend names.

        Raises:
            PlanError: it is no synthesized stack.
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
    """Put the plan in ``directory`` and its lock file into the state bucket, in place of an older one.

    Args:
        directory: Of the synthesized stack.
        clients: Makes a client of a service in a region.

    Returns:
        Where they are.

    Raises:
        PlanError: one of the files is not there.
        ClientError, BotoCoreError: the bucket or the key may not be used.
    """
    place = Place.of(directory)
    try:
        # The lock file first: who finds the plan finds it too.
        contents = {name: (directory / name).read_bytes() for name in (LOCK, PLAN)}
    except OSError as error:
        raise PlanError(f"{error.filename} cannot be read: run terraform plan -out={PLAN} first") from None
    s3 = clients("s3", place.region)
    for name, content in contents.items():
        s3.put_object(
            Bucket=place.bucket,
            Key=f"{place.prefix}{name}",
            Body=content,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=place.kms_key,
        )
    return str(place)


def fetch(directory: Path, clients: Clients, *, sha256: str | None = None) -> str:
    """Write the plan of the stack in ``directory``, and its lock file, beside it.

    Args:
        directory: Of the synthesized stack.
        clients: Makes a client of a service in a region.
        sha256: What the plan has to be; by default any.

    Returns:
        The plan's SHA-256.

    Raises:
        PlanError: none waits, or another than asked for. Nothing is written.
        ClientError, BotoCoreError: the bucket or the key may not be used.
    """
    place = Place.of(directory)
    s3 = clients("s3", place.region)
    try:
        contents = {
            name: s3.get_object(Bucket=place.bucket, Key=f"{place.prefix}{name}")["Body"].read()
            for name in (PLAN, LOCK)
        }
    except s3.exceptions.NoSuchKey:
        raise PlanError(
            f"none of this very stack waits in {place}: it is over seven days old, or something else was"
            " planned; plan again, and read the review"
        ) from None
    found = hashlib.sha256(contents[PLAN]).hexdigest()
    if sha256 not in (None, found):
        raise PlanError(f"the plan in {place} is {found}, and {sha256} was reviewed: plan again")
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return found


Directory = Annotated[Path, typer.Argument(help="A synthesized stack: cdktf.out/stacks/serverless.")]


@app.command("save")
def _save(directory: Directory) -> None:
    """Put the plan in DIRECTORY into the state bucket."""
    with one_line("save the plan"):
        typer.echo(f"saved in {save(directory, ordinary_clients())}")


@app.command("fetch")
def _fetch(
    directory: Directory,
    sha256: Annotated[str | None, typer.Option(help="Take this plan and no other.")] = None,
) -> None:
    """Write the plan of the stack in DIRECTORY beside it, and print its SHA-256."""
    with one_line("fetch the plan"):
        typer.echo(fetch(directory, ordinary_clients(), sha256=sha256))


if __name__ == "__main__":
    app()
