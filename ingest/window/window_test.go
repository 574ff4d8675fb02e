package window

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestWindowLosesNothingWhateverTheReadsAndAdvances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.SliceOfN(rapid.Byte(), 0, 4000).Draw(t, "input")
		limit := rapid.IntRange(1, 300).Draw(t, "limit")
		w := New(iotest.OneByteReader(bytes.NewReader(input)), limit)
		var got []byte
		for {
			if len(w.Bytes()) > 0 && rapid.Bool().Draw(t, "advance") {
				n := rapid.IntRange(1, len(w.Bytes())).Draw(t, "n")
				if w.Offset() != int64(len(got)) {
					t.Fatalf("offset %d, want %d", w.Offset(), len(got))
				}
				got = append(got, w.Bytes()[:n]...)
				w.Advance(n)
				continue
			}
			if w.More() {
				continue
			}
			if errors.Is(w.Err(), io.EOF) {
				got = append(got, w.Bytes()...)
				break
			}
			if !errors.Is(w.Err(), ErrTooLong) {
				t.Fatal(w.Err())
			}
			if len(w.Bytes()) != limit {
				t.Fatalf("%d unread bytes at the limit of %d", len(w.Bytes()), limit)
			}
			got = append(got, w.Bytes()[0])
			w.Advance(1)
		}
		if !bytes.Equal(got, input) {
			t.Fatalf("got %q, want %q", got, input)
		}
	})
}

func TestWindowEndsWithTheReadersError(t *testing.T) {
	broken := errors.New("cable out")
	w := New(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), 10)
	for w.More() {
	}
	if string(w.Bytes()) != "abc" || !errors.Is(w.Err(), broken) {
		t.Errorf("got %q and %v", w.Bytes(), w.Err())
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestWindowGivesUpOnAReaderThatGivesNothing(t *testing.T) {
	w := New(silent{}, 10)
	if w.More() || !errors.Is(w.Err(), io.ErrNoProgress) {
		t.Errorf("got %v", w.Err())
	}
}
