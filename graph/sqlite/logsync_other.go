//go:build !linux

package sqlite

import "modernc.org/libc"

// syncData syncs a file as the system's own do.
func syncData(tls *libc.TLS, file uintptr, flags int32) int32 {
	return (*(*syncFunc)(function(&systemLog.FxSync)))(tls, file, flags)
}
