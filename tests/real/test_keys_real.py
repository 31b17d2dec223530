"""The key of every query tells its rows apart on real files, too."""

from __future__ import annotations

import pytest
from keys import check_key

from tracekit.api import Lake
from tracekit.query import library


@pytest.mark.parametrize("name", library.load())
def test_no_two_rows_of_real_files_have_one_key(name: str, real_lake: Lake) -> None:
    check_key(real_lake.run(name))
