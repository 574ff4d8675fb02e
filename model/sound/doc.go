// Package sound says how words sound by Swedish spelling. It is for whoever
// looks for a name that may be spelt otherwise: matching, which weighs what it
// finds, and search, which suggests. It knows words and nothing of what they name.
package sound
