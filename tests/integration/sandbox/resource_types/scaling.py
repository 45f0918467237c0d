from tests.integration.sandbox.resource_types.case import Case, Resources

TARGET: Resources = {
    "aws_appautoscaling_target": {
        "x": {
            "service_namespace": "dynamodb",
            "resource_id": "table/mine",
            "scalable_dimension": "dynamodb:table:ReadCapacityUnits",
            "min_capacity": 5,
            "max_capacity": 20,
        }
    }
}

CASES = {
    "aws_appautoscaling_target": Case(TARGET, lambda _, attributes: attributes["id"], "table/mine"),
    "aws_appautoscaling_policy": Case(
        TARGET
        | {
            "aws_appautoscaling_policy": {
                "x": {
                    "name": "reads",
                    "policy_type": "TargetTrackingScaling",
                    "service_namespace": "${aws_appautoscaling_target.x.service_namespace}",
                    "resource_id": "${aws_appautoscaling_target.x.resource_id}",
                    "scalable_dimension": "${aws_appautoscaling_target.x.scalable_dimension}",
                    "target_tracking_scaling_policy_configuration": {
                        "target_value": 70,
                        "scale_in_cooldown": 60,
                        "scale_out_cooldown": 60,
                        "predefined_metric_specification": {
                            "predefined_metric_type": "DynamoDBReadCapacityUtilization"
                        },
                    },
                }
            }
        },
        lambda _, attributes: [attributes["id"], attributes["resource_id"]],
        ["reads", "table/mine"],
    ),
}
