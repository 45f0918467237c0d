# Before any test module imports cdktf: importing infra prepares the provider bindings (infra/bindings).
import infra  # noqa: F401
