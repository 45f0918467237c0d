"""The stack in AWS CDK, to compare the duration of a synth with."""
