package sqlite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite writes its log two writes a page, a header and the page: fifty system
// calls for a transaction that changes one record. The log is gathered instead,
// and written when it is synced: with synchronous=FULL a transaction's pages are
// synced before their commit is told to anyone (walFrames in SQLite's wal.c), so
// nobody else looks for them earlier, and what was acknowledged is on the disk
// as before. Everything else about a file is the system's own.

// logFile is what is gathered of one connection's log. It lies behind the
// system's own data of the open file.
type logFile struct {
	buffer uintptr // logBuffer bytes, once something is written
	at     int64   // where it goes in the file
	used   int64
	synced bool  // by the system's own, which syncs a new file's folder too
	length int64 // of the file, as far as this connection knows
	since  int64 // how much was written since it was synced
}

const (
	logBuffer = 512 << 10
	// mostWritten is how much is written at once: the system's files take less than
	// 128 KiB (seekAndWriteFd in SQLite's os_unix.c).
	mostWritten = 124 << 10

	// A file that becomes longer is synced with what says how long it is and where
	// it lies, which costs more than what is written into it: a transaction of a few
	// pages twice as much CPU. Before such a one makes its log longer zeros are put
	// behind it, as many as there is log, from leastAhead to mostAhead. No frame is
	// made of zeros, as none is of what an earlier log has left: a log ends where
	// the sums of its frames do.
	leastAhead, mostAhead = 64 << 10, 1 << 20
	// smallWritten is up to how much a transaction writes whose log is lengthened
	// so: what writes more is not held up by the sync.
	smallWritten = 128 << 10
)

// logVFS is the name under which SQLite knows the system's files with their logs
// gathered.
const logVFS = "karna"

var (
	system     *sqlite3.Tsqlite3_vfs
	systemVFS  uintptr
	systemLog  *sqlite3.Tsqlite3_io_methods // of a log as the system opens it
	logMethods uintptr                      // the same with ours in their places
	logOnce    sync.Once
)

// registerLog makes the VFS known once, and gives its name or 0 for the default.
var registerLog = sync.OnceValue(func() (name uintptr) {
	tls := libc.NewTLS()
	defer tls.Close()
	systemVFS = sqlite3.Xsqlite3_vfs_find(tls, 0)
	if systemVFS == 0 {
		return 0
	}
	system = (*sqlite3.Tsqlite3_vfs)(pointer(systemVFS))
	name, err := libc.CString(logVFS)
	if err != nil {
		return 0
	}
	ours := libc.Xmalloc(tls, types.Size_t(unsafe.Sizeof(*system)))
	if ours == 0 {
		return 0
	}
	v := (*sqlite3.Tsqlite3_vfs)(pointer(ours))
	*v = *system
	v.FzName, v.FpNext = name, 0
	v.FszOsFile = (v.FszOsFile+7)&^7 + int32(unsafe.Sizeof(logFile{}))
	open := openFile
	v.FxOpen = address(unsafe.Pointer(&open))
	if sqlite3.Xsqlite3_vfs_register(tls, ours, 0) != sqlite3.SQLITE_OK {
		return 0
	}
	return name
})

// address is how the library holds a function: the word of a function value,
// here of a variable that holds one. Functions of this package do not move.
func address(function unsafe.Pointer) uintptr { return *(*uintptr)(function) }

// function is the reverse: the variable to be read as a function value.
func function(address *uintptr) unsafe.Pointer { return unsafe.Pointer(address) }

func logOf(file uintptr) *logFile {
	return (*logFile)(pointer(file + uintptr(system.FszOsFile+7)&^7))
}

type (
	openFunc  = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	closeFunc = func(tls *libc.TLS, file uintptr) int32
	moveFunc  = func(tls *libc.TLS, file, data uintptr, n int32, at sqlite3.Tsqlite3_int64) int32
	cutFunc   = func(tls *libc.TLS, file uintptr, size sqlite3.Tsqlite3_int64) int32
	syncFunc  = func(tls *libc.TLS, file uintptr, flags int32) int32
	sizeFunc  = func(tls *libc.TLS, file, size uintptr) int32
)

func openFile(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	*logOf(file) = logFile{}
	rc := (*(*openFunc)(function(&system.FxOpen)))(tls, systemVFS, name, file, flags, out)
	f := (*sqlite3.Tsqlite3_file)(pointer(file))
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 || f.FpMethods == 0 {
		return rc
	}
	logOnce.Do(func() { gather(tls, f.FpMethods) })
	if logMethods != 0 {
		f.FpMethods = logMethods
	}
	return rc
}

// gather makes the methods of a gathered log from the system's.
func gather(tls *libc.TLS, methods uintptr) {
	systemLog = (*sqlite3.Tsqlite3_io_methods)(pointer(methods))
	ours := libc.Xmalloc(tls, types.Size_t(unsafe.Sizeof(*systemLog)))
	if ours == 0 {
		return
	}
	m := (*sqlite3.Tsqlite3_io_methods)(pointer(ours))
	*m = *systemLog
	closing, reading, writing, cutting, syncing, sizing := closeLog, readLog, writeLog, cutLog, syncLog, sizeLog
	m.FxClose = address(unsafe.Pointer(&closing))
	m.FxRead = address(unsafe.Pointer(&reading))
	m.FxWrite = address(unsafe.Pointer(&writing))
	m.FxTruncate = address(unsafe.Pointer(&cutting))
	m.FxSync = address(unsafe.Pointer(&syncing))
	m.FxFileSize = address(unsafe.Pointer(&sizing))
	logMethods = ours
}

