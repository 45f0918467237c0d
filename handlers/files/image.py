"""Process uploaded JPEG and PNG images: format and size."""

from typing import TYPE_CHECKING

from handlers.common.environment import load
from handlers.files.environment import Environment
from handlers.files.formats.image import read
from handlers.files.pipeline import Pipeline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

environment = load(Environment)
logger = environment.logger()
pipeline = Pipeline(environment, logger, read)


@logger.inject_lambda_context(clear_state=True)
def handler(event: object, context: "LambdaContext") -> None:
    """Process every image of an S3 notification; see `Pipeline.handle`."""
    pipeline.handle(event, context)
