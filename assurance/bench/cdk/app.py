"""An AWS CDK app of the stack's architecture, to compare the duration of a synth with.

The virtual environment `.build/cdk` runs it, without any package of the project. It has as many functions,
tables, buckets, queues and alarms as the stack. CloudFormation needs fewer resources for them: a bucket, for
example, is one resource with its settings, not seven.
"""

from pathlib import Path

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

HANDLERS = str(Path(__file__).parents[3] / "handlers")

Method = tuple[str, str, str]
"""A path, an HTTP method and the name of the function that serves it."""

TASKS: list[Method] = [
    ("/tasks", "GET", "tasks-get"),
    ("/tasks", "POST", "tasks-post"),
    ("/tasks/{id}", "GET", "tasks-get"),
    ("/tasks/{id}", "PUT", "tasks-put"),
    ("/tasks/{id}", "DELETE", "tasks-delete"),
]
FILES: list[Method] = [
    ("/files", "POST", "files-api"),
    ("/files/{id}", "GET", "files-api"),
    ("/files/{id}/metadata", "GET", "files-api"),
]
REQUESTS: list[Method] = [("/", "POST", "requests-receive")]


class Platform(Construct):
    """What all workloads use: network, key, alarm topic, log bucket."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.vpc = ec2.Vpc(
            self,
            "vpc",
            max_azs=2,
            nat_gateways=1,
            flow_logs={
                "flow-log": ec2.FlowLogOptions(destination=ec2.FlowLogDestination.to_cloud_watch_logs())
            },
            gateway_endpoints={
                "s3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "dynamodb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
        )
        self.security_group = ec2.SecurityGroup(self, "functions", vpc=self.vpc, allow_all_outbound=False)
        for port in (443, 80):
            self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port))
        self.key = kms.Key(self, "key", enable_key_rotation=True, alias="platform")
        self.topic = sns.Topic(self, "alarms", master_key=self.key)
        self.log_bucket = s3.Bucket(
            self, "logs", encryption=s3.BucketEncryption.S3_MANAGED, enforce_ssl=True, versioned=True
        )
        self.layer = lambda_.LayerVersion(self, "layer", code=lambda_.Code.from_asset(HANDLERS))
        self.functions: dict[str, lambda_.Function] = {}
        self.deploy = self.bucket("deploy")

    def alarm(self, id: str, metric: cloudwatch.IMetric, *, threshold: int = 0) -> None:
        """Raise an alarm while the metric is above the threshold."""
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

    def bucket(self, id: str) -> s3.Bucket:
        """Create an encrypted, versioned bucket that logs its access."""
        return s3.Bucket(
            self,
            f"{id}-bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            enforce_ssl=True,
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=self.log_bucket,
            server_access_logs_prefix=f"access-logs/{id}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    noncurrent_version_expiration=Duration.days(30),
                )
            ],
        )

    def table(self, id: str) -> dynamodb.Table:
        """Create an encrypted table with point-in-time recovery."""
        return dynamodb.Table(
            self,
            f"{id}-table",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
        )

    def queue(self, id: str) -> sqs.Queue:
        """Create a dead-letter queue with an alarm."""
        queue = sqs.Queue(
            self,
            id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self.alarm(f"{id}-messages", queue.metric_approximate_number_of_messages_visible())
        return queue

    def function(
        self, id: str, *, dead_letters: sqs.Queue | None = None, **environment: str
    ) -> lambda_.Function:
        """Create a function in the private subnets, with its log group and an error alarm."""
        function = lambda_.Function(
            self,
            id,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(HANDLERS),
            handler=f"handlers.{id.replace('-', '.')}.handler",
            layers=[self.layer],
            vpc=self.vpc,
            security_groups=[self.security_group],
            tracing=lambda_.Tracing.ACTIVE,
            environment=environment,
            environment_encryption=self.key,
            memory_size=256,
            timeout=Duration.seconds(10),
            log_group=logs.LogGroup(
                self, f"{id}-logs", encryption_key=self.key, retention=logs.RetentionDays.ONE_MONTH
            ),
            retry_attempts=2 if dead_letters else None,
            on_failure=destinations.SqsDestination(dead_letters) if dead_letters else None,
        )
        self.alarm(f"{id}-errors", function.metric_errors(), threshold=5)
        self.functions[id] = function
        return function

    def api(self, id: str, methods: list[Method], *, api_key: bool) -> apigateway.RestApi:
        """Create a REST API with validated bodies, access logs, CORS and alarms."""
        access_logs = logs.LogGroup(self, f"{id}-access", encryption_key=self.key)
        api = apigateway.RestApi(
            self,
            f"{id}-rest-api",
            deploy_options=apigateway.StageOptions(
                access_log_destination=apigateway.LogGroupLogDestination(access_logs),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=True,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=True,
                ),
                tracing_enabled=True,
                throttling_rate_limit=50,
                throttling_burst_limit=100,
            ),
            default_cors_preflight_options=apigateway.CorsOptions(allow_origins=["*"]),
        )
        validator = api.add_request_validator(
            "body", validate_request_body=True, validate_request_parameters=True
        )
        for response_type in (apigateway.ResponseType.DEFAULT_4_XX, apigateway.ResponseType.DEFAULT_5_XX):
            api.add_gateway_response(f"response-{response_type.response_type}", type=response_type)
        error = api.add_model("error", schema=apigateway.JsonSchema(type=apigateway.JsonSchemaType.OBJECT))
        for path, http_method, function in methods:
            model = api.add_model(
                f"{http_method.lower()}-{path.strip('/{}').replace('/', '-').replace('{', '')}-model",
                schema=apigateway.JsonSchema(
                    type=apigateway.JsonSchemaType.OBJECT,
                    properties={"title": apigateway.JsonSchema(type=apigateway.JsonSchemaType.STRING)},
                ),
            )
            api.root.resource_for_path(path).add_method(
                http_method,
                apigateway.LambdaIntegration(self.functions[function]),
                api_key_required=api_key,
                authorization_type=None if api_key else apigateway.AuthorizationType.IAM,
                request_models={"application/json": model},
                request_validator=validator,
                method_responses=[
                    apigateway.MethodResponse(status_code="200", response_models={"application/json": model}),
                    apigateway.MethodResponse(status_code="400", response_models={"application/json": error}),
                ],
            )
        if api_key:
            plan = api.add_usage_plan(
                "plan", throttle=apigateway.ThrottleSettings(rate_limit=50, burst_limit=100)
            )
            plan.add_api_stage(stage=api.deployment_stage)
            plan.add_api_key(api.add_api_key("client"))
            ssm.StringParameter(self, f"{id}-url", string_value=api.url)
        self.alarm(f"{id}-server-errors", api.metric_server_error())
        self.alarm(f"{id}-latency", api.metric_latency(), threshold=5000)
        return api


class ServerlessStack(Stack):
    """The five workloads."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        platform = Platform(self, "platform")
        self._tasks(platform)
        self._records(platform)
        self._uploads(platform)
        self._requests(platform)
        self._files(platform)

    def _tasks(self, platform: Platform) -> None:
        table = platform.table("sessions")
        cursors = kms.Key(self, "cursors", enable_key_rotation=True)
        for name in ("get", "post", "put", "delete"):
            function = platform.function(f"tasks-{name}", TABLE=table.table_name)
            table.grant_read_write_data(function)
            cursors.grant_encrypt_decrypt(function)
        platform.api("tasks", TASKS, api_key=True)
        platform.alarm("tasks-throttles", table.metric_user_errors())

    def _records(self, platform: Platform) -> None:
        table = platform.table("records")
        table.grant_write_data(platform.function("records-writer", TABLE=table.table_name))
        table.grant_read_data(platform.function("records-reader", TABLE=table.table_name))

    def _uploads(self, platform: Platform) -> None:
        bucket = platform.bucket("uploads")
        secret = secretsmanager.Secret(self, "secret", encryption_key=platform.key)
        function = platform.function("uploads-processor", dead_letters=platform.queue("uploads-dead-letters"))
        bucket.grant_read(function)
        secret.grant_read(function)
        table = platform.table("uploads")
        table.grant_read_write_data(function)
        self._subscribe(function, bucket, "incoming/")

    def _requests(self, platform: Platform) -> None:
        bucket = platform.bucket("requests")
        table = platform.table("requests")
        complete = tasks.DynamoUpdateItem(
            self,
            "complete",
            table=table,
            key={"id": tasks.DynamoAttributeValue.from_string(stepfunctions.JsonPath.string_at("$.id"))},
            update_expression="SET #status = :status",
            expression_attribute_names={"#status": "status"},
            expression_attribute_values={":status": tasks.DynamoAttributeValue.from_string("completed")},
        )
        machine = stepfunctions.StateMachine(
            self,
            "machine",
            definition_body=stepfunctions.DefinitionBody.from_chainable(complete),
            tracing_enabled=True,
            logs=stepfunctions.LogOptions(destination=logs.LogGroup(self, "machine-logs")),
        )
        receive = platform.function("requests-receive", BUCKET=bucket.bucket_name)
        redrive = platform.function("requests-complete", dead_letters=platform.queue("requests-dead-letters"))
        bucket.grant_put(receive)
        bucket.grant_read(redrive)
        for function in (receive, redrive):
            table.grant_read_write_data(function)
            machine.grant_start_execution(function)
        self._subscribe(redrive, bucket, "requests/")
        platform.api("requests", REQUESTS, api_key=False)
        platform.alarm("machine-failures", machine.metric_failed())

    def _files(self, platform: Platform) -> None:
        bucket = platform.bucket("files")
        table = platform.table("files")
        for name in ("image", "document", "data"):
            function = platform.function(
                f"files-{name}", dead_letters=platform.queue(f"files-{name}-dead-letters")
            )
            bucket.grant_read(function)
            table.grant_read_write_data(function)
            self._subscribe(function, bucket, f"{name}/")
        function = platform.function("files-api", BUCKET=bucket.bucket_name)
        bucket.grant_read_write(function)
        table.grant_read_write_data(function)
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["kms:Decrypt"], resources=[platform.key.key_arn])
        )
        platform.api("files", FILES, api_key=True)

    @staticmethod
    def _subscribe(function: lambda_.Function, bucket: s3.Bucket, prefix: str) -> None:
        function.add_event_source(
            event_sources.S3EventSource(
                bucket,
                events=[s3.EventType.OBJECT_CREATED],
                filters=[s3.NotificationKeyFilter(prefix=prefix)],
            )
        )


def synthesize() -> None:
    """Write the template to the directory that `CDK_OUTDIR` names."""
    app = App()
    ServerlessStack(app, "serverless")
    app.synth()
