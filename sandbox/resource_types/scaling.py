"""Application Auto Scaling."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Call, ResourceType

NOT_SCALED = "Application Auto Scaling: validated against the service model, but nothing scales"

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_appautoscaling_target": ResourceType(
        "application-autoscaling",
        Call("RegisterScalableTarget"),
        computed={"id": "{resource_id}"},
        service_missing=True,
        limitation=NOT_SCALED,
    ),
    "aws_appautoscaling_policy": ResourceType(
        "application-autoscaling",
        Call("PutScalingPolicy", names={"name": "PolicyName"}),
        computed={"id": "{name}"},
        service_missing=True,
        limitation=NOT_SCALED,
    ),
}
