"""No folder of tests has a name that pytest passes over in silence, as it would "build"."""

from fnmatch import fnmatch


def test_every_folder_of_tests_is_looked_into(pytestconfig):
    passed_over = pytestconfig.getini("norecursedirs")
    folders = {path.parent for path in (pytestconfig.rootpath / "tests").rglob("test_*.py")}
    names = {name for folder in folders for name in folder.relative_to(pytestconfig.rootpath).parts}
    assert "build" in names
    assert not [name for name in names for pattern in passed_over if fnmatch(name, pattern)]
