package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
)

// visit runs a statement of this engine's own once and gives each row's values: a
// number as eight bytes, what is NULL as nil. They are valid until it returns.
func (c *conn) visit(ctx context.Context, text string, each func(values [][]byte)) error {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer sqlite3.Xsqlite3_finalize(c.tls, s.handle)
	defer c.interruptible(ctx)()
	values := make([][]byte, sqlite3.Xsqlite3_column_count(c.tls, s.handle))
	for {
		switch rc := c.step(s); rc {
		case sqlite3.SQLITE_ROW:
			for i := range values {
				values[i] = c.value(s, int32(i))
			}
			each(values)
		case sqlite3.SQLITE_DONE:
			return nil
		default:
			if err := ctx.Err(); err != nil {
				return err
			}
			return c.failure(rc)
		}
	}
}

// value is a column of the current row as bytes.
func (c *conn) value(s *stmt, col int32) []byte {
	switch sqlite3.Xsqlite3_column_type(c.tls, s.handle, col) {
	case sqlite3.SQLITE_NULL:
		return nil
	case sqlite3.SQLITE_INTEGER:
		return binary.BigEndian.AppendUint64(nil, uint64(sqlite3.Xsqlite3_column_int64(c.tls, s.handle, col)))
	case sqlite3.SQLITE_FLOAT:
		return binary.BigEndian.AppendUint64(nil, math.Float64bits(sqlite3.Xsqlite3_column_double(c.tls, s.handle, col)))
	}
	p := sqlite3.Xsqlite3_column_blob(c.tls, s.handle, col)
	n := int(sqlite3.Xsqlite3_column_bytes(c.tls, s.handle, col))
	if p == 0 || n == 0 {
		return []byte{}
	}
	return bytes.Clone(memory(p, n))
}

// EveryColumn lists the columns of the file's tables.
func (*engine) EveryColumn() string {
	return `SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' ORDER BY t.name, c.cid`
}

// Visit runs a statement once.
func (*engine) Visit(ctx context.Context, lent relational.Session, text string, visit func(values [][]byte)) error {
	return lent.(*session).conn.visit(ctx, text, visit)
}

// Scrub empties the log into the file. If the file's bytes hold a needle yet, or
// there is none to look for, it writes the file anew: what rows that are gone have
// left lies in free pages and in the gaps of others. VACUUM needs as much room
// again, and no other writer.
func (e *engine) Scrub(ctx context.Context, needles [][]byte) (graph.Residue, error) {
	var left graph.Residue
	select {
	case e.writing <- struct{}{}:
	case <-ctx.Done():
		return left, ctx.Err()
	}
	defer func() { <-e.writing }()
	if e.writer == nil {
		return left, graph.ErrClosed
	}
	emptied, err := e.emptyLog(ctx)
	if err != nil {
		return left, err
	}
	found, err := e.holding(needles)
	if err != nil {
		return left, err
	}
	if len(found) > 0 || len(needles) == 0 {
		err := e.writer.exec(ctx, "VACUUM")
		if hasCode(err, sqlite3.SQLITE_BUSY) {
			return left, fmt.Errorf("writing %s anew: %w", e.path, graph.ErrLocked)
		}
		if err != nil {
			return left, fmt.Errorf("writing %s anew: %w", e.path, err)
		}
		if emptied, err = e.emptyLog(ctx); err != nil {
			return left, err
		}
		if found, err = e.holding(needles); err != nil {
			return left, err
		}
	}
	left.Searched, left.Found = e.files(), found
	if !emptied {
		left.Remains = append(left.Remains, "the log beside "+e.path+" could not be emptied, for another process reads: run karna subject scrub when it has ended")
	}
	left.Remains = append(left.Remains, "copies and backups of the file, and what the file system keeps of blocks that are no longer used")
	return left, nil
}

