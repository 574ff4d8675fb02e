package sqlite

import (
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// syncData syncs what a file holds and how long it is, and not when it was written:
// over what is there already that is one write to the disk less. SQLite's own files
// do so where they are built to.
func syncData(tls *libc.TLS, file uintptr, _ int32) int32 {
	if libc.Xfdatasync(tls, (*sqlite3.TunixFile)(pointer(file)).Fh) != 0 {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return sqlite3.SQLITE_OK
}
