"""A function that uploads trigger, with a secret (requirements U1 to U7)."""

from cdktf import TerraformOutput, TerraformStack
from constructs import Construct

from infra import policy
from infra.constructs.bucket_events import BucketEvents, ObjectCreated
from infra.constructs.code import Code
from infra.constructs.queue import DeadLetterQueue
from infra.constructs.secret import GeneratedSecret
from infra.packaging import handlers_zip
from infra.platform import Platform
from infra.workload_settings import SLOW_SECONDS

METRIC_NAMESPACE = "ServerlessApp/Lambda"
PREFIX = "uploads/"


class Uploads(Construct):
    """What is stored under ``uploads/`` is processed; what fails three times waits in a queue."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        name = platform.names.of
        bucket = platform.bucket(self, "files", name="files")
        secret = GeneratedSecret(
            self,
            "secret",
            name=name("secretsmanager", "uploads"),
            username="admin",
            key=platform.key,
            protected=platform.settings.protected,
            disposable=platform.settings.disposable,
        )
        dead_letters = DeadLetterQueue(self, "dead-letters", name=name("sqs", "uploads-dead-letters"))
        processor = platform.function(
            self,
            "processor",
            name="uploads-processor",
            handler="handlers.uploads.processor.handler",
            code=Code(self, "uploads", archive=handlers_zip("uploads"), bucket=platform.deploy_bucket),
            size=platform.settings.uploads.processor,
            environment={"SECRET_ARN": secret.arn, "BUCKET_NAME": bucket.name},
            error_threshold=1,
            dead_letters=dead_letters,
        )
        platform.watch(
            self,
            "uploads-processor-duration",
            processor.metric_duration(),
            threshold=SLOW_SECONDS * 1000,
            periods=2,
        )
        bucket.grant(processor, "GetObject", "GetObjectVersion")
        secret.grant_read(processor)
        in_namespace = {"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}}
        # PutMetricData knows no resources; the namespace is what it can be held to (U4).
        processor.grant(policy.allow(["cloudwatch:PutMetricData"], ["*"], conditions=in_namespace))
        BucketEvents(
            self,
            "events",
            bucket=bucket,
            account=platform.account,
            rules=[ObjectCreated(processor, prefix=PREFIX)],
        )
        stack = TerraformStack.of(self)
        TerraformOutput(stack, "uploads-bucket-name", value=bucket.name)
        TerraformOutput(stack, "uploads-function-arn", value=processor.arn)
        TerraformOutput(stack, "uploads-secret-arn", value=secret.arn)
        TerraformOutput(stack, "uploads-dead-letters-url", value=dead_letters.url)