// emptyLog copies the log into the file and cuts it off; false if another process
// reads what is in it.
func (e *engine) emptyLog(ctx context.Context) (bool, error) {
	busy := int64(1)
	err := e.writer.visit(ctx, "PRAGMA wal_checkpoint(TRUNCATE)", func(v [][]byte) {
		if len(v) > 0 && len(v[0]) == 8 {
			busy = int64(binary.BigEndian.Uint64(v[0]))
		}
	})
	if err != nil && !hasCode(err, sqlite3.SQLITE_BUSY) && !hasCode(err, sqlite3.SQLITE_LOCKED) {
		return false, fmt.Errorf("emptying the log: %w", err)
	}
	return busy == 0, nil
}

// files are the store's. The log is cut off when it could be emptied.
func (e *engine) files() []string { return []string{e.path, e.path + "-wal"} }

// holding are those of the files that hold a needle.
func (e *engine) holding(needles [][]byte) ([]string, error) {
	var out []string
	if len(needles) == 0 {
		return nil, nil
	}
	file, err := e.writer.file()
	if err != nil {
		return nil, err
	}
	found, err := holds(file, needles)
	if err != nil {
		return nil, fmt.Errorf("searching %s: %w", e.path, err)
	}
	if found {
		out = append(out, e.path)
	}
	log, err := os.Open(e.path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("searching the log: %w", err)
	}
	defer func() { _ = log.Close() }()
	if found, err = holds(log, needles); err != nil {
		return nil, fmt.Errorf("searching the log: %w", err)
	}
	if found {
		out = append(out, e.path+"-wal")
	}
	return out, nil
}

// databaseFile reads the bytes of a connection's file through the library. To open
// the file once more and close it again would drop this process's locks on it.
type databaseFile struct {
	c        *conn
	file     uintptr
	read     moveFunc
	buffer   uintptr
	at, size int64
}

const fileBuffer = 64 << 10

func (c *conn) file() (*databaseFile, error) {
	name, err := libc.CString("main")
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	if rc := sqlite3.Xsqlite3_file_control(c.tls, c.db, name, sqlite3.SQLITE_FCNTL_FILE_POINTER, c.out); rc != sqlite3.SQLITE_OK {
		return nil, c.failure(rc)
	}
	f := &databaseFile{c: c, file: *(*uintptr)(pointer(c.out))}
	methods := (*sqlite3.Tsqlite3_io_methods)(pointer((*sqlite3.Tsqlite3_file)(pointer(f.file)).FpMethods))
	f.read = *(*moveFunc)(function(&methods.FxRead))
	size := *(*sizeFunc)(function(&methods.FxFileSize))
	if rc := size(c.tls, f.file, c.out); rc != sqlite3.SQLITE_OK {
		return nil, c.failure(rc)
	}
	f.size = *(*int64)(pointer(c.out))
	return f, nil
}

// Read reads on from where the last call ended.
func (f *databaseFile) Read(p []byte) (int, error) {
	n := min(int64(len(p)), fileBuffer, f.size-f.at)
	if n <= 0 {
		if f.buffer != 0 {
			libc.Xfree(f.c.tls, f.buffer)
			f.buffer = 0
		}
		return 0, io.EOF
	}
	if f.buffer == 0 {
		f.buffer = libc.Xmalloc(f.c.tls, fileBuffer)
	}
	if f.buffer == 0 {
		return 0, errors.New("no memory to read the file")
	}
	if rc := f.read(f.c.tls, f.file, f.buffer, int32(n), f.at); rc != sqlite3.SQLITE_OK {
		return 0, f.c.failure(rc)
	}
	copy(p, memory(f.buffer, int(n)))
	f.at += n
	return int(n), nil
}

// memory is memory of the library's as bytes.
func memory(address uintptr, n int) []byte { return unsafe.Slice((*byte)(pointer(address)), n) }

// holds looks for needles in what a reader gives, to its end.
func holds(from io.Reader, needles [][]byte) (found bool, err error) {
	longest := 0
	for _, n := range needles {
		longest = max(longest, len(n))
	}
	piece := make([]byte, 0, 4<<20)
	for {
		n, err := io.ReadFull(from, piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		found = found || slices.ContainsFunc(needles, func(needle []byte) bool { return bytes.Contains(piece, needle) })
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return found, nil
		}
		if err != nil {
			return false, err
		}
		keep := min(longest, len(piece))
		piece = append(piece[:0], piece[len(piece)-keep:]...)
	}
}
