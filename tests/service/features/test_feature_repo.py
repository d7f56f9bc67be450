"""The feature repo in the hands of a data scientist: a copy of the folder, Feast, and none of Aurora's code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from feast import FeatureStore
from model_records import stored_lineage
from prediction_records import NOON_MS, TENANT
from service.features.filled_store import FilledStore
from service.features.prediction_log import PredictionLog

from feature_repo import connection_string
from feature_writer import history_files
from feature_writer.model_changes import ModelChange
from ops.feature_registry import REPO

pytestmark = pytest.mark.service

NO_AURORA = """
import sys

class NoAurora:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"api", "feature_repo", "feature_writer", "jobs", "ops", "schemas", "udfs"}:
            raise ModuleNotFoundError(f"{name} is Aurora's")

sys.meta_path.insert(0, NoAurora())
"""


class DataScientist:
    """Works in a copy of the repo."""

    def __init__(self, folder: Path, redis: str) -> None:
        self.repo = folder / "feature_repo"
        shutil.copytree(REPO, self.repo, ignore=shutil.ignore_patterns("__pycache__"))
        yaml = self.repo / "feature_store.yaml"
        yaml.write_text(yaml.read_text().replace("127.0.0.1:16379,db=0", redis))
        (folder / "without").mkdir()
        (folder / "without" / "sitecustomize.py").write_text(NO_AURORA)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AURORA_")}
        self._environment = {**kept, "PYTHONPATH": str(folder / "without")}

    def run(self, *command: str) -> str:
        """What the command says; fails with it."""
        done = subprocess.run(
            command, cwd=self.repo, env=self._environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def feast(self, *arguments: str) -> str:
        return self.run(str(Path(sys.executable).with_name("feast")), *arguments)

    def python(self, program: str) -> str:
        return self.run(sys.executable, "-c", program)


@pytest.fixture(scope="module")
def scientist(tmp_path_factory: pytest.TempPathFactory, filled_store: FilledStore) -> DataScientist:
    return DataScientist(
        tmp_path_factory.mktemp("scientist"), connection_string(filled_store.settings.redis_url)
    )


def shown(output: str) -> dict[str, str]:
    """The values of a data frame of one row, printed on its side."""
    return {line.split()[0]: line.split()[-1] for line in output.splitlines()[1:]}


def readme_examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (REPO / "README.md").read_text(), re.DOTALL)


def test_the_readme_works_with_feast_alone(
    scientist: DataScientist, filled_store: FilledStore, log: PredictionLog
) -> None:
    with pytest.raises(AssertionError, match="schemas is Aurora's"):
        scientist.python("import schemas")

    # before anything was predicted: no history, and no folder for the registry
    _, described = (scientist.feast(*line.split()[1:]) for line in readme_examples("sh")[0].splitlines())
    assert "Risk of running out of stock within 24 hours" in described
    assert "Expected demand, units per 24 h." in described

    prediction = log.now(tenant_id=TENANT, stock=42, velocity=84.0, model_version="model-of-the-test")
    filled_store.put([prediction])
    history_files.write(scientist.repo.parent / ".aurora" / "feature_history", 0, {7: prediction})
    filled_store.put_models(ModelChange(TENANT, False, each, NOON_MS) for each in stored_lineage(TENANT, 3))
    online, historical, versions = (scientist.python(example) for example in readme_examples("python"))
    now, then = shown(online), shown(historical)
    assert (now["sku"], now["stock"], now["days_of_stock"]) == ("SKU-1", "42", "0.5")
    assert (then["stock"], then["model_version"]) == ("42", "model-of-the-test")
    assert [line.split()[0] for line in versions.splitlines()] == [
        "nb-2.3-000003",
        "nb-2.2-000002",
        "nb-2.1-000001",
    ]
    assert versions.splitlines()[0].endswith('{"ece": 0.0016, "log_loss": 0.0641} learned on 30 labels')


def test_history_is_joined_as_of_the_time_and_can_be_read_before_it_begins(
    scientist: DataScientist, log: PredictionLog
) -> None:
    history = scientist.repo.parent / ".aurora" / "feature_history"
    shutil.rmtree(history, ignore_errors=True)
    history_files.ensure_readable(history)
    at = pd.to_datetime([1_000, 1_999, 2_000, 2_001, 9_000], unit="ms", utc=True)
    rows = pd.DataFrame({"tenant_id": log.tenant_id, "sku": "A", "warehouse": "W", "event_timestamp": at})
    features = [f"stock_risk:{name}" for name in ("stock", "updated_at", "alert_since")]

    def known() -> list[int]:
        found = FeatureStore(repo_path=str(scientist.repo)).get_historical_features(rows, features).to_df()
        return list(found.sort_values("event_timestamp")["stock"].fillna(-1).astype(int))

    assert known() == [-1, -1, -1, -1, -1]
    predictions = {
        offset: log.now(sku="A", warehouse="W", stock=offset, updated_at=at, alert_since=None)
        for offset, at in enumerate([1_500, 2_000, 3_000])
    }
    history_files.write(history, 0, predictions)
    history_files.write(history, 1, {0: log.now(sku="B", warehouse="W", stock=99, updated_at=1_000)})
    # Feast leaves out the first row, which is from before the first prediction of its key
    assert known() == [0, 1, 1, 2]
