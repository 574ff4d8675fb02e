package access

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// A cursor is opaque to callers and holds nothing that its caller may not see:
// what it belongs to (scope), the id of a row that the caller was shown, and its sort
// key only where names are no secret. It is not authenticated; a forged one finds
// nothing that another question would not.
const (
	cursorPlace    = 'p' // id, sort key
	cursorID       = 'i' // id
	cursorReferrer = 'r' // property, id
	cursorChange   = 'c' // revision, id
	cursorHash     = 'h' // 16 bytes
	cursorDangling = 'd' // property, record id
	cursorPair     = 'w' // a weight and two record ids
	cursorEvent    = 'e' // revision, id
	cursorHit      = 's' // rank, kind, id
	cursorDiffer   = 'f' // revision, id
	cursorWalk     = 'k' // a place of a walk
	cursorFlawed   = 'b' // record id, source

	cursorTags = "pirchdwesfkb"
)

// scope is what a cursor belongs to: a short keyed hash of the question whose answer
// it is a place in. It is made once a list. Four bytes are enough: it is there to
// find mistakes, and whoever means to deceive themselves may.
type scope [4]byte

// question is what is asked, each part of it with its length.
type question []byte

func asks(tag byte) question { return question{tag} }

func (q question) text(s string) question {
	return append(binary.AppendUvarint(q, uint64(len(s))), s...)
}

func (q question) number(n uint64) question { return binary.AppendUvarint(q, n) }

func (q question) id(id model.EntityID) question { return append(q, id[:]...) }

// maybeText and maybeID are those of what may have been left out.
func (q question) maybeText(s *string) question {
	if s == nil {
		return q.flag(false)
	}
	return q.flag(true).text(*s)
}

func (q question) maybeID(id *model.EntityID) question {
	if id == nil {
		return q.flag(false)
	}
	return q.flag(true).id(*id)
}

func (q question) date(d model.Date) question { return q.text(d.String()) }

func (q question) flag(is bool) question {
	if is {
		return append(q, 1)
	}
	return append(q, 0)
}

// scope is that of a question. Without a Scoper anybody could make it who guesses
// the question.
func (v *View) scope(q question) scope {
	if v.a.scoper == nil {
		sum := sha256.Sum256(q)
		return scope(sum[:])
	}
	sum := v.a.scoper.CursorHash(q)
	return scope(sum[:])
}

var cursorText = base64.RawURLEncoding

func (s scope) encode(tag byte, parts ...[]byte) string {
	b := append(make([]byte, 0, 64), tag)
	b = append(b, s[:]...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return cursorText.EncodeToString(b)
}

// decodeCursor is the scope of a cursor and what follows: at least size bytes.
// ErrOtherList when it is of another sort of list.
func decodeCursor(text string, tag byte, size int) (s scope, b []byte, err error) {
	b, err = cursorText.DecodeString(text)
	switch {
	case err != nil || len(b) == 0 || strings.IndexByte(cursorTags, b[0]) < 0:
		return s, nil, ErrCursor
	case b[0] != tag:
		return s, nil, ErrOtherList
	case len(b) < 1+len(s)+size:
		return s, nil, ErrCursor
	}
	return scope(b[1:]), b[1+len(s):], nil
}

// decode is what follows the scope: at least size bytes. ErrOtherList when the
// cursor belongs to something else.
func (s scope) decode(text string, tag byte, size int) ([]byte, error) {
	of, b, err := decodeCursor(text, tag, size)
	if err == nil && of != s {
		return nil, ErrOtherList
	}
	return b, err
}

const idSize = len(model.EntityID{})

func (s scope) id(id model.EntityID) string { return s.encode(cursorID, id[:]) }

func (s scope) parseID(cursor string) (model.EntityID, error) {
	b, err := s.decode(cursor, cursorID, idSize)
	switch {
	case err != nil:
		return model.EntityID{}, err
	case len(b) != idSize:
		return model.EntityID{}, ErrCursor
	}
	return model.EntityID(b), nil
}

func (s scope) place(p graph.Position) string { return s.encode(cursorPlace, p.ID[:], p.Sort) }

func (s scope) parsePlace(cursor string) (graph.Position, error) {
	b, err := s.decode(cursor, cursorPlace, idSize)
	if err != nil {
		return graph.Position{}, err
	}
	return graph.Position{ID: model.EntityID(b[:idSize]), Sort: b[idSize:]}, nil
}

func (s scope) flawed(f FlawedInfo) string { return s.encode(cursorFlawed, f.ID[:], []byte(f.Source)) }

func (s scope) parseFlawed(cursor string) (graph.Flawed, error) {
	b, err := s.decode(cursor, cursorFlawed, idSize)
	if err != nil {
		return graph.Flawed{}, err
	}
	f := graph.Flawed{Record: model.EntityID(b[:idSize]), Source: model.Source(b[idSize:])}
	if !utf8.ValidString(string(f.Source)) || checkSource(f.Source) != nil {
		return graph.Flawed{}, ErrCursor // no engine need take it
	}
	return f, nil
}

// keyed is the cursor of a place in (number, id) order.
func (s scope) keyed(tag byte, n uint64, id model.EntityID) string {
	return s.encode(tag, binary.BigEndian.AppendUint64(nil, n), id[:])
}

func (s scope) parseKeyed(cursor string, tag byte) (uint64, model.EntityID, error) {
	of, n, id, err := parseKeyedCursor(cursor, tag)
	if err == nil && of != s {
		err = ErrOtherList
	}
	return n, id, err
}

func parseKeyedCursor(cursor string, tag byte) (of scope, n uint64, id model.EntityID, err error) {
	of, b, err := decodeCursor(cursor, tag, 8+idSize)
	switch {
	case err != nil:
		return of, 0, id, err
	case len(b) != 8+idSize:
		return of, 0, id, ErrCursor
	}
	return of, binary.BigEndian.Uint64(b), model.EntityID(b[8:]), nil
}

// WalkCursors are the cursors of what one walk comes to.
type WalkCursors struct{ scope scope }

// WalkCursors are those of a walk from a golden record, which is told by how it goes.
func (v *View) WalkCursors(from model.EntityID, how ...string) WalkCursors {
	q := asks(cursorWalk).id(from)
	for _, part := range how {
		q = q.text(part)
	}
	return WalkCursors{v.scope(q)}
}

// Cursor is that of a place, as the walk spells it.
func (w WalkCursors) Cursor(place string) string { return w.scope.encode(cursorWalk, []byte(place)) }

// Place is what Cursor was given. ErrOtherList for a cursor of another walk.
func (w WalkCursors) Place(cursor string) (string, error) {
	b, err := w.scope.decode(cursor, cursorWalk, 0)
	return string(b), err
}

// maxPage bounds a page.
const maxPage = 1000

// size is how many rows the page asks for.
func (p Page) size() (int, error) { return pageSize(p.First) }

func pageSize(n int) (int, error) {
	if n < 1 || n > maxPage {
		return 0, fmt.Errorf("%w: a page of %d: want 1 to %d", ErrBadRequest, n, maxPage)
	}
	return n, nil
}
