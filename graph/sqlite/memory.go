package sqlite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// The library's memory comes from an allocator that gives powers of two out of
// blocks of 64 KiB: three database pages of 8 KiB and their headers lie in each,
// and the block goes back to the system when they are free. What is as large as a
// page gets its memory here instead, side by side, so that a page cache takes what
// it says it does; what is free is kept for the next. Everything else is as it was.

const (
	memoryHeader = 8 // the size of an allocation, before it
	leastHere    = 4 << 10
	mostHere     = 64 << 10
	sizeStep     = 256
	lists        = (mostHere - leastHere) / sizeStep
	takenAtOnce  = 512 << 10
)

// pageMemory is what is free, by size.
type pageMemory struct {
	mu    sync.Mutex
	free  [lists]uintptr // each holds the next
	fresh [lists]uintptr // what is left of the block taken last
	left  [lists]uintptr
}

var pages pageMemory

// class is the list of an allocation of n bytes, and the bytes it takes; list is
// -1 for what is smaller or larger than what is kept here.
func class(n int32) (list int, bytes uintptr) {
	if n < leastHere || n >= mostHere {
		return -1, 0
	}
	list = int(n-leastHere) / sizeStep
	return list, memoryHeader + leastHere + uintptr(list+1)*sizeStep
}

func (m *pageMemory) take(tls *libc.TLS, list int, bytes uintptr) uintptr {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.free[list]; p != 0 {
		m.free[list] = *(*uintptr)(pointer(p))
		return p
	}
	if m.left[list] == 0 {
		count := takenAtOnce / bytes
		block := libc.Xmalloc(tls, types.Size_t(count*bytes))
		if block == 0 {
			return 0
		}
		m.fresh[list], m.left[list] = block, count
	}
	p := m.fresh[list]
	m.fresh[list] += bytes
	m.left[list]--
	return p
}

func (m *pageMemory) put(list int, p uintptr) {
	m.mu.Lock()
	*(*uintptr)(pointer(p)) = m.free[list]
	m.free[list] = p
	m.mu.Unlock()
}

func allocate(tls *libc.TLS, n int32) (p uintptr) {
	if list, bytes := class(n); list >= 0 {
		p = pages.take(tls, list, bytes)
	} else {
		p = libc.Xmalloc(tls, types.Size_t(n)+memoryHeader)
	}
	if p == 0 {
		return 0
	}
	*(*int64)(pointer(p)) = int64(n)
	return p + memoryHeader
}

func release(tls *libc.TLS, p uintptr) {
	n := sizeOf(tls, p)
	if list, _ := class(n); list >= 0 {
		pages.put(list, p-memoryHeader)
		return
	}
	libc.Xfree(tls, p-memoryHeader)
}

func resize(tls *libc.TLS, p uintptr, n int32) uintptr {
	had := sizeOf(tls, p)
	was, _ := class(had)
	if is, _ := class(n); was < 0 && is < 0 {
		if p = libc.Xrealloc(tls, p-memoryHeader, types.Size_t(n)+memoryHeader); p == 0 {
			return 0
		}
		*(*int64)(pointer(p)) = int64(n)
		return p + memoryHeader
	}
	to := allocate(tls, n)
	if to == 0 {
		return 0
	}
	copy(unsafe.Slice((*byte)(pointer(to)), n), unsafe.Slice((*byte)(pointer(p)), had))
	release(tls, p)
	return to
}

func sizeOf(_ *libc.TLS, p uintptr) int32 { return int32(*(*int64)(pointer(p - memoryHeader))) }

func roundUp(_ *libc.TLS, n int32) int32 { return (n + 7) &^ 7 }

// registerMemory gives the library the functions above, before it is used for the
// first time. If somebody has used it already, it stays with its own.
var registerMemory = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	var m sqlite3.Tsqlite3_mem_methods
	malloc, free, realloc, size, round := allocate, release, resize, sizeOf, roundUp
	begin, end := func(*libc.TLS, uintptr) int32 { return sqlite3.SQLITE_OK }, func(*libc.TLS, uintptr) {}
	m.FxMalloc, m.FxFree, m.FxRealloc = address(unsafe.Pointer(&malloc)), address(unsafe.Pointer(&free)), address(unsafe.Pointer(&realloc))
	m.FxSize, m.FxRoundup = address(unsafe.Pointer(&size)), address(unsafe.Pointer(&round))
	m.FxInit, m.FxShutdown = address(unsafe.Pointer(&begin)), address(unsafe.Pointer(&end))
	methods := libc.Xmalloc(tls, types.Size_t(unsafe.Sizeof(m)))
	arguments := libc.Xmalloc(tls, pointerSize)
	if methods == 0 || arguments == 0 {
		return
	}
	defer libc.Xfree(tls, methods) // it is copied
	defer libc.Xfree(tls, arguments)
	*(*sqlite3.Tsqlite3_mem_methods)(pointer(methods)) = m
	sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MALLOC, libc.VaList(arguments, methods))
})