// flush writes what is gathered. What could not be written is kept, for the next
// attempt.
func (l *logFile) flush(tls *libc.TLS, file uintptr) int32 {
	if l.used == 0 {
		return sqlite3.SQLITE_OK
	}
	for done := int64(0); done < l.used; {
		n := min(l.used-done, mostWritten)
		rc := (*(*moveFunc)(function(&systemLog.FxWrite)))(tls, file, l.buffer+uintptr(done), int32(n), l.at+done)
		if rc != sqlite3.SQLITE_OK {
			return rc
		}
		done += n
	}
	l.wrote(l.at, l.used)
	l.used = 0
	return sqlite3.SQLITE_OK
}

// wrote notes what the file holds now.
func (l *logFile) wrote(at, n int64) {
	l.length = max(l.length, at+n)
	l.since += n
}

// lengthen puts zeros behind what is gathered if the file would become longer by a
// little. A log that cannot be lengthened is written as it is.
func (l *logFile) lengthen(tls *libc.TLS, file uintptr) {
	end := l.at + l.used
	if l.used == 0 || end <= l.length || l.since+l.used > smallWritten || l.size(tls, file) >= end {
		return
	}
	for to := end + min(max(end, leastAhead), mostAhead); end < to; {
		n := min(to-end, int64(len(zeros)))
		if (*(*moveFunc)(function(&systemLog.FxWrite)))(tls, file, uintptr(unsafe.Pointer(&zeros)), int32(n), end) != sqlite3.SQLITE_OK {
			return
		}
		end += n
		l.length = end
	}
}

// zeros are not moved: they are no part of the heap.
var zeros [64 << 10]byte

// size asks how long the file is, which another connection may have made longer.
func (l *logFile) size(tls *libc.TLS, file uintptr) int64 {
	tail := libc.Xmalloc(tls, 8)
	if tail == 0 {
		return l.length
	}
	defer libc.Xfree(tls, tail)
	if (*(*sizeFunc)(function(&systemLog.FxFileSize)))(tls, file, tail) == sqlite3.SQLITE_OK {
		l.length = *(*int64)(pointer(tail))
	}
	return l.length
}

func writeLog(tls *libc.TLS, file, data uintptr, n int32, at sqlite3.Tsqlite3_int64) int32 {
	l := logOf(file)
	if l.used > 0 && (at != l.at+l.used || l.used+int64(n) > logBuffer) {
		if rc := l.flush(tls, file); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if l.buffer == 0 && n < logBuffer {
		l.buffer = libc.Xmalloc(tls, logBuffer)
	}
	if l.buffer == 0 || n >= logBuffer {
		l.wrote(at, int64(n))
		return (*(*moveFunc)(function(&systemLog.FxWrite)))(tls, file, data, n, at)
	}
	if l.used == 0 {
		l.at = at
	}
	copy(unsafe.Slice((*byte)(pointer(l.buffer+uintptr(l.used))), n), unsafe.Slice((*byte)(pointer(data)), n))
	l.used += int64(n)
	return sqlite3.SQLITE_OK
}

func readLog(tls *libc.TLS, file, data uintptr, n int32, at sqlite3.Tsqlite3_int64) int32 {
	l := logOf(file)
	if l.used > 0 && at+int64(n) > l.at {
		if rc := l.flush(tls, file); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	return (*(*moveFunc)(function(&systemLog.FxRead)))(tls, file, data, n, at)
}

func cutLog(tls *libc.TLS, file uintptr, size sqlite3.Tsqlite3_int64) int32 {
	l := logOf(file)
	if rc := l.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	l.length = 0 // to be asked for
	return (*(*cutFunc)(function(&systemLog.FxTruncate)))(tls, file, size)
}

func syncLog(tls *libc.TLS, file uintptr, flags int32) int32 {
	l := logOf(file)
	l.lengthen(tls, file)
	if rc := l.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	l.since = 0
	if l.synced {
		return syncData(tls, file, flags)
	}
	rc := (*(*syncFunc)(function(&systemLog.FxSync)))(tls, file, flags)
	l.synced = rc == sqlite3.SQLITE_OK
	return rc
}

func sizeLog(tls *libc.TLS, file, size uintptr) int32 {
	if rc := logOf(file).flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return (*(*sizeFunc)(function(&systemLog.FxFileSize)))(tls, file, size)
}

// closeLog closes the file. What is gathered by then belongs to no transaction
// that was committed.
func closeLog(tls *libc.TLS, file uintptr) int32 {
	l := logOf(file)
	rc := l.flush(tls, file)
	if l.buffer != 0 {
		libc.Xfree(tls, l.buffer)
		*l = logFile{}
	}
	if closing := (*(*closeFunc)(function(&systemLog.FxClose)))(tls, file); closing != sqlite3.SQLITE_OK {
		return closing
	}
	return rc
}
