package access

import (
	"fmt"

	"github.com/karna-registry/karna/graph/document"
)

// What one question may ask by. What is more is ErrTooMuch.
const (
	// MaxWords is how many words a searched text may have, and all texts of a filter
	// together: each is looked up by itself.
	MaxWords = 20
	// MaxText is how long a text or value that is asked by may be, in bytes.
	MaxText = 2000
	// MaxEntries is how many entries a list that is asked by may have: codes, values.
	MaxEntries = 64
)

// wordsOf are the words of a searched text. A text without a word has none, and
// finds nothing.
func wordsOf(text string) ([]string, error) {
	if err := short(text); err != nil {
		return nil, err
	}
	words := document.Tokens(text)
	return words, fewWords(len(words))
}

func fewWords(n int) error {
	if n > MaxWords {
		return fmt.Errorf("%w: %d words are searched for; at most %d may be", ErrTooMuch, n, MaxWords)
	}
	return nil
}

// short tells whether texts are not too long to be asked by.
func short(texts ...string) error {
	for _, t := range texts {
		if len(t) > MaxText {
			return fmt.Errorf("%w: a text of %d bytes is searched for; at most %d may be", ErrTooMuch, len(t), MaxText)
		}
	}
	return nil
}

// fewEntries tells whether a list that is asked by has not too many.
func fewEntries(name string, n int) error {
	if n > MaxEntries {
		return fmt.Errorf("%w: the filter has %d %s; at most %d may be given", ErrTooMuch, n, name, MaxEntries)
	}
	return nil
}
