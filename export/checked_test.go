package export

import "testing"

// FuzzAnAddressIsValidWhateverCameBefore: what is remembered of the last subject
// makes the check of an IRI cheaper and changes nothing of it.
func FuzzAnAddressIsValidWhateverCameBefore(f *testing.F) {
	const unit = "https://data.haninge.example/id/organisation/01900000-0000-7000-8000-000000000000"
	for _, s := range []string{"", "#", "#period-1", "#a%2", "#a%20", "#å", "#\u200b", "# ", "#<", "/", "1", "##"} {
		f.Add(unit, unit+s)
		f.Add(unit+"#address-1", unit+s)
		f.Add("http://#", "http://"+s)
		f.Add("urn:#", "urn:"+s)
		f.Add("foo://#x", "foo://"+s)
	}
	f.Fuzz(func(t *testing.T, subject, s string) {
		c := newChecked()
		if validIRI(subject) {
			c.subject, c.owner = subject, ownerOf(subject)
		}
		if got, want := c.valid(s), validIRI(s); got != want {
			t.Errorf("after %q, %q is valid: %t, want %t", subject, s, got, want)
		}
	})
}
