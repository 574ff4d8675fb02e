package testkit

import (
	"fmt"
	"os"
	"testing"
)

// NotTested skips the test and says what stays untested for it. With
// KARNA_NOT_TESTED naming a file, as `make test` sets it, the line is also
// appended there, and the run ends with the list.
func NotTested(t testing.TB, why string) {
	t.Helper()
	if file := os.Getenv("KARNA_NOT_TESTED"); file != "" {
		if err := appendLine(file, t.Name()+": "+why); err != nil {
			t.Fatalf("record what is not tested in the file that KARNA_NOT_TESTED names: %v", err)
		}
	}
	t.Skip("not tested: " + why)
}

// Short says that a test has tried less than it is for, and goes on; the run ends with
// the list as NotTested has it.
func Short(t testing.TB, what string) {
	t.Helper()
	if file := os.Getenv("KARNA_NOT_TESTED"); file != "" {
		if err := appendLine(file, t.Name()+": "+what); err != nil {
			t.Fatalf("record what is not tested in the file that KARNA_NOT_TESTED names: %v", err)
		}
	}
	t.Log(what)
}

// appendLine writes in one call to a file opened for appending, so that test
// binaries running side by side do not mix their lines.
func appendLine(file, line string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, line); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
