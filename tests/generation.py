"""How many examples Hypothesis generates for a test: few in the daily loops, many in `make proof`.

`pytest --hypothesis-profile many` selects the second profile. A test whose examples are expensive, because
they call the embedded AWS, names its own numbers: `@settings(max_examples=example_count(few=10, many=200))`.
Hypothesis marks tests that are decorated with `@given`; one that decorates a function in its body is marked
by hand, with `@pytest.mark.hypothesis`, so that `make proof` selects it.
"""

from hypothesis import HealthCheck, settings

FEW, MANY = "few", "many"
EXAMPLES = {FEW: 50, MANY: 1000}

for _name, _examples in EXAMPLES.items():
    settings.register_profile(
        _name,
        max_examples=_examples,
        # No bound on an example or its generation: a correct test would fail on a busy machine.
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,  # a failure is printed, with what reproduces it
        print_blob=True,
    )
settings.load_profile(FEW)


def example_count(*, few: int, many: int) -> int:
    """Return how many examples the selected profile wants of a test that names its own numbers."""
    return many if settings.get_current_profile_name() == MANY else few
