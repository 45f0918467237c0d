"""The stack: settings in, Terraform JSON out.

Importing anything of this package first prepares the provider bindings, because that has to happen
before the first `import constructs` of the process (see `infra.bindings`).
"""

from infra import bindings

bindings.load_on_demand()
