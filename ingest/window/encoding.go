package window

import (
	"encoding/binary"
	"unicode/utf8"
)

// sample is how much of a stream tells which encoding it is in, in bytes from the
// first place that has more than ASCII.
const sample = 64 << 10

// NotUTF8 is the index of the first byte of a text that is no part of UTF-8, or -1.
func NotUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	i := 0
	for {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

// IsASCII tells whether a text is the same in every encoding that is read.
func IsASCII(text []byte) bool {
	for len(text) >= 8 {
		if binary.LittleEndian.Uint64(text)&0x8080808080808080 != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// SaysUTF8 tells whether a text that is said to be in an encoding of one byte a letter is
// UTF-8: it has letters beyond ASCII, and each is a whole sequence of UTF-8. In Swedish
// or Finnish of such an encoding, none is.
func SaysUTF8(text []byte) bool { return !IsASCII(text) && utf8.Valid(text) }

// SaysUTF8 is the same of what comes first in the window, which it makes longer for
// that.
func (w *Window) SaysUTF8() bool {
	for len(w.Bytes()) < sample && w.More() {
	}
	b := w.Bytes()
	if len(b) > sample {
		b = b[:sample]
		for n := 1; n < utf8.UTFMax; n++ { // a sequence that the sample cuts
			if c := b[len(b)-n]; utf8.RuneStart(c) {
				if !utf8.FullRune(b[len(b)-n:]) {
					b = b[:len(b)-n]
				}
				break
			}
		}
	}
	return SaysUTF8(b)
}
