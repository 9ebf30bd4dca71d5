"""A ZIP archive whose bytes follow from what is in it alone."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest time that the format has: when the files were made is nobody's business."""
_READABLE = 0o100644 << 16


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """Return an archive with these files in one folder, in the order of their names."""
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name in sorted(files):
            info = ZipInfo(f"{folder}/{name}", _FIRST_DAY)
            info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, _READABLE, 3
            archive.writestr(info, files[name])
    return written.getvalue()
