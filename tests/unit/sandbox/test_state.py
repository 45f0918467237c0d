from pathlib import Path

from sandbox.engines.state import save_addresses
from sandbox.server.process import Server
from synthesized.stack import Stack


def test_a_stack_without_an_s3_backend_has_no_state_to_save(tmp_path: Path) -> None:
    missing_server = Server("https://127.0.0.1:1", 1, 0, None, {}, tmp_path)
    save_addresses(Stack({"resource": {"aws_sqs_queue": {"q": {}}}}), missing_server)
