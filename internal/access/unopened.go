package access

// Unopened is the View for a caller who asks for no identifiers: personal
// numbers are not opened, and entities have them without a value. To open one
// costs a read and a decryption a person.
func (v *View) Unopened() *View {
	closed := *v
	closed.unopened = true
	return &closed
}
