"""What all workloads share: account, names, key, buckets, network, layer, alarms."""

from collections.abc import Mapping

from constructs import Construct

from infra.constructs.account import Account
from infra.constructs.bucket import Bucket, LogBucket
from infra.constructs.code import PYTHON_VERSION, Code, Layer
from infra.constructs.function import Function
from infra.constructs.key import Key
from infra.constructs.monitoring import Alarms, Metric
from infra.constructs.network import Network
from infra.constructs.queue import DeadLetterQueue
from infra.constructs.rest_api import RestApi
from infra.constructs.table import Capacity, Table
from infra.constructs.usage_plan import UsagePlan
from infra.naming import Names
from infra.packaging import layer_zip
from infra.settings import Settings
from infra.workload_settings import ApiSettings, Auth, FunctionSettings


class Platform(Construct):
    """The shared part of the stack, which exists with any selection of workloads (P7 to P11).

    Its methods create constructs with the settings and the shared constructs of the platform.

    Attributes:
        settings: Settings of the stack.
        account: Account of the stack.
        names: Names of resources.
        key: Key that encrypts data, logs and environments.
        log_bucket: Bucket for access logs.
        deploy_bucket: Bucket for the code of functions.
        network: Network of the functions.
        alarms: Topic for notifications of alarms.
        layer: Layer with third-party packages.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id)
        self.settings = settings
        self.account = Account(self, "account", region=settings.aws_region)
        self.names = Names(settings, account_id=self.account.id)
        name = self.names.of
        self.key = Key(
            self,
            "key",
            alias=name("kms", "platform"),
            account=self.account,
            protected=settings.protected,
        )
        self.log_bucket = LogBucket(
            self,
            "log-bucket",
            name=name("s3", "logs"),
            account=self.account,
            protected=settings.protected,
            # S3 delivers logs hours later: nobody can keep the bucket empty until it is destroyed.
            force_destroy=not settings.protected,
        )
        self.deploy_bucket = Bucket(
            self,
            "deploy-bucket",
            name=name("s3", "lambda-deploy"),
            log_bucket=self.log_bucket,
            protected=settings.protected,
            force_destroy=settings.force_destroy,
        )
        self.network = Network(
            self,
            "network",
            name=name("ec2", "vpc"),
            flow_logs_role_name=name("iam", "flow-logs"),
            cidr=settings.vpc_cidr,
            zones=settings.zones,
            nat_per_zone=settings.nat_gateways == "per_zone",
            http_egress=settings.http_egress == "open",
            interface_endpoints=settings.interface_endpoints,
            account=self.account,
            key=self.key,
        )
        self.alarms = Alarms(
            self,
            "alarms",
            topic_name=name("sns", "alarms"),
            key=self.key,
            account=self.account,
            email=settings.alarm_email,
        )
        packages = layer_zip(python_version=PYTHON_VERSION, architecture=settings.architecture)
        self.layer = Layer(
            self,
            "layer",
            name=name("layer", "packages"),
            code=Code(self, "packages", archive=packages, bucket=self.deploy_bucket),
            architecture=settings.architecture,
        )

    def function(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        handler: str,
        code: Code,
        size: FunctionSettings,
        environment: Mapping[str, str],
        error_threshold: float = 5,
        dead_letters: DeadLetterQueue | None = None,
        managed_policies: bool = False,
    ) -> Function:
        """Create a function, an alarm on its errors and, with `dead_letters`, an alarm on these (P8).

        `name` is the function's part of the full name, and `error_threshold` the number of errors in five
        minutes that triggers the alarm. `environment` gets `LOG_LEVEL` in addition. See `Function` for the
        other arguments.
        """
        function = Function(
            scope,
            id,
            name=self.names.of("lambda", name),
            handler=handler,
            code=code,
            layer=self.layer,
            network=self.network,
            key=self.key,
            account=self.account,
            architecture=self.settings.architecture,
            environment={"LOG_LEVEL": self.settings.log_level, **environment},
            memory_mb=size.memory_mb,
            timeout_seconds=size.timeout_seconds,
            log_retention_days=size.log_retention_days,
            reserved_concurrency=size.reserved_concurrency,
            dead_letters=dead_letters,
            managed_policies=managed_policies,
        )
        self.add_alarm(scope, f"{name}-errors", function.metric_errors(), threshold=error_threshold)
        if dead_letters is not None:
            self.add_alarm(scope, f"{name}-dead-letters", dead_letters.metric_depth(), threshold=1)
        return function

    def bucket(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        old_versions_days: int = 90,
        write_once: str | None = None,
    ) -> Bucket:
        """Create a bucket with the account id in its name; see `Bucket`."""
        return Bucket(
            scope,
            id,
            name=self.names.of("s3", name, with_account=True),
            log_bucket=self.log_bucket,
            key=self.key,
            protected=self.settings.protected,
            force_destroy=self.settings.force_destroy,
            old_versions_days=old_versions_days,
            write_once=write_once,
        )

    def table(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        hash_key: str = "id",
        ttl_attribute: str | None = None,
        capacity: Capacity | None = None,
    ) -> Table:
        """Create a table; see `Table`."""
        return Table(
            scope,
            id,
            name=self.names.of("dynamodb", name),
            key=self.key,
            protected=self.settings.protected,
            hash_key=hash_key,
            ttl_attribute=ttl_attribute,
            capacity=capacity,
        )

    def rest_api(self, scope: Construct, id: str, *, name: str, auth: Auth, settings: ApiSettings) -> RestApi:
        """Create an API and an alarm on its responses of 500 and above; see `RestApi`."""
        api = RestApi(
            scope,
            id,
            name=self.names.of("apigateway", name),
            stage_name=self.settings.environment,
            auth=auth,
            cors_origins=self.settings.cors_origins,
            throttle_rate=settings.throttle_rate,
            throttle_burst=settings.throttle_burst,
            log_retention_days=settings.log_retention_days,
            key=self.key,
        )
        self.add_alarm(scope, f"{name}-5xx", api.metric_server_errors())
        return api

    def usage_plan(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key_name: str,
        api: RestApi,
        settings: ApiSettings,
        clients: int = 1,
        daily_quota: int | None = None,
    ) -> UsagePlan:
        """Create a usage plan for a deployed API; see `UsagePlan`.

        `name` and `key_name` are parts of the full names of the plan and of the parameter with its key. The
        plan has an equal share, among `clients`, of the API's limits.
        """
        return UsagePlan(
            scope,
            id,
            name=self.names.of("apigateway", name),
            parameter_name=f"/{self.names.of('ssm', key_name)}",
            api=api,
            rate=settings.throttle_rate / clients,
            burst=max(1, settings.throttle_burst // clients),
            daily_quota=daily_quota,
            key=self.key,
            protected=self.settings.protected,
        )

    def add_alarm(
        self, scope: Construct, name: str, metric: Metric, *, threshold: float = 5, periods: int = 1
    ) -> None:
        """Add an alarm with this name; see `Alarms.add_alarm`."""
        alarm_name = self.names.of("cloudwatch", name)
        self.alarms.add_alarm(scope, name, metric, name=alarm_name, threshold=threshold, periods=periods)
