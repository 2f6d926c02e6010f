"""What a Dask cluster is told of a study."""

from __future__ import annotations

import pickle
from pathlib import Path

from remedy.dask_cluster import Whereabouts


def test_a_cluster_gets_the_whole_address_and_logs_no_password() -> None:
    where = Whereabouts(Path("/results/wave"), "postgresql+psycopg://me:s3cret@db/remedy", "wave")
    assert pickle.loads(pickle.dumps(where)).storage == "postgresql+psycopg://me:s3cret@db/remedy"  # noqa: S301
    assert "s3cret" not in repr(where)
