"""The stack: from settings to Terraform JSON.

The import of any module of this package first prepares the provider bindings, which must happen before the
first `import constructs` of the process (see `infra.bindings`).
"""

from infra import bindings

bindings.load_on_demand()
