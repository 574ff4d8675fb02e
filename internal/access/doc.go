// Package access is the one way to read the registry: a View holds a caller's
// rights, and every read above the store goes through it, so that privacy is
// tested in one place. It owns disclosure, protection and redaction; it knows
// nothing of transport.
package access
