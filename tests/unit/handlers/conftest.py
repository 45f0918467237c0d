from hypothesis import settings

# A deadline would fail a right example on a busy machine; what fails is printed, so none is kept.
settings.register_profile("project", deadline=None, database=None)
settings.load_profile("project")
