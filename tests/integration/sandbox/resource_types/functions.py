from tests.integration.sandbox.resource_types.case import KEY, Case, Resources, assumed_by, reader

CODE = {"s3_bucket": "${aws_s3_object.o.bucket}", "s3_key": "${aws_s3_object.o.key}"}


def zipped(name: str) -> Resources:
    """A zip in a bucket, and a role: what a function or a layer of this name is attributes of."""
    return {
        "aws_s3_bucket": {"b": {"bucket": f"code-of-{name}"}},
        "aws_s3_object": {"o": {"bucket": "${aws_s3_bucket.b.id}", "key": "code.zip", "source": "code.zip"}},
        "aws_iam_role": {"r": {"name": name, "assume_role_policy": assumed_by("lambda")}},
    }


def function(name: str) -> Resources:
    plain = {
        "function_name": name,
        "role": "${aws_iam_role.r.arn}",
        "handler": "app.handler",
        "runtime": "python3.14",
    }
    return zipped(name) | {"aws_lambda_function": {"f": plain | CODE}}


CASES = {
    "aws_lambda_function": Case(
        KEY
        | zipped("mine")
        | {
            "aws_sqs_queue": {"q": {"name": "dead-letters-of-mine"}},
            "aws_lambda_layer_version": {"l": {"layer_name": "under-mine"} | CODE},
            "aws_lambda_function": {
                "x": CODE
                | {
                    "function_name": "mine",
                    "role": "${aws_iam_role.r.arn}",
                    "handler": "app.handler",
                    "runtime": "python3.14",
                    "architectures": ["arm64"],
                    "memory_size": 256,
                    "timeout": 10,
                    "layers": ["${aws_lambda_layer_version.l.arn}"],
                    "environment": {"variables": {"A": "b"}},
                    "kms_key_arn": "${aws_kms_key.k.arn}",
                    "tracing_config": {"mode": "Active"},
                    "dead_letter_config": {"target_arn": "${aws_sqs_queue.q.arn}"},
                    "logging_config": {"log_format": "Text", "log_group": "/aws/lambda/mine"},
                    "reserved_concurrent_executions": 3,
                    "replace_security_groups_on_destroy": True,
                }
            },
        },
        lambda server, attributes: [
            reader("lambda", operation, path, FunctionName="mine")(server, attributes)
            for operation, path in (
                ("get_function_configuration", "MemorySize"),
                ("get_function_configuration", "Environment.Variables.A"),
                ("get_function_configuration", "TracingConfig.Mode"),
                ("get_function_configuration", "DeadLetterConfig.TargetArn"),
                ("get_function_configuration", "Layers.0.Arn"),
                ("get_function_concurrency", "ReservedConcurrentExecutions"),
            )
        ],
        [
            256,
            "b",
            "Active",
            "arn:aws:sqs:us-east-1:123456789012:dead-letters-of-mine",
            "arn:aws:lambda:us-east-1:123456789012:layer:under-mine:1",
            3,
        ],
    ),
    "aws_lambda_layer_version": Case(
        zipped("layer")
        | {
            "aws_lambda_layer_version": {
                "x": {"layer_name": "mine", "compatible_runtimes": ["python3.14"]} | CODE
            }
        },
        reader("lambda", "get_layer_version", "LayerVersionArn", LayerName="mine", VersionNumber=1),
        "{arn}",
    ),
    "aws_lambda_permission": Case(
        function("called")
        | {
            "aws_lambda_permission": {
                "x": {
                    "function_name": "${aws_lambda_function.f.function_name}",
                    "action": "lambda:InvokeFunction",
                    "principal": "apigateway.amazonaws.com",
                    "source_arn": "arn:aws:execute-api:us-east-1:123456789012:a/*/GET/tasks",
                }
            }
        },
        lambda server, attributes: (
            attributes["source_arn"]
            in reader("lambda", "get_policy", "Policy", FunctionName="called")(server, attributes)
        ),
        True,
    ),
    "aws_lambda_function_event_invoke_config": Case(
        function("later")
        | {
            "aws_sqs_queue": {"q": {"name": "failures-of-later"}},
            "aws_lambda_function_event_invoke_config": {
                "x": {
                    "function_name": "${aws_lambda_function.f.function_name}",
                    "maximum_retry_attempts": 1,
                    "maximum_event_age_in_seconds": 3600,
                    "destination_config": {"on_failure": {"destination": "${aws_sqs_queue.q.arn}"}},
                }
            },
        },
        lambda server, _: [
            reader("lambda", "get_function_event_invoke_config", path, FunctionName="later")(server, {})
            for path in (
                "MaximumRetryAttempts",
                "MaximumEventAgeInSeconds",
                "DestinationConfig.OnFailure.Destination",
            )
        ],
        [1, 3600, "arn:aws:sqs:us-east-1:123456789012:failures-of-later"],
    ),
}
