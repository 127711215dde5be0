"""Files of other programs: Parquet by pyarrow, a workbook by openpyxl. Run: python make_formats.py (pyarrow 25, openpyxl 3.1)."""
import datetime as dt
import decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
N = 8


def gap(values, at=3):
    return [None if i == at else value for i, value in enumerate(values)]


types = pa.table({
    "int8": pa.array(gap([i - 4 for i in range(N)]), pa.int8()),
    "uint64": pa.array([2**63 + i for i in range(N)], pa.uint64()),
    "int64": pa.array([1610521604143693812 + i for i in range(N)], pa.int64()),
    "single": pa.array([0.1 * i for i in range(N)], pa.float32()),
    "double": pa.array([float("nan") if i == 5 else i / 3 for i in range(N)]),
    "decimal": pa.array([decimal.Decimal(i * 125 - 300) / 100 for i in range(N)], pa.decimal128(30, 4)),
    "long decimal": pa.array([decimal.Decimal(10) ** 24 + i for i in range(N)], pa.decimal128(38, 2)),
    "local": pa.array([dt.datetime(2024, 1, 1) + dt.timedelta(hours=7 * i, milliseconds=i) for i in range(N)], pa.timestamp("us")),
    "instant": pa.array([dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(hours=i) for i in range(N)], pa.timestamp("ns", "Europe/Zurich")),
    "day": pa.array(gap([dt.date(2024, 2, 25) + dt.timedelta(days=i) for i in range(N)])),
    "clock": pa.array([dt.time(3 * i, 30, 5, 250000) for i in range(N)], pa.time64("us")),
    "truth": pa.array(gap([i % 2 == 0 for i in range(N)])),
    "text": pa.array([["Zürich", 'Genf, "Stadt"', "two\nlines", None][i % 4] for i in range(N)]),
    "level": pa.array(["a", "b"] * (N // 2)).dictionary_encode(),
    "nothing": pa.nulls(N),
})
for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    pq.write_table(types, HERE / f"types-{codec}.parquet", compression=codec, row_group_size=5)
pq.write_table(types, HERE / "types-v2.parquet", data_page_version="2.0", use_dictionary=False)
pq.write_table(types.select(["local"]), HERE / "types-int96.parquet", use_deprecated_int96_timestamps=True)
nested = {"list": [[1], [2]], "part": [{"x": 1}, {"x": 2}], "bytes": pa.array([b"ab", b"cd"], pa.binary(2)), "y": [1, 2]}
pq.write_table(pa.table(nested), HERE / "nested.parquet")

book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Data"
sheet.append(["city", "size", "day", "at", "member", "share", "y"])
for i in range(N):
    sheet.append([
        ["Zürich", 'Genf, "Stadt"', "two\nlines"][i % 3],
        None if i == 3 else i / 4,
        dt.date(2024, 2, 25) + dt.timedelta(days=i),
        dt.datetime(2024, 1, 1, 6) + dt.timedelta(hours=7 * i),
        i % 2 == 0,
        i / 100,
        i * 1.5,
    ])
for (cell,) in sheet.iter_rows(min_row=2, min_col=6, max_col=6):
    cell.number_format = "0.0%"
other = book.create_sheet("Other one")
other["B3"], other["C3"], other["B4"], other["C4"] = "a", "b", 1, "=B4+1"
book.save(HERE / "book.xlsx")
