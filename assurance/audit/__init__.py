"""`make audit`: checks the synthesized stack with security tools and with AWS's security controls."""
