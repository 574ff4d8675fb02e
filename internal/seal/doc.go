// Package seal holds a tenant's keys: it encrypts personal identifiers, and
// makes the keyed hashes by which the store finds things without knowing what
// they are. It owns the key file's form and nothing else; it never sees a
// record.
package seal
