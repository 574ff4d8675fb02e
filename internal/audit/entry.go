package audit

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// Entry is one thing that somebody did or looked at.
type Entry struct {
	Actor     string // who
	Role      string
	Operation string // what: "merge", "query person"; never a text that a caller made up
	Purpose   string // why, as the caller stated it; the reason of a change
	// Subjects are the golden ids that were changed or shown.
	Subjects []model.EntityID
}

// MarshalJSON gives ids as everywhere else, as text.
func (r Read) MarshalJSON() ([]byte, error) {
	type plain Read
	subjects := make([]string, len(r.Subjects))
	for i, id := range r.Subjects {
		subjects[i] = id.String()
	}
	text, err := json.Marshal(struct {
		plain
		Subjects []string `json:"subjects"`
	}{plain(r), subjects})
	if err != nil {
		return nil, fmt.Errorf("encode audit entry %d: %w", r.Number, err)
	}
	return text, nil
}

// body is an entry as it is stored, without its subjects.
type body struct {
	Actor     string `json:"actor"`
	Role      string `json:"role,omitempty"`
	Operation string `json:"operation"`
	Purpose   string `json:"purpose,omitempty"`
}

// Read is an entry read back.
type Read struct {
	Number    int64            `json:"number"`
	At        time.Time        `json:"at"`
	Actor     string           `json:"actor"`
	Role      string           `json:"role,omitempty"`
	Operation string           `json:"operation"`
	Purpose   string           `json:"purpose,omitempty"`
	Subjects  []model.EntityID `json:"subjects"`
	Erased    int              `json:"erased,omitempty"` // subjects that have been erased
	Link      string           `json:"link"`
}

// numberLike is what may be a personal number in a text that people wrote: a
// birth date with or without century and four digits, or a Finnish one.
var numberLike = regexp.MustCompile(`\d{6,8}[-+ ]?\d{4}|\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Za-z]`)

// HoldsNumber tells whether a text holds what may be a personal number.
func HoldsNumber(s string) bool { return mayHoldNumber(s) && numberLike.MatchString(s) }

// maxText bounds what a caller can write into the audit, in bytes.
const maxText = 1000

// clean takes what looks like a personal number out of a text, and bounds it.
func clean(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return WithoutNumbers(s)
}

// WithoutNumbers takes what looks like a personal number out of a text.
func WithoutNumbers(s string) string {
	if !mayHoldNumber(s) {
		return s
	}
	return numberLike.ReplaceAllString(s, "[number]")
}

// mayHoldNumber is whether a text has the six digits in a row that numberLike
// begins with: few have, and each entry's texts are looked through.
func mayHoldNumber(s string) bool {
	run := 0
	for i := range len(s) {
		if run++; s[i] < '0' || s[i] > '9' {
			run = 0
		}
		if run == 6 {
			return true
		}
	}
	return false
}

const saltSize = 16

// chain makes stored entries of entries, after a head. Each subject is there once.
func chain(keys *seal.Keyring, head graph.AuditHead, now time.Time, entries []Entry) ([]graph.AuditEntry, graph.AuditHead, error) {
	n := len(entries)
	for i := range entries {
		n += len(entries[i].Subjects)
	}
	salts := make([]byte, n*saltSize)
	if _, err := rand.Read(salts); err != nil {
		return nil, head, fmt.Errorf("make salts: %w", err)
	}
	salt := func() []byte {
		s := salts[:saltSize:saltSize]
		salts = salts[saltSize:]
		return s
	}
	out := make([]graph.AuditEntry, 0, len(entries))
	for _, e := range entries {
		text, err := json.Marshal(body{clean(e.Actor), e.Role, clean(e.Operation), clean(e.Purpose)})
		if err != nil {
			return nil, head, fmt.Errorf("encode an audit entry: %w", err)
		}
		stored := graph.AuditEntry{Number: head.Number + 1, At: now, Salt: salt(), Body: text}
		stored.Digest = keys.Hash(seal.DomainAuditBody, stored.Salt, stored.Body)
		stored.Subjects = make([]graph.AuditSubject, 0, len(e.Subjects))
		var seen map[model.EntityID]bool
		if len(e.Subjects) > 1 {
			seen = make(map[model.EntityID]bool, len(e.Subjects))
		}
		for _, id := range e.Subjects {
			if seen[id] || id.IsZero() {
				continue
			}
			if seen != nil {
				seen[id] = true
			}
			subject := graph.AuditSubject{Salt: salt(), ID: id}
			subject.Digest = subjectDigest(keys, subject)
			stored.Subjects = append(stored.Subjects, subject)
		}
		stored.Link = link(keys, head.Link, &stored)
		head.Number, head.Link = stored.Number, stored.Link
		out = append(out, stored)
	}
	head.Seal = sealOf(keys, head)
	return out, head, nil
}

func subjectDigest(keys *seal.Keyring, s graph.AuditSubject) graph.Hash {
	return keys.Hash(seal.DomainAuditSubject, s.Salt, s.ID[:])
}

// link is the keyed hash that ties an entry to the one before it.
func link(keys *seal.Keyring, before graph.Hash, e *graph.AuditEntry) graph.Hash {
	b := make([]byte, 0, 48+16*len(e.Subjects))
	b = append(b, before[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Number))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixNano()))
	b = append(b, e.Digest[:]...)
	for i := range e.Subjects {
		b = append(b, e.Subjects[i].Digest[:]...)
	}
	return keys.Hash(seal.DomainAuditLink, b)
}

// sealOf is the seal of a chain's end: without the key nobody can make an
// earlier end look like the last one.
func sealOf(keys *seal.Keyring, head graph.AuditHead) graph.Hash {
	return keys.Hash(seal.DomainAuditHead, binary.BigEndian.AppendUint64(nil, uint64(head.Number)), head.Link[:])
}

// read is a stored entry for people.
func read(e *graph.AuditEntry) (Read, error) {
	out := Read{Number: e.Number, At: e.At, Subjects: []model.EntityID{}, Link: fmt.Sprintf("%x", e.Link[:])}
	if e.Body != nil {
		var b body
		if err := json.Unmarshal(e.Body, &b); err != nil {
			return out, fmt.Errorf("read audit entry %d: %w", e.Number, err)
		}
		out.Actor, out.Role, out.Operation, out.Purpose = b.Actor, b.Role, b.Operation, b.Purpose
	}
	for _, s := range e.Subjects {
		if s.ID.IsZero() {
			out.Erased++
			continue
		}
		out.Subjects = append(out.Subjects, s.ID)
	}
	return out, nil
}
