"""What every workload stands on: account, names, key, buckets, network, layer, alarms."""

from constructs import Construct

from infra.constructs.account import Account
from infra.constructs.bucket import Bucket, LogBucket
from infra.constructs.code import PYTHON_VERSION, Code, Layer
from infra.constructs.key import Key
from infra.constructs.monitoring import Alarms
from infra.constructs.network import Network
from infra.naming import Names
from infra.packaging import layer_zip
from infra.settings import Settings


class Platform(Construct):
    """Is there whatever workloads are on (P7 to P11)."""

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
        )
        self.deploy_bucket = Bucket(
            self,
            "deploy-bucket",
            name=name("s3", "lambda-deploy"),
            log_bucket=self.log_bucket,
            protected=settings.protected,
        )
        self.network = Network(
            self,
            "network",
            name=name("ec2", "vpc"),
            flow_logs_role_name=name("iam", "flow-logs"),
            cidr=settings.vpc_cidr,
            zones=settings.zones,
            nat_per_zone=settings.nat_gateways == "per_zone",
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
