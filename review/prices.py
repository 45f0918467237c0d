"""Unit prices of AWS services in us-east-1, in US dollars without free tiers, as of 2026.

No price list is available offline. The prices are those that public sources agree on, such as "AWS NAT
Gateway Pricing" and "AWS KMS Pricing" (CloudBurn, 2026). AWS publishes them on the pages "Amazon VPC
Pricing", "AWS KMS Pricing", "AWS Secrets Manager Pricing", "Amazon CloudWatch Pricing", "Pricing for
Provisioned Capacity" (DynamoDB), "AWS WAF Pricing", "Amazon API Gateway Pricing", "AWS Lambda Pricing",
"Amazon Route 53 Pricing", "Amazon Kinesis Data Streams Pricing" and "Elastic Load Balancing Pricing".

A test compares the prices in `docs/costs.md` with these.
"""

from decimal import Decimal

HOURS_PER_MONTH = 730

NAT_GATEWAY_HOUR = Decimal("0.045")
PUBLIC_IPV4_ADDRESS_HOUR = Decimal("0.005")
INTERFACE_ENDPOINT_ZONE_HOUR = Decimal("0.01")
LOAD_BALANCER_HOUR = Decimal("0.0225")
KMS_KEY_MONTH = Decimal(1)
SECRET_MONTH = Decimal("0.40")
ALARM_METRIC_MONTH = Decimal("0.10")
HIGH_RESOLUTION_ALARM_METRIC_MONTH = Decimal("0.30")
COMPOSITE_ALARM_MONTH = Decimal("0.50")
DASHBOARD_MONTH = Decimal(3)
READ_CAPACITY_UNIT_HOUR = Decimal("0.00013")
WRITE_CAPACITY_UNIT_HOUR = Decimal("0.00065")
WEB_ACL_MONTH = Decimal(5)
WEB_ACL_RULE_MONTH = Decimal(1)
HOSTED_ZONE_MONTH = Decimal("0.50")
KINESIS_SHARD_HOUR = Decimal("0.015")
KINESIS_ON_DEMAND_STREAM_HOUR = Decimal("0.04")
PROVISIONED_CONCURRENCY_X86_GB_HOUR = Decimal("0.0150001")
PROVISIONED_CONCURRENCY_ARM_GB_HOUR = Decimal("0.0120002")

API_CACHE_HOUR = {
    "0.5": Decimal("0.02"),
    "1.6": Decimal("0.038"),
    "6.1": Decimal("0.2"),
    "13.5": Decimal("0.25"),
    "28.4": Decimal("0.5"),
    "58.2": Decimal(1),
    "118": Decimal("1.9"),
    "237": Decimal("3.8"),
}
"""API Gateway's cache, by its size in GB."""
