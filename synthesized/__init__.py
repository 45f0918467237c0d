"""The one reader of `cdk.tf.json`, the Terraform JSON that the stack is synthesized to.

`stack` has the sections and blocks, `references` the grammar of `${...}`, `rest_apis` the routes of API
Gateway. The reader is lenient: it refuses only what has another form than Terraform's JSON syntax. What else
a stack may not contain is for its users to refuse; the loader of the embedded AWS is the strictest of them.
"""
