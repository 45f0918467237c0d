"""A function, with a secret, that uploads invoke (requirements U1 to U7)."""

from constructs import Construct

from infra import policy
from infra.constructs.bucket_events import BucketEvents, ObjectCreated
from infra.constructs.secret import GeneratedSecret
from infra.platform import Platform
from infra.workload_settings import SLOW_SECONDS, UploadsSettings
from infra.workloads.workload import Workload

METRIC_NAMESPACE = "ServerlessApp/Lambda"
PREFIX = "uploads/"


class Uploads(Workload):
    """An object under `uploads/` invokes a function; events that failed three times wait in a queue."""

    def __init__(self, scope: Construct, id: str, *, platform: Platform, settings: UploadsSettings) -> None:
        super().__init__(scope, id, platform=platform)
        bucket = platform.bucket(self, "files", name="files")
        secret = GeneratedSecret(
            self,
            "secret",
            name=platform.names.of("secretsmanager", "uploads"),
            username="admin",
            key=platform.key,
            protected=platform.settings.protected,
            force_destroy=platform.settings.force_destroy,
        )
        dead_letters = self._dead_letters()
        processor = self._function(
            "processor",
            size=settings.processor,
            environment={"SECRET_ARN": secret.arn, "BUCKET_NAME": bucket.name},
            error_threshold=1,
            dead_letters=dead_letters,
        )
        platform.add_alarm(
            self,
            "uploads-processor-duration",
            processor.metric_duration(),
            threshold=SLOW_SECONDS * 1000,
            periods=2,
        )
        bucket.grant(processor, "GetObject", "GetObjectVersion", prefix=PREFIX)
        secret.grant_read(processor)
        conditions = {"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}}
        # PutMetricData supports no resources; only the namespace can restrict it (U4).
        processor.grant(policy.allow(["cloudwatch:PutMetricData"], ["*"], conditions=conditions))
        BucketEvents(
            self,
            "events",
            bucket=bucket,
            account=platform.account,
            rules=[ObjectCreated(processor, prefix=PREFIX)],
        )
        self._outputs(
            {
                "bucket-name": bucket.name,
                "function-arn": processor.arn,
                "secret-arn": secret.arn,
                "dead-letters-url": dead_letters.url,
            }
        )
