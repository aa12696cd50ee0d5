import os
import tempfile

os.environ["LEDGER_DATABASE_URL"] = (
    f"sqlite+aiosqlite:///{tempfile.mkdtemp(prefix='ledger-')}/test.db"
)
