"""Process uploaded CSV and JSON files: rows, columns, types, and an optional summary."""

from typing import TYPE_CHECKING

from handlers.common.environment import load
from handlers.files.environment import TextEnvironment
from handlers.files.formats.data import read
from handlers.files.pipeline import Pipeline
from handlers.files.summary import summarizer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

environment = load(TextEnvironment)
logger = environment.logger()
pipeline = Pipeline(environment, logger, read, summarizer(environment.summary_model, logger))


@logger.inject_lambda_context(clear_state=True)
def handler(event: object, context: "LambdaContext") -> None:
    """Process every data file of an S3 notification; see `Pipeline.handle`."""
    pipeline.handle(event, context)
