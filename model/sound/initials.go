package sound

// initials are, for the first letter of a sound, the letters that a word with
// such a sound can begin with; a sound that is not here begins as it is spelt.
var initials = map[byte]string{
	'a': "aeiouy", 'x': "ckst", 'k': "ckqx", 's': "cstz", 't': "dt", 'j': "dghjl", 'v': "hvw", 'f': "fp",
}

// Initials are the letters that a word with a sound can begin with: whoever looks
// for all that sound so looks under each. None for no sound.
func Initials(of []byte) string {
	if len(of) == 0 {
		return ""
	}
	if letters, ok := initials[of[0]]; ok {
		return letters
	}
	return string(of[:1])
}
