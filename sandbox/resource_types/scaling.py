"""Application Auto Scaling."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Call, Kind

ABSENT = "scaling of capacity: checked against the API's model, but not in the embedded AWS; capacity stays"

KINDS: Mapping[str, Kind] = {
    "aws_appautoscaling_target": Kind(
        "application-autoscaling",
        Call("RegisterScalableTarget"),
        composed={"id": "{resource_id}"},
        absent=True,
        caveat=ABSENT,
    ),
    "aws_appautoscaling_policy": Kind(
        "application-autoscaling",
        Call("PutScalingPolicy", names={"name": "PolicyName"}),
        composed={"id": "{name}"},
        absent=True,
        caveat=ABSENT,
    ),
}
